"""Gives the selected images another class, and the next ones the same again."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from cbmir_gui.gui.library.session import LibrarySession
from cbmir_gui.gui.results.relabel_dialog import RelabelDialog
from cbmir_gui.gui.results.tiles import Tile


class Relabelling(QObject):
    """Ask for a class, and remember it for as long as the library is open."""

    last_class_changed = Signal(str)
    """The class that `again` gives; empty: none was given yet."""

    def __init__(self, session: LibrarySession, window: QWidget) -> None:
        super().__init__(window)
        self._session = session
        self._window = window
        self._last_class = ""
        session.opened.connect(self._forget)

    @property
    def last_class(self) -> str:
        """The class that was given last; empty: none."""
        return self._last_class

    def ask(self, tiles: Sequence[Tile]) -> None:
        """Let the user choose another class for images."""
        info = self._session.info
        image_ids = [tile.image_id for tile in tiles]
        dialog = RelabelDialog(
            info.classes if info else (),
            [tile.class_name for tile in tiles],
            self._window,
        )
        dialog.class_chosen.connect(lambda name: self._give(image_ids, name))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def again(self, tiles: Sequence[Tile]) -> None:
        """Give images the class that was given last."""
        if self._last_class:
            self._give([tile.image_id for tile in tiles], self._last_class)

    def _give(self, image_ids: Sequence[str], class_name: str) -> None:
        self._session.relabel(image_ids, class_name)
        self._remember(class_name)

    def _remember(self, class_name: str) -> None:
        self._last_class = class_name
        self.last_class_changed.emit(class_name)

    def _forget(self, _folder: str) -> None:
        self._remember("")
