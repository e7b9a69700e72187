"""Opens the pages beside the main window: models, evaluation, check of a library."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from cbmir_gui.gui.library.session import LibrarySession
from cbmir_gui.gui.query.session import SearchSession
from cbmir_gui.gui.settings_store import SettingsStore
from cbmir_gui.gui.tasks import Tasks

if TYPE_CHECKING:
    from cbmir_gui.gui.evaluation.dialog import EvaluationDialog
    from cbmir_gui.gui.models.dialog import ModelsDialog


class Pages(QObject):
    """Hold one dialog of each kind; made when first wanted: starting stays fast."""

    adopt_requested = Signal(str, str)
    """Model and layer that the open library should use from now on."""
    train_requested = Signal()

    def __init__(
        self,
        window: QWidget,
        tasks: Tasks,
        library: LibrarySession,
        store: SettingsStore,
        search: SearchSession,
    ) -> None:
        super().__init__(window)
        self._search = search
        self._window = window
        self._tasks = tasks
        self._library = library
        self._store = store
        self._models: ModelsDialog | None = None
        self._evaluation: EvaluationDialog | None = None

    def show_models(self) -> None:
        """Open the list of models, or bring it to the front."""
        if self._models is None:
            from cbmir_gui.gui.models.dialog import ModelsDialog

            self._models = ModelsDialog(
                self._tasks,
                self._library,
                self._store,
                lambda: self._search.query,
                self._window,
            )
            self._models.adopt_requested.connect(self.adopt_requested)
            self._models.train_requested.connect(self.train_requested)
        _bring_up(self._models)
        self._models.refresh()

    def check_library(self) -> None:
        """Read all of the open library; one dialog for each time it is asked for."""
        if not self._library.folder:
            return
        from cbmir_gui.gui.library.check_dialog import CheckDialog

        folder, info = self._library.folder, self._library.info
        name = info.name if info else Path(folder).name
        dialog = CheckDialog(self._tasks, folder, name, self._window)
        dialog.finished.connect(dialog.deleteLater)
        dialog.repaired.connect(self._library.refresh)
        dialog.open()
        dialog.check()

    def show_evaluation(self) -> None:
        """Open the evaluation, or bring it to the front."""
        if self._evaluation is None:
            from cbmir_gui.gui.evaluation.dialog import EvaluationDialog

            self._evaluation = EvaluationDialog(
                self._tasks, self._library, self._store, self._window
            )
        _bring_up(self._evaluation)
        self._evaluation.refresh()


def _bring_up(dialog: QWidget) -> None:
    dialog.show()
    dialog.activateWindow()
