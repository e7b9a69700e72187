"""What can be done with the selected images of the grid."""

from pathlib import Path

from PySide6.QtCore import QObject, QPoint

from cbmir_gui.gui.actions import Actions
from cbmir_gui.gui.desktop import show_in_folder
from cbmir_gui.gui.library.controller import LibraryController
from cbmir_gui.gui.menus import Menus
from cbmir_gui.gui.query.controller import QueryController
from cbmir_gui.gui.results.relabelling import Relabelling
from cbmir_gui.gui.results.tile_text import class_label
from cbmir_gui.gui.results.tiles import Tile
from cbmir_gui.gui.results.view import ResultsView
from cbmir_gui.gui.widgets.clipboard import copy_lines
from cbmir_gui.gui.widgets.message_bar import MessageBar


class HitActions(QObject):
    """Connect the actions on images to the grid's selection."""

    def __init__(
        self,
        view: ResultsView,
        actions: Actions,
        menus: Menus,
        queries: QueryController,
        libraries: LibraryController,
        relabelling: Relabelling,
        messages: MessageBar,
    ) -> None:
        super().__init__(view)
        self._view = view
        self._actions = actions
        self._menus = menus
        self._queries = queries
        self._libraries = libraries
        self._relabelling = relabelling
        self._messages = messages
        actions.use_as_query.triggered.connect(self._use_as_query)
        actions.compare.triggered.connect(self._compare)
        actions.show_in_folder.triggered.connect(self._show_in_folder)
        actions.copy_path.triggered.connect(self._copy_path)
        actions.relabel.triggered.connect(self._relabel)
        actions.relabel_again.triggered.connect(self._relabel_again)
        relabelling.last_class_changed.connect(self.renew)
        actions.remove.triggered.connect(self._remove)
        view.selection_changed.connect(self.renew)
        view.customContextMenuRequested.connect(self._show_menu)
        self.renew()

    def renew(self, _value: object = None) -> None:
        """Enable what the selection allows."""
        tiles = self._view.selected_tiles()
        actions = self._actions
        for action in (actions.use_as_query, actions.show_in_folder):
            action.setEnabled(len(tiles) == 1)
        for action in (
            actions.copy_path,
            actions.deidentify,
            actions.relabel,
            actions.remove,
        ):
            action.setEnabled(bool(tiles))
        last_class = self._relabelling.last_class
        actions.relabel_again.setEnabled(bool(tiles and last_class))
        actions.relabel_again.setText(self._again_text(last_class))
        actions.compare.setEnabled(len(tiles) == 1 and tiles[0].rank > 0)

    def _first(self) -> Tile | None:
        tiles = self._view.selected_tiles()
        return tiles[0] if tiles else None

    def _use_as_query(self) -> None:
        if tile := self._first():
            self._queries.open_image_of_library(tile)

    def _compare(self) -> None:
        if tile := self._first():
            self._queries.compare(tile)

    def _show_in_folder(self) -> None:
        tile = self._first()
        if tile is None:
            return
        path = Path(tile.path)
        if not path.exists():
            text = self.tr("'{name}' is no longer where it was.").format(name=path.name)
            self._messages.post(text, "warning")
        else:
            show_in_folder(path, self._tell_no_file_manager)

    def _tell_no_file_manager(self) -> None:
        text = self.tr("The file manager could not be opened.")
        self._messages.post(text, "warning")

    def _copy_path(self) -> None:
        copy_lines(tile.path for tile in self._view.selected_tiles())
        self._messages.post(self.tr("Copied."), passing=True)

    def _relabel(self) -> None:
        if tiles := self._view.selected_tiles():
            self._relabelling.ask(tiles)

    def _relabel_again(self) -> None:
        if tiles := self._view.selected_tiles():
            self._relabelling.again(tiles)

    def _again_text(self, class_name: str) -> str:
        if not class_name:
            return self.tr("Same class a&gain")
        text = self.tr("Class '{name}' a&gain")
        return text.format(name=class_label(class_name).replace("&", "&&"))

    def _remove(self) -> None:
        if tiles := self._view.selected_tiles():
            self._libraries.remove(tiles)

    def _show_menu(self, position: QPoint) -> None:
        if not self._view.selected_tiles():
            return
        menu = self._menus.hit_menu(self._view.window())
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self._view.viewport().mapToGlobal(position))
