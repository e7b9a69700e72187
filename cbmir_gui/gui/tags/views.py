"""Opens the tags of the query and of hits, for mouse and keys."""

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QWidget

from cbmir_gui.gui.actions import Actions
from cbmir_gui.gui.query.query import Query
from cbmir_gui.gui.query.session import SearchSession
from cbmir_gui.gui.results.view import ResultsView
from cbmir_gui.gui.tags.dialog import TagsDialog
from cbmir_gui.gui.tasks import Tasks


class TagViews(QObject):
    """Open dialogs; all show patient data, or none does, until the program ends."""

    patient_data_wanted = Signal(bool)
    """The user has asked in a dialog to see such values, or not to see them."""

    def __init__(
        self,
        tasks: Tasks,
        actions: Actions,
        search: SearchSession,
        view: ResultsView,
        query_image: QWidget,
    ) -> None:
        super().__init__(view)
        self._tasks = tasks
        self._actions = actions
        self._search = search
        self._view = view
        self._is_shown = False
        self._dialogs: list[TagsDialog] = []
        actions.tags.triggered.connect(self._open_hit)
        actions.query_tags.triggered.connect(self._open_query)
        view.selection_changed.connect(self._renew_hit)
        search.query_changed.connect(self._renew_query)
        query_image.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        query_image.addAction(actions.query_tags)
        self._renew_hit(0)
        self._renew_query(None)

    def show_patient_data(self, shown: bool) -> None:
        """Show such values in every dialog, those that are open too, or in none."""
        self._is_shown = shown
        for dialog in self._dialogs:
            dialog.set_show_patient_data(shown)

    def open(self, path: str) -> None:
        """Show the tags of a file."""
        dialog = TagsDialog(self._tasks, path, self._is_shown, self._view.window())
        self._dialogs.append(dialog)
        dialog.patient_data_wanted.connect(self.show_patient_data)
        dialog.patient_data_wanted.connect(self.patient_data_wanted)
        dialog.finished.connect(lambda: self._dialogs.remove(dialog))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _open_hit(self) -> None:
        if tiles := self._view.selected_tiles():
            self.open(tiles[0].path)

    def _open_query(self) -> None:
        if query := self._search.query:
            self.open(query.path)

    def _renew_hit(self, num_selected: int) -> None:
        self._actions.tags.setEnabled(num_selected == 1)

    def _renew_query(self, query: Query | None) -> None:
        self._actions.query_tags.setEnabled(query is not None and not query.is_pasted)
