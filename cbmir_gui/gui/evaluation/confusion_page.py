"""What was taken for what: the matrix, and the images of its cells to look at."""

from pathlib import Path

from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from cbmir_gui.core.records import DecodedImage
from cbmir_gui.gui.evaluation.report import Mistake, Report
from cbmir_gui.gui.evaluation.report_text import mistake_heading
from cbmir_gui.gui.replies import Replies
from cbmir_gui.gui.results.tile_text import class_label
from cbmir_gui.gui.style import SMALL_SPACE_PX
from cbmir_gui.gui.tasks import Tasks
from cbmir_gui.gui.widgets.confusion_matrix import ConfusionMatrixView
from cbmir_gui.gui.widgets.image_view import ImageView
from cbmir_gui.gui.widgets.images import to_qimage
from cbmir_gui.gui.widgets.rows_table import Cell, Row, RowsTable, word


class ConfusionPage(QWidget):
    """A click on a cell of the matrix lists its images; one of them is shown."""

    def __init__(self, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._replies = Replies(tasks, self)
        self._ticket = 0
        self._report: Report | None = None
        self._shown: tuple[Mistake, ...] = ()
        self.matrix = ConfusionMatrixView(class_label)
        self.matrix.cell_activated.connect(self._show_cell)
        self._source = QLabel(wordWrap=True)
        self._source.setProperty("role", "muted")
        self._heading = QLabel(textFormat=Qt.TextFormat.PlainText, wordWrap=True)
        self._all = QPushButton(self.tr("Show &all"), autoDefault=False)
        self._all.clicked.connect(self._show_all)
        self.table = RowsTable(self.tr("Images taken for another class"))
        self.table.row_chosen.connect(self._show_image)
        self.image = ImageView()
        self.image.setAccessibleName(self.tr("Chosen image"))
        self._arrange()

    def show_report(self, report: Report) -> None:
        """Show the mistakes of another report."""
        self._report = report
        self.matrix.set_matrix(report.classes, report.counts)
        source = self.tr("Most probable class of the classifier.")
        if report.is_vote:
            source = self.tr(
                "Majority class of the first hits: there is no classifier."
            )
        if not report.classes:
            source = self.tr("There is nothing to compare.")
        self._source.setText(source)
        self._show_all()

    def heading(self) -> str:
        """Return which images are listed."""
        return self._heading.text()

    def _arrange(self) -> None:
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.matrix, 1)
        column.addWidget(self._source)
        right = QWidget()
        head = QHBoxLayout()
        head.addWidget(self._heading, 1)
        head.addWidget(self._all)
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SMALL_SPACE_PX)
        column.addLayout(head)
        column.addWidget(self.table, 3)
        column.addWidget(self.image, 4)
        splitter = QSplitter()
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(left)
        splitter.addWidget(right)
        splitter.setStretchFactor(0, 3)
        splitter.setStretchFactor(1, 2)
        row = QHBoxLayout(self)
        row.addWidget(splitter)

    def _show_all(self) -> None:
        mistakes = self._report.mistakes if self._report else ()
        text = self.tr("{count} images taken for another class, the surest first")
        if len(mistakes) == 1:
            text = self.tr("1 image taken for another class")
        if not mistakes:
            text = self.tr("No image is listed as taken for another class.")
        self._heading.setText(text.format(count=QLocale().toString(len(mistakes))))
        self._list(mistakes)
        self._all.setEnabled(False)

    def _show_cell(self, true_class: str, predicted: str) -> None:
        if self._report is None:
            return
        row = self._report.classes.index(true_class)
        column = self._report.classes.index(predicted)
        count = self._report.counts[row][column]
        found = tuple(
            mistake
            for mistake in self._report.mistakes
            if (mistake.class_name, mistake.predicted) == (true_class, predicted)
        )
        text = self.tr("{heading}: {shown} of {count} images")
        if row == column:
            text = self.tr("{heading}: {count} images, all right")
        self._heading.setText(
            text.format(
                heading=mistake_heading(true_class, predicted),
                shown=QLocale().toString(len(found)),
                count=QLocale().toString(count),
            )
        )
        self._list(found)
        self._all.setEnabled(True)

    def _list(self, mistakes: tuple[Mistake, ...]) -> None:
        self._shown = mistakes
        titles = (
            self.tr("File"),
            self.tr("Class"),
            self.tr("Taken for"),
            self.tr("Probability"),
        )
        self.table.set_rows(titles, [_row(mistake) for mistake in mistakes])
        self._replies.drop(self._ticket)
        self.image.set_text(
            self.tr("Choose an image to look at it.") if mistakes else ""
        )

    def _show_image(self, number: int) -> None:
        self._replies.drop(self._ticket)
        ticket = self._tasks.preview(self._shown[number].path)
        self._ticket = self._replies.expect(ticket, self._draw, self.image.set_text)

    def _draw(self, image: DecodedImage) -> None:
        self.image.set_image(to_qimage(image.pixels))


def _row(mistake: Mistake) -> Row:
    probability = QLocale().toString(mistake.probability, "f", 3)
    return (
        word(Path(mistake.path).name, mistake.path),
        word(class_label(mistake.class_name)),
        word(class_label(mistake.predicted)),
        Cell(probability, mistake.probability),
    )
