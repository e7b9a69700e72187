"""A training while it runs: curves, figures, and a way to stop it."""

import time

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from cbmir_gui.engine.run_events import (
    RunContinued,
    RunEvent,
    RunPaused,
    RunReading,
    RunStep,
)
from cbmir_gui.gui.retrain.learning_curves import LearningCurves
from cbmir_gui.gui.retrain.run_figures import RunFigures
from cbmir_gui.gui.retrain.run_progress import ENDED, Phase, RunProgress, run_title
from cbmir_gui.gui.retrain.run_words import ending, state_text, stopping_text
from cbmir_gui.gui.style import SPACE_PX
from cbmir_gui.gui.widgets.message_bar import MessageBar

_BAR_STEPS = 1000
_PATIENCE_MS = 20_000
# Steps come in hundreds when a run is found again.
_REPAINT_MS = 50


class RunPage(QWidget):
    """Follow one run; what it shows grows from `RunProgress`."""

    stop_requested = Signal()
    pause_requested = Signal(bool)
    """Whether the run should wait, or go on."""
    end_requested = Signal()
    """End it at once: it was asked to stop and does not."""
    resume_requested = Signal()
    """Go on with a run that was interrupted."""
    outcome_requested = Signal()
    """Look at the new model."""
    again_requested = Signal()
    """Set up another training."""
    close_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._folder = ""
        self._progress = RunProgress()
        self._is_stopping = False
        self._is_pausing = False
        self._can_resume = False
        self._show_soon = QTimer(self, singleShot=True, interval=_REPAINT_MS)
        self._show_soon.timeout.connect(self._show)
        self._patience = QTimer(self, singleShot=True, interval=_PATIENCE_MS)
        self._patience.timeout.connect(self._show)
        self._make_widgets()
        self._arrange()

    @property
    def progress(self) -> RunProgress:
        """What is known of the run."""
        return self._progress

    @property
    def figures(self) -> RunFigures:
        """The row of figures."""
        return self._figures

    def message_texts(self) -> tuple[str, ...]:
        """Return the messages that are shown, the newest first."""
        return tuple(message.text for message in self._messages.messages())

    def state_text(self) -> str:
        """Return what is said of the run."""
        return self._state.text()

    def begin(self, folder: str) -> None:
        """Show the run of this folder from its start."""
        self._folder = folder
        self._progress = RunProgress()
        self._is_stopping = False
        self._is_pausing = False
        self._can_resume = False
        for message in self._messages.messages():
            self._messages.dismiss(message)
        self._show()

    def add(self, event: RunEvent) -> None:
        """Show what happened next."""
        self._progress = self._progress.after(event, time.monotonic())
        if self._progress.phase in ENDED:
            self._patience.stop()
            text, severity = ending(self._progress)
            self._messages.post(text, severity)
        if isinstance(event, RunPaused | RunContinued):
            self._is_pausing = False
        if isinstance(event, RunStep | RunReading):
            if not self._show_soon.isActive():
                self._show_soon.start()
        else:
            self._show()

    def show_stopping(self) -> None:
        """Show that the run was asked to stop."""
        self._is_stopping = True
        self._patience.start()
        self._show()

    def show_pausing(self) -> None:
        """Show that the run was asked to wait, or to go on."""
        self._is_pausing = True
        self._show()

    def offer_resume(self) -> None:
        """Offer to go on with the run, which has ended without a model."""
        self._can_resume = True
        self._show()

    def show_problem(self, text: str) -> None:
        """Say what went wrong with an order of the user."""
        self._messages.post(text, "error")

    def _make_widgets(self) -> None:
        self._title = QLabel()
        self._title.setProperty("role", "title")
        self._state = QLabel()
        self._bar = QProgressBar(textVisible=False)
        self._bar.setAccessibleName(self.tr("Progress of the training"))
        self._bar.setFixedHeight(8)
        self._messages = MessageBar()
        self._figures = RunFigures()
        self._curves = LearningCurves()
        self._pause = QPushButton(self.tr("&Pause"))
        self._pause.clicked.connect(self._ask_pause)
        self._stop = QPushButton(self.tr("&Stop …"))
        self._stop.setToolTip(
            self.tr("End here; the best weights so far, if any, become the model")
        )
        self._stop.clicked.connect(self._ask_stop)
        self._end = QPushButton(self.tr("&End now"))
        self._end.setToolTip(
            self.tr("End the process at once; there will be no model of this run")
        )
        self._end.clicked.connect(self.end_requested)
        self._resume = QPushButton(self.tr("&Go on"))
        self._resume.setToolTip(self.tr("Go on from the last epoch that ended"))
        self._resume.clicked.connect(self.resume_requested)
        self._outcome = QPushButton(self.tr("&Look at the model"))
        self._outcome.clicked.connect(self.outcome_requested)
        self._again = QPushButton(self.tr("&Train another …"))
        self._again.clicked.connect(self.again_requested)
        self._close = QPushButton(self.tr("&Close"))
        self._close.clicked.connect(self.close_requested)

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setSpacing(SPACE_PX)
        column.addWidget(self._title)
        column.addWidget(self._state)
        column.addWidget(self._bar)
        column.addWidget(self._messages)
        column.addWidget(self._figures)
        column.addWidget(self._curves, 1)
        buttons = QHBoxLayout()
        buttons.addStretch()
        for button in (
            self._end,
            self._pause,
            self._stop,
            self._again,
            self._resume,
            self._outcome,
            self._close,
        ):
            button.setAutoDefault(False)
            buttons.addWidget(button)
        column.addLayout(buttons)

    def _show(self) -> None:
        progress = self._progress
        has_ended = progress.phase in ENDED
        name = run_title(progress, self._folder)
        self._title.setText(self.tr("Training of “{name}”").format(name=name))
        self._state.setText(
            state_text(progress, stopping=self._is_stopping, pausing=self._is_pausing)
        )
        self._show_bar()
        self._figures.show_progress(progress)
        self._curves.show_progress(progress)
        can_end = not has_ended and progress.phase is not Phase.SAVING
        # Asked for in the last step, a pause begins while the model is measured.
        self._pause.setVisible(can_end or progress.is_paused)
        self._pause.setEnabled(
            (progress.phase is not Phase.STARTING or progress.is_paused)
            and not (self._is_stopping or self._is_pausing)
        )
        self._pause.setText(
            self.tr("C&ontinue") if progress.is_paused else self.tr("&Pause")
        )
        self._stop.setVisible(can_end)
        self._stop.setEnabled(not self._is_stopping)
        self._end.setVisible(
            self._is_stopping and not has_ended and not self._patience.isActive()
        )
        self._again.setVisible(has_ended)
        self._resume.setVisible(has_ended and self._can_resume)
        self._outcome.setVisible(has_ended and bool(progress.model))

    def _show_bar(self) -> None:
        progress = self._progress
        match progress.phase:
            case Phase.STARTING | Phase.SAVING:
                self._bar.setRange(0, 0)
            case Phase.READING | Phase.PREPARING:
                self._bar.setRange(0, progress.num_to_read)
                self._bar.setValue(progress.num_read)
            case Phase.FINISHED:
                self._bar.setRange(0, 1)
                self._bar.setValue(1)
            case _:
                share = progress.position() / max(1, progress.num_epochs)
                self._bar.setRange(0, _BAR_STEPS)
                self._bar.setValue(round(_BAR_STEPS * min(1.0, share)))

    def _ask_pause(self) -> None:
        self.pause_requested.emit(not self._progress.is_paused)

    def _ask_stop(self) -> None:
        """Ask first: hours may have gone into the run."""
        box = QMessageBox(self)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(self.tr("Stop the training"))
        box.setText(self.tr("Stop the training?"))
        box.setInformativeText(stopping_text(self._progress))
        stop = box.addButton(self.tr("&Stop"), QMessageBox.ButtonRole.AcceptRole)
        go_on = box.addButton(self.tr("&Go on"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(go_on)
        box.setEscapeButton(go_on)
        stop.clicked.connect(self.stop_requested)
        box.open()
