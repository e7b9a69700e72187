"""A report in four tabs, with ways to take it along."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from cbmir_gui.core.errors import StorageError
from cbmir_gui.gui.evaluation.class_page import ClassPage
from cbmir_gui.gui.evaluation.confusion_page import ConfusionPage
from cbmir_gui.gui.evaluation.figures_page import FiguresPage
from cbmir_gui.gui.evaluation.protocol_page import ProtocolPage
from cbmir_gui.gui.evaluation.report import Report
from cbmir_gui.gui.evaluation.report_text import (
    protocol_sentence,
    report_csv,
    report_json,
    report_markdown,
)
from cbmir_gui.gui.results.ranked_list import write_text
from cbmir_gui.gui.style import SMALL_SPACE_PX
from cbmir_gui.gui.tasks import Tasks
from cbmir_gui.gui.widgets.save_dialog import ask_where_to_save


class ReportView(QWidget):
    """Figures, classes, confusions and protocol of one report."""

    said = Signal(str, str)
    """A message and its severity."""

    def __init__(self, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._report: Report | None = None
        self._protocol = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._protocol.setProperty("role", "muted")
        self._protocol.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
        )
        self.figures = FiguresPage()
        self.classes = ClassPage()
        self.confusions = ConfusionPage(tasks)
        self.protocol = ProtocolPage()
        self.tabs = QTabWidget()
        for page, title in (
            (self.figures, self.tr("Fi&gures")),
            (self.classes, self.tr("Eac&h class")),
            (self.confusions, self.tr("&Confusions")),
            (self.protocol, self.tr("Protocol")),
        ):
            self.tabs.addTab(page, title)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SMALL_SPACE_PX)
        column.addWidget(self._protocol)
        column.addWidget(self.tabs, 1)

    def show_report(self, report: Report) -> None:
        """Show another report."""
        self._report = report
        self._protocol.setText(protocol_sentence(report))
        for page in (self.figures, self.classes, self.confusions, self.protocol):
            page.show_report(report)

    def save(self, path: str) -> None:
        """Write the report; a name that ends in .csv gives a table."""
        if self._report is None:
            return
        is_table = Path(path).suffix.lower() == ".csv"
        text = (report_csv if is_table else report_json)(self._report)
        try:
            write_text(Path(path), text)
        except StorageError as error:
            self.said.emit(str(error), "error")
            return
        done = self.tr("Saved as {name}.").format(name=Path(path).name)
        self.said.emit(done, "success")

    def copy_markdown(self) -> None:
        """Put the figures into the clipboard, as a Markdown table."""
        if self._report is not None:
            QGuiApplication.clipboard().setText(report_markdown(self._report))
            self.said.emit(self.tr("Copied."), "info")

    def make_buttons(self) -> QWidget:
        """Return new buttons that take the report along, side by side."""
        buttons = QWidget()
        row = QHBoxLayout(buttons)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SMALL_SPACE_PX)
        for text, slot in (
            (self.tr("Save as &JSON …"), lambda: self._ask_file("json")),
            (self.tr("Save as CS&V …"), lambda: self._ask_file("csv")),
            (self.tr("Copy as Mar&kdown"), self.copy_markdown),
        ):
            row.addWidget(_button(text, slot))
        return buttons

    def _ask_file(self, suffix: str) -> None:
        title = self.tr("Save evaluation")
        ask_where_to_save(self, title, f"evaluation.{suffix}", self.save)


def _button(text: str, slot: Callable[[], None]) -> QPushButton:
    button = QPushButton(text, autoDefault=False)
    button.clicked.connect(lambda: slot())
    return button
