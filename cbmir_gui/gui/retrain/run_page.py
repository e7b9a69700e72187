"""A training while it runs: curves, figures, and a way to stop it."""

import time

from PySide6.QtCore import QLocale, QTimer, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from cbmir_gui.engine.run_events import RunEvent
from cbmir_gui.gui.retrain.curves import UNIT_AXIS, Curves, CurvesView
from cbmir_gui.gui.retrain.run_figures import RunFigures
from cbmir_gui.gui.retrain.run_progress import ENDED, Phase, RunProgress, run_title
from cbmir_gui.gui.style import SPACE_PX
from cbmir_gui.gui.widgets.message_bar import MessageBar, Severity

_BAR_STEPS = 1000
_PATIENCE_MS = 20_000


class RunPage(QWidget):
    """Follow one run; what it shows grows from `RunProgress`."""

    stop_requested = Signal()
    end_requested = Signal()
    """End it at once: it was asked to stop and does not."""
    again_requested = Signal()
    """Set up another training."""
    close_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._folder = ""
        self._progress = RunProgress()
        self._is_stopping = False
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

    def begin(self, folder: str) -> None:
        """Show the run of this folder from its start."""
        self._folder = folder
        self._progress = RunProgress()
        self._is_stopping = False
        for message in self._messages.messages():
            self._messages.dismiss(message)
        self._show()

    def add(self, event: RunEvent) -> None:
        """Show what happened next."""
        self._progress = self._progress.after(event, time.monotonic())
        if self._progress.phase in ENDED:
            self._patience.stop()
            text, severity = self._outcome()
            self._messages.post(text, severity)
        self._show()

    def show_stopping(self) -> None:
        """Show that the run was asked to stop."""
        self._is_stopping = True
        self._patience.start()
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
        self._loss = CurvesView(self.tr("Loss"))
        self._accuracy = CurvesView(self.tr("Accuracy"), UNIT_AXIS)
        self._stop = QPushButton(self.tr("&Stop, keep the best"))
        self._stop.setToolTip(self.tr("End here; the best weights become the model"))
        self._stop.clicked.connect(self.stop_requested)
        self._end = QPushButton(self.tr("&End now"))
        self._end.setToolTip(
            self.tr("End the process at once; there will be no model of this run")
        )
        self._end.clicked.connect(self.end_requested)
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
        curves = QHBoxLayout()
        curves.addWidget(self._loss)
        curves.addWidget(self._accuracy)
        column.addLayout(curves, 1)
        buttons = QHBoxLayout()
        buttons.addStretch()
        for button in (self._end, self._stop, self._again, self._close):
            button.setAutoDefault(False)
            buttons.addWidget(button)
        column.addLayout(buttons)

    def _show(self) -> None:
        progress = self._progress
        has_ended = progress.phase in ENDED
        name = run_title(progress, self._folder)
        self._title.setText(self.tr("Training of “{name}”").format(name=name))
        self._state.setText(self._state_text())
        self._show_bar()
        self._figures.show_progress(progress)
        self._show_curves()
        self._stop.setVisible(not has_ended and progress.phase is not Phase.SAVING)
        self._stop.setEnabled(not self._is_stopping)
        self._end.setVisible(
            self._is_stopping and not has_ended and not self._patience.isActive()
        )
        self._again.setVisible(has_ended)

    def _state_text(self) -> str:
        progress = self._progress
        if progress.phase not in ENDED and self._is_stopping:
            return self.tr("Stopping; the best weights are being kept …")
        match progress.phase:
            case Phase.STARTING:
                return self.tr("Starting …")
            case Phase.READING:
                return self.tr("Reading images: {done} of {total}").format(
                    done=QLocale().toString(progress.num_read),
                    total=QLocale().toString(progress.num_to_read),
                )
            case Phase.LEARNING:
                return self.tr("Learning from {count} images").format(
                    count=QLocale().toString(progress.num_train)
                )
            case Phase.SAVING:
                return self.tr("Measuring and saving the best weights …")
            case Phase.FINISHED:
                return self.tr("Finished")
            case Phase.STOPPED:
                return self.tr("Stopped")
            case Phase.FAILED:
                return self.tr("Ended with a problem")

    def _show_bar(self) -> None:
        progress = self._progress
        match progress.phase:
            case Phase.STARTING | Phase.SAVING:
                self._bar.setRange(0, 0)
            case Phase.READING:
                self._bar.setRange(0, progress.num_to_read)
                self._bar.setValue(progress.num_read)
            case Phase.FINISHED:
                self._bar.setRange(0, 1)
                self._bar.setValue(1)
            case _:
                share = progress.position() / max(1, progress.num_epochs)
                self._bar.setRange(0, _BAR_STEPS)
                self._bar.setValue(round(_BAR_STEPS * min(1.0, share)))

    def _show_curves(self) -> None:
        epochs, best = self._progress.epochs, self._progress.best()
        num_epochs = self._progress.num_epochs
        best_epoch = best.epoch if best is not None else 0
        self._loss.set_curves(
            Curves(
                [(entry.epoch, entry.train_loss) for entry in epochs],
                [(entry.epoch, entry.val_loss) for entry in epochs],
                self._progress.step_losses,
                num_epochs,
                best_epoch,
            )
        )
        scored = [entry for entry in epochs if entry.val_accuracy >= 0]
        self._accuracy.setVisible(len(scored) == len(epochs))
        self._accuracy.set_curves(
            Curves(
                [(entry.epoch, entry.train_accuracy) for entry in scored],
                [(entry.epoch, entry.val_accuracy) for entry in scored],
                (),
                num_epochs,
                best_epoch,
            )
        )

    def _outcome(self) -> tuple[str, Severity]:
        progress = self._progress
        if progress.phase is Phase.FAILED:
            return progress.message, "error"
        if not progress.model:
            return self.tr("The training was stopped; there is no new model."), "info"
        name = progress.model
        text = self.tr(
            "The model “{name}” is ready. Choose it in the menu Search to use it."
        ).format(name=name)
        return text, "success"
