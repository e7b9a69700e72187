"""The Retrain dialog: set up a training, watch it, decide what becomes of the model."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QCloseEvent, QShowEvent
from PySide6.QtWidgets import QDialog, QStackedWidget, QVBoxLayout, QWidget

from cbmir_gui.core.errors import CbmirError
from cbmir_gui.core.paths import models_dir
from cbmir_gui.core.records import TrainRequest
from cbmir_gui.core.settings import Settings
from cbmir_gui.engine.run_events import RunEvent, RunFailed
from cbmir_gui.engine.run_folder import LEFT_OUT_FILE, read_request
from cbmir_gui.gui.replies import Replies
from cbmir_gui.gui.retrain.leaving import ask_about_training
from cbmir_gui.gui.retrain.open_library import OpenLibrary
from cbmir_gui.gui.retrain.outcome_page import OutcomePage
from cbmir_gui.gui.retrain.run_page import RunPage
from cbmir_gui.gui.retrain.setup_page import SetupPage
from cbmir_gui.gui.tasks import Tasks


class RetrainDialog(QDialog):
    """Not modal: searching goes on while a network learns. Use `show`, never `exec`.

    A training that runs already, e.g. since before the last start of the program, is
    found and shown.
    """

    adopt_requested = Signal(str)
    """Name of a model that the open library should use."""
    model_discarded = Signal(str)
    """Name of a model that is no longer there."""

    def __init__(
        self, tasks: Tasks, settings: Settings, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Train a model"))
        self.resize(1040, 700)
        self._tasks = tasks
        self._trainings = tasks.trainings
        self._replies = Replies(tasks, self)
        self._library = OpenLibrary()
        self._setup = SetupPage(tasks, settings.last_folder)
        self._run = RunPage()
        self._outcome = OutcomePage(tasks)
        self._pages = QStackedWidget()
        for page in (self._setup, self._run, self._outcome):
            self._pages.addWidget(page)
        column = QVBoxLayout(self)
        column.addWidget(self._pages)
        self._is_leaving = False
        self._folder = ""
        self._judged_folder = ""
        self._connect()
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

    @property
    def outcome_page(self) -> OutcomePage:
        """Where a new model is judged."""
        return self._outcome

    def is_watching(self) -> bool:
        """Return whether a run is shown, running or ended."""
        return self._pages.currentWidget() is self._run

    def is_judging(self) -> bool:
        """Return whether a new model is shown."""
        return self._pages.currentWidget() is self._outcome

    def set_library(self, library: OpenLibrary) -> None:
        """Start from, compare with and adopt for what is open in the window."""
        self._library = library
        self._setup.options.set_active_model(library.model)
        self._outcome.set_library(library)

    def show_run(self, folder: str) -> None:
        """Show a run that has ended, with its outcome where there is a model."""
        self._follow(self._trainings.retell(folder))

    def show_adopted(self, model: str) -> None:
        """Say that the library uses `model` now."""
        if model == self._outcome.model:
            self._outcome.verdict.show_settled(
                self.tr(
                    "“{library}” uses the new model; the main window can roll it back."
                ).format(library=self._library.name)
            )

    def show_not_adopted(self) -> None:
        """Say that the library still uses what it used before."""
        self._outcome.verdict.show_settled(
            self.tr("“{library}” still uses its former model.").format(
                library=self._library.name
            )
        )

    def reject(self) -> None:
        """Close on Escape as on the title bar: ask first if a training runs."""
        if self._is_leaving:
            super().reject()
            return
        ask_about_training(self, self._trainings, self._leave)

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what has happened while the dialog was closed."""
        super().showEvent(event)
        if event.spontaneous():
            return
        if self.is_watching() and self._has_new_model():
            self._show_outcome()
        elif self._pages.currentWidget() is self._setup:
            self._setup.refresh()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Let `reject` decide."""
        if self.isVisible() and not self._is_leaving:
            event.ignore()
            self.reject()
            return
        super().closeEvent(event)

    def _connect(self) -> None:
        self._setup.start_requested.connect(self._start)
        run, outcome = self._run, self._outcome
        run.stop_requested.connect(self._stop)
        run.pause_requested.connect(self._pause)
        run.end_requested.connect(self._trainings.end)
        run.resume_requested.connect(self._resume)
        run.outcome_requested.connect(self._show_outcome)
        run.again_requested.connect(self._show_setup)
        outcome.curves_requested.connect(lambda: self._pages.setCurrentWidget(run))
        outcome.verdict.adopt_requested.connect(self._adopt)
        outcome.verdict.keep_requested.connect(self._keep)
        outcome.verdict.discard_requested.connect(self._discard)
        for page in (self._setup, run, outcome.verdict):
            page.close_requested.connect(self.reject)
        self._trainings.happened.connect(self._happened)

    def _leave(self) -> None:
        self._outcome.measure.cancel()
        self._setup.data.look.stop()
        self._is_leaving = True
        self.reject()
        self._is_leaving = False

    def _show_setup(self) -> None:
        self._outcome.measure.cancel()
        self._setup.refresh()
        self._pages.setCurrentWidget(self._setup)

    def _start(self, request: TrainRequest) -> None:
        try:
            folder = self._trainings.start(request)
        except CbmirError as error:
            self._setup.show_problem(str(error))
            return
        self._follow(folder)

    def _resume(self) -> None:
        try:
            folder = self._trainings.resume(self._folder)
        except CbmirError as error:
            self._run.show_problem(str(error))
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
            self._show_problem(error)
            return
        self._run.show_stopping()

    def _pause(self, is_wanted: bool) -> None:
        try:
            if is_wanted:
                self._trainings.pause()
            else:
                self._trainings.go_on()
        except OSError as error:
            self._show_problem(error)
            return
        self._run.show_pausing()

    def _show_problem(self, error: OSError) -> None:
        text = self.tr("The training cannot be told: {cause}.")
        self._run.show_problem(text.format(cause=error.strerror or str(error)))

    def _happened(self, folder: str, event: RunEvent) -> None:
        if folder != self._folder:
            return
        self._run.add(event)
        is_failure = isinstance(event, RunFailed)
        if is_failure and self._trainings.can_resume(folder):
            self._run.offer_resume()
        if self.isVisible() and self._has_new_model():
            self._show_outcome()

    def _has_new_model(self) -> bool:
        return bool(self._run.progress.model) and not self._trainings.folder()

    def _show_outcome(self) -> None:
        model = self._run.progress.model
        if self._judged_folder != self._folder:
            try:
                request = read_request(Path(self._folder))
            except CbmirError as error:
                self._run.show_problem(str(error))
                return
            self._judged_folder = self._folder
            self._outcome.begin(model, request, self._library)
            self._outcome.show_left_out(
                self._run.progress.num_left_out, Path(self._folder) / LEFT_OUT_FILE
            )
        self._pages.setCurrentWidget(self._outcome)

    def _adopt(self, model: str) -> None:
        self._outcome.measure.cancel()
        self._outcome.verdict.show_adopting()
        self.adopt_requested.emit(model)

    def _keep(self, model: str) -> None:
        self._outcome.verdict.show_settled(
            self.tr(
                "Kept in {folder}. Retrain > Models … and Search > Model and layer > "
                "Another model … offer it."
            ).format(folder=models_dir() / model)
        )

    def _discard(self, model: str) -> None:
        self._outcome.measure.cancel()

        def forget(_answer: object) -> None:
            self.model_discarded.emit(model)
            self._show_setup()
            text = self.tr("The model “{name}” was deleted.").format(name=model)
            self._setup.messages.post(text)

        self._replies.expect(
            self._tasks.delete_model(model),
            forget,
            lambda text: self._outcome.post(text, "error"),
        )
