"""The empty place of the query image: says what to do, and does it when clicked."""

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from cbmir_gui.gui.icons import render
from cbmir_gui.gui.style import ACCENT, ON_SURROUND, ON_SURROUND_MUTED, SURROUND

_ICON_PX = 48


class DropZone(QWidget):
    """A dashed frame with an invitation."""

    clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_wanted = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(
            self.tr("Drop an image here, or press Enter to open one")
        )

    def set_wanted(self, wanted: bool) -> None:
        """Light up while something that can be dropped is over the window."""
        self._is_wanted = wanted
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw frame, picture and words."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), SURROUND)
        is_lit = self._is_wanted or self.hasFocus()
        edge = ACCENT if is_lit else ON_SURROUND_MUTED
        painter.setPen(QPen(edge, 1.5, Qt.PenStyle.DashLine))
        fill = QColor(ACCENT)
        fill.setAlpha(40 if self._is_wanted else 0)
        painter.setBrush(fill)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(10, 10, -10, -10), 8, 8)
        self._draw_words(painter)

    def _draw_words(self, painter: QPainter) -> None:
        ratio = self.devicePixelRatioF()
        picture = render("drop", round(_ICON_PX * ratio), ON_SURROUND_MUTED)
        picture.setDevicePixelRatio(ratio)
        line_px = self.fontMetrics().height()
        top = (self.height() - _ICON_PX - 3 * line_px) // 2
        painter.drawPixmap((self.width() - _ICON_PX) // 2, top, picture)
        area = self.rect().adjusted(20, top + _ICON_PX + line_px // 2, -20, 0)
        centre = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
        painter.setPen(ON_SURROUND)
        painter.drawText(area, centre, self.tr("Drop an image here"))
        painter.setPen(ON_SURROUND_MUTED)
        area.translate(0, line_px + 4)
        painter.drawText(area, centre, self.tr("or click to open one"))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Ask for a file."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ask for a file."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.clicked.emit()
        else:
            super().keyPressEvent(event)
