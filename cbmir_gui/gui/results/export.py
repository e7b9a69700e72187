"""Saves what the window shows: the ranked list as CSV, and a picture of it all."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from PySide6.QtCore import QObject, QThreadPool, Signal, Slot
from PySide6.QtWidgets import QWidget

from cbmir_gui.core.errors import StorageError
from cbmir_gui.gui.desktop import open_folder
from cbmir_gui.gui.query.session import SearchSession
from cbmir_gui.gui.results.ranked_list import results_csv, write_text
from cbmir_gui.gui.widgets.message_bar import MessageAction, MessageBar
from cbmir_gui.gui.widgets.save_dialog import ask_where_to_save


class ResultExport(QObject):
    """Ask for a file name and write.

    Parameters
    ----------
    concealed
        Hides, while it is entered, what no picture of the window may show.
    """

    _screenshot_saved = Signal(str, bool)

    def __init__(
        self,
        window: QWidget,
        session: SearchSession,
        messages: MessageBar,
        concealed: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        super().__init__(window)
        self._concealed = concealed
        self._window = window
        self._session = session
        self._messages = messages
        self._folder = ""
        self._screenshot_saved.connect(self._tell_screenshot)

    def ask_csv(self) -> None:
        """Let the user choose where the list goes."""
        title = self.tr("Export results")
        ask_where_to_save(
            self._window, title, "results.csv", self.save_csv, self._folder
        )

    def ask_screenshot(self) -> None:
        """Let the user choose where the picture goes."""
        title = self.tr("Save screenshot")
        ask_where_to_save(
            self._window, title, "cbmir.png", self.save_screenshot, self._folder
        )

    def save_csv(self, path: str) -> None:
        """Write the hits to `path`."""
        results = self._session.results
        if results is None:
            return
        try:
            write_text(Path(path), results_csv(results))
        except StorageError as error:
            self._messages.post(str(error), "error")
            return
        self._tell_saved(path)

    def save_screenshot(self, path: str) -> None:
        """Write a picture of the window to `path`."""
        with self._concealed():
            picture = self._window.grab().toImage()

        def save() -> None:
            self._screenshot_saved.emit(path, picture.save(path))

        # Compressing a large window takes longer than it may stand still.
        QThreadPool.globalInstance().start(save)

    @Slot(str, bool)
    def _tell_screenshot(self, path: str, is_saved: bool) -> None:
        if is_saved:
            self._tell_saved(path)
        else:
            text = self.tr("'{name}' could not be written. Choose another folder.")
            self._messages.post(text.format(name=Path(path).name), "error")

    def _tell_saved(self, path: str) -> None:
        folder = Path(path).parent
        self._folder = str(folder)
        show = MessageAction(self.tr("Show in folder"), lambda: open_folder(folder))
        text = self.tr("Saved as '{name}'.").format(name=Path(path).name)
        self._messages.post(text, "success", (show,), passing=True)
