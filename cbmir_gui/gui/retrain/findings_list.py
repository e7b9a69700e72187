"""The warnings about labelled images, each with a way to see what is meant."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from cbmir_gui.gui.icons import icon
from cbmir_gui.gui.library.failures_dialog import FailuresDialog
from cbmir_gui.gui.retrain.findings import Finding
from cbmir_gui.gui.retrain.picture_grid import PictureGrid
from cbmir_gui.gui.style import SMALL_SPACE_PX
from cbmir_gui.gui.tasks import Tasks

_MAX_HEIGHT_PX = 170
_ICON_PX = 16


class FindingsList(QScrollArea):
    """One line or two for each finding; hidden while there are none."""

    def __init__(self, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._findings: tuple[Finding, ...] = ()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Warnings about the images"))
        self.setMaximumHeight(_MAX_HEIGHT_PX)
        self.hide()

    def set_findings(self, findings: Sequence[Finding]) -> None:
        """Show these, in their order."""
        if tuple(findings) == self._findings:
            return
        self._findings = tuple(findings)
        self.setWidget(self._make_rows())
        self.setVisible(bool(findings))
        self.updateGeometry()

    def findings(self) -> tuple[Finding, ...]:
        """Return what is shown."""
        return self._findings

    def sizeHint(self) -> QSize:
        """Return as much height as the lines need, up to a limit."""
        rows, width = self.widget(), self.viewport().width()
        if rows is None:
            return QSize(0, 0)
        height = max(rows.heightForWidth(width), rows.sizeHint().height())
        return QSize(width, min(height, _MAX_HEIGHT_PX))

    def minimumSizeHint(self) -> QSize:
        """Return room for two lines."""
        return QSize(100, 2 * self.fontMetrics().height() + SMALL_SPACE_PX)

    def _make_rows(self) -> QWidget:
        rows = QWidget()
        grid = QGridLayout(rows)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(SMALL_SPACE_PX)
        grid.setColumnStretch(1, 1)
        picture = icon("warning", self.palette().windowText().color())
        for row, finding in enumerate(self._findings):
            mark = QLabel()
            size = QSize(_ICON_PX, _ICON_PX)
            mark.setPixmap(picture.pixmap(size, self.devicePixelRatioF()))
            # A file name must not be able to pass for markup.
            text = QLabel(
                finding.text, wordWrap=True, textFormat=Qt.TextFormat.PlainText
            )
            grid.addWidget(mark, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(text, row, 1)
            if finding.can_be_shown:
                show = QPushButton(self.tr("Show …"), autoDefault=False)
                show.setAccessibleDescription(finding.text)
                show.clicked.connect(partial(self._show_finding, finding))
                grid.addWidget(show, row, 2, Qt.AlignmentFlag.AlignTop)
        grid.setRowStretch(len(self._findings), 1)
        return rows

    def _show_finding(self, finding: Finding, _checked: bool = False) -> None:
        dialog: QDialog = (
            FailuresDialog(finding.failed, self)
            if finding.failed
            else PicturesDialog(self._tasks, finding, self)
        )
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()


class PicturesDialog(QDialog):
    """Show the images that a finding is about."""

    def __init__(
        self, tasks: Tasks, finding: Finding, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Images"))
        self.resize(720, 560)
        text = QLabel(finding.text, wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.grid = PictureGrid(tasks, self.tr("Images"))
        self.grid.set_pictures(finding.pictures)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(text)
        column.addWidget(self.grid, 1)
        column.addWidget(buttons)
