"""The settings while the window is open: read once, changed often, saved aside."""

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from cbmir_gui.core.settings import Settings, load_settings, save_settings

_LOGGER = logging.getLogger(__name__)
_SAVE_DELAY_MS = 800
NUM_RECENT = 10


def remember(entries: tuple[str, ...], newest: str) -> tuple[str, ...]:
    """Return `entries` with `newest` in front, each once, at most `NUM_RECENT`."""
    return tuple(dict.fromkeys((newest, *entries)))[:NUM_RECENT]


class SettingsStore(QObject):
    """Hold the settings; changes reach the file soon, without stalling the window."""

    changed = Signal()

    def __init__(self, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path = path
        self._settings = load_settings(path)
        self._is_closed = False
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="settings")
        self._timer = QTimer(self, singleShot=True, interval=_SAVE_DELAY_MS)
        self._timer.timeout.connect(self._save_aside)

    @property
    def value(self) -> Settings:
        """The present settings."""
        return self._settings

    def update(self, **changes: Any) -> None:
        """Change fields of the settings by name."""
        settings = replace(self._settings, **changes)
        if settings == self._settings:
            return
        self._settings = settings
        if not self._is_closed:
            self._timer.start()
        self.changed.emit()

    def close(self) -> None:
        """Save what is not saved yet and wait for it; later changes are not saved."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._timer.isActive():
            self._timer.stop()
            self._save_aside()
        self._writer.shutdown(wait=True)

    def _save_aside(self) -> None:
        self._writer.submit(_save, self._path, self._settings)


def _save(path: Path, settings: Settings) -> None:
    try:
        save_settings(path, settings)
    except OSError:
        _LOGGER.warning("The settings could not be saved.", exc_info=True)
