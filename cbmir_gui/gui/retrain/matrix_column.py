"""The confusion matrix of one of the two models that stand side by side."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from cbmir_gui.gui.results.tile_text import class_label
from cbmir_gui.gui.retrain.outcome_report import OutcomeReport
from cbmir_gui.gui.style import SMALL_SPACE_PX
from cbmir_gui.gui.widgets.confusion_matrix import ConfusionMatrixView


class MatrixColumn(QWidget):
    """Which model it is, how to read the matrix, and the matrix."""

    cell_activated = Signal(str, str)
    """True class and predicted class."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = QLabel(textFormat=Qt.TextFormat.PlainText)
        self._title.setProperty("role", "title")
        self._note = QLabel(wordWrap=True)
        self._note.setProperty("role", "muted")
        self.view = ConfusionMatrixView(class_label)
        self.view.cell_activated.connect(self.cell_activated)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SMALL_SPACE_PX)
        column.addWidget(self._title)
        column.addWidget(self._note)
        column.addWidget(self.view, 1)

    def begin(self, title: str) -> None:
        """Name another model, which is not measured yet."""
        self._title.setText(title)
        self.view.setAccessibleName(
            self.tr("Confusion matrix, {model}").format(model=title)
        )
        self.view.set_matrix((), ())
        self._note.setText(self.tr("Not measured yet."))

    def show_report(self, report: OutcomeReport) -> None:
        """Show what was measured."""
        self.view.set_matrix(report.classes, report.matrix)
        self._note.setText(self._note_on(report))

    def note(self) -> str:
        """Return how the matrix is to be read, or why there is none."""
        return self._note.text()

    def _note_on(self, report: OutcomeReport) -> str:
        if not report.matrix:
            return self.tr("There is no confusion matrix of this model.")
        if report.is_vote:
            return self.tr(
                "Rows: class of the image. Columns: class of most of its first hits."
            )
        return self.tr(
            "Rows: class of the image. Columns: class that the network gives it. "
            "Press a cell to see its images."
        )
