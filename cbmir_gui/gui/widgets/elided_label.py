"""A one-line label that leaves out the middle of a text that does not fit."""

from html import escape

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QWidget


class ElidedLabel(QLabel):
    """Show a file name or the like; the tooltip has all of it."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)

    def set_full_text(self, text: str) -> None:
        """Show `text`, shortened as needed."""
        self.setText(text)
        self.setToolTip(f"<p>{escape(text)}</p>" if text else "")

    def minimumSizeHint(self) -> QSize:
        """Return a small size: the text may be shortened."""
        return QSize(40, super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:
        """Return the same, so that a long name never widens the window."""
        return self.minimumSizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what fits."""
        painter = QPainter(self)
        elided = self.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideMiddle, self.width()
        )
        painter.setPen(self.palette().windowText().color())
        painter.drawText(self.rect(), self.alignment(), elided)
