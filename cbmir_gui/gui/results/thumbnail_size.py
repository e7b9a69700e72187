"""How large the thumbnails of the results are, as the user wants them."""

from PySide6.QtCore import QObject

from cbmir_gui.gui.results.view import ResultsView
from cbmir_gui.gui.settings_store import SettingsStore

MIN_THUMBNAIL_PX = 80
MAX_THUMBNAIL_PX = 240
_STEP_PX = 16
_FITTED = 0


class ThumbnailSize(QObject):
    """Change the size of the thumbnails step by step, and remember it."""

    def __init__(self, view: ResultsView, store: SettingsStore) -> None:
        super().__init__(view)
        self._view = view
        self._store = store

    def enlarge(self) -> None:
        """Make the thumbnails one step larger."""
        self._change(_STEP_PX)

    def shrink(self) -> None:
        """Make the thumbnails one step smaller."""
        self._change(-_STEP_PX)

    def fit(self) -> None:
        """Let the room decide."""
        self._set(_FITTED)

    def _change(self, change_px: int) -> None:
        wanted_px = self._view.thumbnail_px() + change_px
        self._set(min(max(wanted_px, MIN_THUMBNAIL_PX), MAX_THUMBNAIL_PX))

    def _set(self, size_px: int) -> None:
        self._store.update(thumbnail_px=size_px)
        self._view.set_thumbnail_px(size_px)
