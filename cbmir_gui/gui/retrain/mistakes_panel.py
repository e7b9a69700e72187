"""Which classes are mistaken for which, and the images that were."""

from collections.abc import Sequence

from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from cbmir_gui.gui.results.tile_text import class_label
from cbmir_gui.gui.retrain.outcome_report import Mistake, OutcomeReport
from cbmir_gui.gui.retrain.picture_grid import PictureGrid
from cbmir_gui.gui.style import SMALL_SPACE_PX, SPACE_PX
from cbmir_gui.gui.tasks import Tasks

Pair = tuple[str, str]
_ALL: Pair = ("", "")


class MistakesPanel(QWidget):
    """The most confused pairs, and the images of the chosen one beside them."""

    def __init__(self, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._mistakes: tuple[Mistake, ...] = ()
        self._text = QLabel(wordWrap=True)
        self._pairs = QListWidget()
        self._pairs.setAccessibleName(self.tr("Most confused classes"))
        self._pairs.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self._pairs.currentItemChanged.connect(self._show_current)
        self.grid = PictureGrid(tasks, self.tr("Misclassified images"))
        lists = QHBoxLayout()
        lists.setSpacing(SPACE_PX)
        lists.addWidget(self._pairs, 2)
        lists.addWidget(self.grid, 5)
        column = QVBoxLayout(self)
        column.setSpacing(SMALL_SPACE_PX)
        column.addWidget(self._text)
        column.addLayout(lists, 1)
        self.set_report(None)

    def set_report(self, report: OutcomeReport | None) -> None:
        """Show the mistakes of a report; None: it is not there yet."""
        self._mistakes = report.mistakes if report else ()
        self._pairs.clear()
        self._text.setText(self._summary(report))
        if report is not None and self._mistakes:
            self._add_pair(_ALL, self.tr("All mistakes"), len(self._mistakes))
        for pair in report.pairs if report else ():
            text = self.tr("{true} taken for {predicted}").format(
                true=class_label(pair.class_name),
                predicted=class_label(pair.predicted),
            )
            self._add_pair((pair.class_name, pair.predicted), text, pair.count)
        if self._pairs.count():
            self._pairs.setCurrentRow(0)
        else:
            self.grid.set_pictures(())

    def choose_pair(self, class_name: str, predicted: str) -> bool:
        """Show the images of one pair; returns whether there are any."""
        for row in range(self._pairs.count()):
            pair = self._pairs.item(row).data(Qt.ItemDataRole.UserRole)
            if tuple(pair) == (class_name, predicted):
                self._pairs.setCurrentRow(row)
                return True
        return False

    def text(self) -> str:
        """Return what is said above the lists."""
        return self._text.text()

    def _summary(self, report: OutcomeReport | None) -> str:
        if report is None:
            return self.tr("The images are compared once the model is measured.")
        if report.is_vote:
            return self.tr("This network predicts no classes.")
        if not report.mistakes:
            return self.tr("No image was misclassified.")
        return self.tr(
            "{count} of {total} images were misclassified; the most confident mistakes "
            "come first. Some may carry a wrong label."
        ).format(
            count=QLocale().toString(_num_mistakes(report)),
            total=QLocale().toString(report.num_queries),
        )

    def _add_pair(self, pair: Pair, text: str, count: int) -> None:
        item = QListWidgetItem(f"{QLocale().toString(count)}  {text}")
        item.setToolTip(text)
        item.setData(Qt.ItemDataRole.UserRole, pair)
        self._pairs.addItem(item)

    def _show_current(self, item: QListWidgetItem | None) -> None:
        if item is None:
            return
        pair: Sequence[str] = item.data(Qt.ItemDataRole.UserRole)
        self.grid.set_pictures(
            [
                mistake.picture()
                for mistake in self._mistakes
                if tuple(pair) in {_ALL, (mistake.class_name, mistake.predicted)}
            ]
        )


def _num_mistakes(report: OutcomeReport) -> int:
    return max(sum(pair.count for pair in report.pairs), len(report.mistakes))
