"""Lies over the window while something that it can take is dragged over it."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from cbmir_gui.gui.style import ACCENT, ON_SURROUND


class DropOverlay(QWidget):
    """A dimmed window with an invitation; never takes the mouse."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._covered = parent
        self._text = ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def invite(self, text: str) -> None:
        """Cover the parent and show `text`."""
        self._text = text
        self.setGeometry(self._covered.rect())
        self.raise_()
        self.show()

    def text(self) -> str:
        """Return the invitation."""
        return self._text

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw veil, frame and words."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(20, 22, 26, 190))
        painter.setPen(QPen(ACCENT, 2, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(18, 18, -18, -18), 12, 12)
        font = painter.font()
        font.setPointSizeF(font.pointSizeF() * 1.5)
        painter.setFont(font)
        painter.setPen(ON_SURROUND)
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._text)
