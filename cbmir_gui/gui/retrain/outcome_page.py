"""A new model: how good it is, beside the one in use, and what becomes of it."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from cbmir_gui.core.records import TrainRequest
from cbmir_gui.gui.counted import counted
from cbmir_gui.gui.retrain.figures_panel import FiguresPanel
from cbmir_gui.gui.retrain.matrix_column import MatrixColumn
from cbmir_gui.gui.retrain.mistakes_panel import MistakesPanel
from cbmir_gui.gui.retrain.open_library import OpenLibrary
from cbmir_gui.gui.retrain.outcome_measure import TEST, MeasuredModel, OutcomeMeasure
from cbmir_gui.gui.retrain.outcome_report import OutcomeReport
from cbmir_gui.gui.retrain.verdict_bar import VerdictBar
from cbmir_gui.gui.style import SPACE_PX
from cbmir_gui.gui.tasks import Tasks
from cbmir_gui.gui.widgets.message_bar import MessageBar, Severity


class OutcomePage(QWidget):
    """Figures, confusion matrix and mistakes; then Adopt, Keep or Discard."""

    curves_requested = Signal()
    """Look at the training again."""

    def __init__(self, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = ""
        self._request = TrainRequest("")
        self._library = OpenLibrary()
        self.measure = OutcomeMeasure(tasks, self)
        self.verdict = VerdictBar()
        self.mistakes = MistakesPanel(tasks)
        self.figures = FiguresPanel()
        self._make_widgets()
        self._arrange()
        self._connect()

    @property
    def model(self) -> str:
        """Name of the new model; "" while there is none."""
        return self._model

    def begin(self, model: str, request: TrainRequest, library: OpenLibrary) -> None:
        """Show a new model, and measure it beside the one that `library` uses."""
        self._model = model
        self._request = request
        self._library = library
        for message in self._messages.messages():
            self._messages.dismiss(message)
        self._title.setText(self.tr("New model “{name}”").format(name=model))
        self.figures.begin(model, self._active_name())
        active = self._active_name()
        self.new_matrix.begin(self.tr("New: {name}").format(name=model))
        self.active_matrix.begin(self.tr("In use: {name}").format(name=active))
        self.active_matrix.setVisible(bool(active))
        self.mistakes.begin()
        self._tabs.setCurrentIndex(0)
        self.verdict.begin(model, library)
        self.measure_again()

    def set_library(self, library: OpenLibrary) -> None:
        """Offer to adopt the model for another library."""
        self._library = library
        self.verdict.set_library(library)

    def measure_again(self) -> None:
        """Measure both models."""
        self._show_measuring(self.tr("Reading the card …"))
        self.measure.begin(
            self._request,
            MeasuredModel(self._model),
            MeasuredModel(self._library.model, self._library.layer),
        )

    def show_left_out(self, count: int, listed: Path) -> None:
        """Say how many images could not be used, and where the reasons are listed."""
        if count:
            self.post(
                counted(
                    count,
                    self.tr("1 image could not be used and was left out; see {file}."),
                    self.tr(
                        "{n} images could not be used and were left out; see {file}."
                    ),
                    file=listed,
                ),
                "info",
            )

    def post(self, text: str, severity: Severity) -> None:
        """Say what happened."""
        self._messages.post(text, severity)

    def message_texts(self) -> tuple[str, ...]:
        """Return the messages that are shown, the newest first."""
        return tuple(message.text for message in self._messages.messages())

    def state_text(self) -> str:
        """Return what is said of the measuring."""
        return self._state.text()

    def _active_name(self) -> str:
        active = self._library.model
        return active if active != self._model else ""

    def _make_widgets(self) -> None:
        self._title = QLabel()
        self._title.setProperty("role", "title")
        self._messages = MessageBar()
        self._state = QLabel(wordWrap=True)
        self._state.setProperty("role", "muted")
        self._bar = QProgressBar(textVisible=False)
        self._bar.setFixedSize(200, 8)
        self._bar.setAccessibleName(self.tr("Progress of the measuring"))
        self._cancel = QPushButton(self.tr("Cancel"), autoDefault=False)
        self._cancel.setToolTip(self.tr("Stop measuring; the model stays as it is"))
        self._again = QPushButton(self.tr("&Measure"), autoDefault=False)
        self._curves = QPushButton(self.tr("&Curves"), autoDefault=False)
        self._curves.setToolTip(self.tr("Look at the training again"))
        self.new_matrix = MatrixColumn()
        self.active_matrix = MatrixColumn()

    def _arrange(self) -> None:
        self._tabs = QTabWidget()
        self._tabs.addTab(self.figures, self.tr("&Figures"))
        matrix_page = QWidget()
        matrices = QHBoxLayout(matrix_page)
        matrices.setSpacing(SPACE_PX)
        matrices.addWidget(self.new_matrix, 1)
        matrices.addWidget(self.active_matrix, 1)
        self._tabs.addTab(matrix_page, self.tr("C&onfusion matrix"))
        self._tabs.addTab(self.mistakes, self.tr("M&istakes"))
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self._curves)
        state = QHBoxLayout()
        state.setSpacing(SPACE_PX)
        state.addWidget(self._state, 1)
        for widget in (self._bar, self._cancel, self._again):
            state.addWidget(widget)
        column = QVBoxLayout(self)
        column.setSpacing(SPACE_PX)
        column.addLayout(head)
        column.addWidget(self._messages)
        column.addLayout(state)
        column.addWidget(self._tabs, 1)
        column.addWidget(self.verdict)

    def _connect(self) -> None:
        self._cancel.clicked.connect(self.measure.cancel)
        self._again.clicked.connect(self.measure_again)
        self._curves.clicked.connect(self.curves_requested)
        for matrix, is_new in ((self.new_matrix, True), (self.active_matrix, False)):
            matrix.cell_activated.connect(partial(self._show_cell, is_new))
        measure = self.measure
        measure.card_read.connect(self.figures.show_card)
        measure.started.connect(self._show_started)
        measure.progress.connect(self._report)
        measure.measured.connect(self._show_report)
        measure.failed.connect(lambda text: self.post(text, "warning"))
        measure.ended.connect(self._show_ended)

    def _show_started(self, name: str, split: str) -> None:
        part = self.tr("test") if split == TEST else self.tr("validation")
        text = self.tr("Measuring “{name}” on the {part} images …")
        self._show_measuring(text.format(name=name, part=part))

    def _show_measuring(self, text: str) -> None:
        self._state.setText(text)
        self._bar.setRange(0, 0)
        self._bar.show()
        self._cancel.show()
        self._again.hide()

    def _report(self, done: int, total: int, _text: str) -> None:
        self._bar.setRange(0, total)
        self._bar.setValue(done)

    def _show_report(self, name: str, report: OutcomeReport) -> None:
        is_new = name == self._model
        if is_new:
            self.figures.show_new(report)
            self.new_matrix.show_report(report)
        else:
            self.figures.show_active(report)
            self.active_matrix.show_report(report)
        self.mistakes.set_report(report, is_new=is_new)

    def _show_cell(self, is_new: bool, class_name: str, predicted: str) -> None:
        if self.mistakes.choose_pair(class_name, predicted, is_new=is_new):
            self._tabs.setCurrentWidget(self.mistakes)

    def _show_ended(self, is_whole: bool) -> None:
        self._state.setText(
            self.tr("Both models were measured on the same images.")
            if is_whole and self._active_name()
            else self.tr("The model was measured.")
            if is_whole
            else self.tr("Not everything was measured.")
        )
        self._bar.hide()
        self._cancel.hide()
        self._again.setVisible(not is_whole)
