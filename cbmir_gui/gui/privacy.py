"""What the window shows, hides and passes on of patients, put together."""

from pathlib import Path

from PySide6.QtCore import QObject

from cbmir_gui.gui.actions import Actions
from cbmir_gui.gui.query.controller import QueryController
from cbmir_gui.gui.query.hiding import Hiding
from cbmir_gui.gui.query.patient_banner import PatientBanner
from cbmir_gui.gui.query.patient_display import PatientDisplay
from cbmir_gui.gui.query.session import SearchSession
from cbmir_gui.gui.results.deidentify_dialog import DeidentifyDialog
from cbmir_gui.gui.results.view import ResultsView
from cbmir_gui.gui.settings_store import SettingsStore
from cbmir_gui.gui.tasks import Tasks


class Privacy(QObject):
    """Connect the switches and the export that have to do with patients.

    Attributes
    ----------
    hiding : Hiding
        Leaves out hits that are related to the query.
    patients : PatientDisplay
        Shows whose the images are, when wanted.
    """

    def __init__(
        self,
        tasks: Tasks,
        store: SettingsStore,
        session: SearchSession,
        actions: Actions,
        banner: PatientBanner,
        queries: QueryController,
        view: ResultsView,
    ) -> None:
        super().__init__(banner)
        self._tasks = tasks
        self._banner = banner
        self._queries = queries
        self._view = view
        self._folder = str(Path.home() / "deidentified")
        self.hiding = Hiding(actions.hide_own, actions.hide_copies, store, session)
        queries.all_wanted.connect(self.hiding.show_all)
        self.patients = PatientDisplay(
            actions.show_patient, banner, tasks, session, view
        )
        self.patients.changed.connect(self._tell_queries)
        actions.deidentify.triggered.connect(self._ask_deidentified)

    def _tell_queries(self, is_on: bool) -> None:
        self._queries.patient_line = self._banner.patient_line if is_on else None

    def _ask_deidentified(self, _checked: bool = False) -> None:
        tiles = self._view.selected_tiles()
        if not tiles:
            return
        dialog = DeidentifyDialog(self._tasks, tiles, self._folder, self._view.window())
        dialog.folder.textChanged.connect(self._keep_folder)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _keep_folder(self, folder: str) -> None:
        self._folder = folder
