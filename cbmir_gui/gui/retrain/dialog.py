"""The Retrain dialog: set up a training, then watch it."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog, QStackedWidget, QVBoxLayout, QWidget

from cbmir_gui.core.errors import CbmirError
from cbmir_gui.core.records import TrainRequest
from cbmir_gui.core.settings import Settings
from cbmir_gui.engine.run_events import RunEvent
from cbmir_gui.gui.retrain.leaving import ask_about_training
from cbmir_gui.gui.retrain.run_page import RunPage
from cbmir_gui.gui.retrain.setup_page import SetupPage
from cbmir_gui.gui.tasks import Tasks


class RetrainDialog(QDialog):
    """Not modal: searching goes on while a network learns. Use `show`, never `exec`.

    A training that runs already, e.g. since before the last start of the program, is
    found and shown.
    """

    model_trained = Signal(str)
    """Name of a new model."""

    def __init__(
        self, tasks: Tasks, settings: Settings, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Train a model"))
        self.resize(860, 600)
        self._trainings = tasks.trainings
        self._setup = SetupPage(tasks, settings.last_folder)
        self._run = RunPage()
        self._pages = QStackedWidget()
        self._pages.addWidget(self._setup)
        self._pages.addWidget(self._run)
        column = QVBoxLayout(self)
        column.addWidget(self._pages)
        self._is_leaving = False
        self._folder = ""
        self._setup.start_requested.connect(self._start)
        self._run.stop_requested.connect(self._stop)
        self._run.end_requested.connect(self._trainings.end)
        self._setup.close_requested.connect(self.reject)
        self._run.close_requested.connect(self.reject)
        self._run.again_requested.connect(self._show_setup)
        self._trainings.happened.connect(self._happened)
        self._show_setup()
        found = self._trainings.find()
        if found:
            self._follow(found)

    @property
    def setup_page(self) -> SetupPage:
        """Where a training is set up."""
        return self._setup

    @property
    def run_page(self) -> RunPage:
        """Where a training is watched."""
        return self._run

    def is_watching(self) -> bool:
        """Return whether a run is shown, running or ended."""
        return self._pages.currentWidget() is self._run

    def reject(self) -> None:
        """Close on Escape as on the title bar: ask first if a training runs."""
        if self._is_leaving:
            super().reject()
            return
        ask_about_training(self, self._trainings, self._leave)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Let `reject` decide."""
        if self.isVisible() and not self._is_leaving:
            event.ignore()
            self.reject()
            return
        super().closeEvent(event)

    def _leave(self) -> None:
        self._is_leaving = True
        self.reject()
        self._is_leaving = False

    def _show_setup(self) -> None:
        self._setup.refresh()
        self._pages.setCurrentWidget(self._setup)

    def _start(self, request: TrainRequest) -> None:
        try:
            folder = self._trainings.start(request)
        except CbmirError as error:
            self._setup.show_problem(str(error))
            return
        self._follow(folder)

    def _follow(self, folder: str) -> None:
        self._folder = folder
        self._run.begin(folder)
        self._pages.setCurrentWidget(self._run)
        if self._trainings.is_stopping():
            self._run.show_stopping()

    def _stop(self) -> None:
        try:
            self._trainings.stop()
        except OSError as error:
            self._run.show_problem(
                self.tr("The training cannot be told to stop: {cause}.").format(
                    cause=error.strerror or str(error)
                )
            )
            return
        self._run.show_stopping()

    def _happened(self, folder: str, event: RunEvent) -> None:
        if folder != self._folder:
            return
        self._run.add(event)
        model = self._run.progress.model
        if model and not self._trainings.folder():
            self.model_trained.emit(model)
