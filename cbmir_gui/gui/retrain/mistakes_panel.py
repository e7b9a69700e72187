"""Which classes are mistaken for which, and the images that were."""

from collections.abc import Sequence

from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QRadioButton,
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
    """The most confused pairs, and the images of the chosen one beside them.

    Those of the new model, or of the one in use once that is measured too.
    """

    def __init__(self, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._reports: dict[bool, OutcomeReport] = {}
        """By whether it is the new model's."""
        self._mistakes: tuple[Mistake, ...] = ()
        self._new = QRadioButton(self.tr("&New model"))
        self._active = QRadioButton(self.tr("Model in &use"))
        self._new.toggled.connect(self._show_report)
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
        head = QHBoxLayout()
        head.setSpacing(SPACE_PX)
        head.addWidget(self._text, 1)
        head.addWidget(self._new)
        head.addWidget(self._active)
        column = QVBoxLayout(self)
        column.setSpacing(SMALL_SPACE_PX)
        column.addLayout(head)
        column.addLayout(lists, 1)
        self.begin()

    def begin(self) -> None:
        """Forget what was measured before."""
        self._reports.clear()
        self._new.setChecked(True)
        self._show_switch()
        self._show_report()

    def set_report(self, report: OutcomeReport, *, is_new: bool = True) -> None:
        """Show the mistakes of the new model, or offer those of the one in use."""
        self._reports[is_new] = report
        self._show_switch()
        if is_new == self._new.isChecked():
            self._show_report()

    def _show_switch(self) -> None:
        for button in (self._new, self._active):
            button.setVisible(False in self._reports)

    def _show_report(self) -> None:
        report = self._reports.get(self._new.isChecked())
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

    def choose_pair(
        self, class_name: str, predicted: str, *, is_new: bool = True
    ) -> bool:
        """Show the images of one pair; returns whether there are any."""
        (self._new if is_new else self._active).setChecked(True)
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
