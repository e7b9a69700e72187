"""One image on dark gray: fitted, or zoomed and moved with the mouse or keys."""

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from cbmir_gui.gui.style import ON_SURROUND_MUTED, SURROUND
from cbmir_gui.gui.widgets.images import scaled_to

_MAX_ZOOM = 16.0
_ZOOM_STEP = 1.25
_MOVE_STEP_PX = 40


class ImageView(QWidget):
    """Show one image; zoom 1 fits it into the widget."""

    moved = Signal(float, QPointF)
    """Zoom, and the centre of the widget in parts of the image (0.5, 0.5)."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image = QImage()
        self._fitted = QImage()
        self._text = ""
        self._zoom = 1.0
        self._center = QPointF(0.5, 0.5)
        self._drag_start: QPoint | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(120, 120)
        self.setToolTip(
            self.tr("Wheel or + and - keys: zoom. Drag or arrow keys: move. 0: fit.")
        )

    def set_image(self, image: QImage, *, keep_view: bool = False) -> None:
        """Show `image`, fitted unless `keep_view`."""
        self._image = image
        self._fitted = QImage()
        self._text = ""
        if not keep_view:
            self.set_view(1.0, QPointF(0.5, 0.5))
        self.update()

    def set_text(self, text: str) -> None:
        """Show `text` instead of an image."""
        self.set_image(QImage())
        self._text = text

    def image(self) -> QImage:
        """Return what is shown; null if nothing is."""
        return self._image

    def zoom(self) -> float:
        """Return the zoom; 1 fits the image."""
        return self._zoom

    def set_view(self, zoom: float, center: QPointF) -> None:
        """Zoom and move without telling others."""
        self._zoom = min(max(zoom, 1.0), _MAX_ZOOM)
        is_fitted = self._zoom == 1.0
        x = 0.5 if is_fitted else min(max(center.x(), 0.0), 1.0)
        y = 0.5 if is_fitted else min(max(center.y(), 0.0), 1.0)
        self._center = QPointF(x, y)
        self.update()

    def change_view(self, zoom: float, center: QPointF) -> None:
        """Zoom and move, and say so."""
        self.set_view(zoom, center)
        self.moved.emit(self._zoom, self._center)

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(300, 300)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the surround, and the image or the text on it."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), SURROUND)
        if self._image.isNull():
            painter.setPen(ON_SURROUND_MUTED)
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(16, 16, -16, -16), flags, self._text)
            return
        target = self._target()
        if self._zoom == 1.0:
            painter.drawImage(target.topLeft(), self._fitted_image(target))
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(target, self._image)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom around the pointer."""
        steps = event.angleDelta().y() / 120
        self._zoom_at(event.position(), self._zoom * _ZOOM_STEP**steps)
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to move the image."""
        if event.button() == Qt.MouseButton.LeftButton and self._zoom > 1.0:
            self._drag_start = event.position().toPoint()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the image with the pointer."""
        if self._drag_start is None:
            return
        position = event.position().toPoint()
        self._move_by(QPointF(self._drag_start - position))
        self._drag_start = position

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End moving."""
        self._drag_start = None
        self.unsetCursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Fit the image again."""
        self.change_view(1.0, QPointF(0.5, 0.5))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Zoom and move with keys."""
        moves = {
            Qt.Key.Key_Left: QPointF(-_MOVE_STEP_PX, 0),
            Qt.Key.Key_Right: QPointF(_MOVE_STEP_PX, 0),
            Qt.Key.Key_Up: QPointF(0, -_MOVE_STEP_PX),
            Qt.Key.Key_Down: QPointF(0, _MOVE_STEP_PX),
        }
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.change_view(self._zoom * _ZOOM_STEP, self._center)
        elif key == Qt.Key.Key_Minus:
            self.change_view(self._zoom / _ZOOM_STEP, self._center)
        elif key == Qt.Key.Key_0:
            self.change_view(1.0, QPointF(0.5, 0.5))
        elif key in moves and self._zoom > 1.0:
            self._move_by(moves[key])
        else:
            super().keyPressEvent(event)

    def _target(self) -> QRectF:
        scale = self._zoom * min(
            self.width() / self._image.width(), self.height() / self._image.height()
        )
        width, height = self._image.width() * scale, self._image.height() * scale
        x = self.width() / 2 - self._center.x() * width
        y = self.height() / 2 - self._center.y() * height
        return QRectF(x, y, width, height)

    def _fitted_image(self, target: QRectF) -> QImage:
        # A smooth reduction is costly: done once per size, not with every repaint.
        size, ratio = target.size().toSize(), self.devicePixelRatioF()
        if self._fitted.size() != size * ratio:
            self._fitted = scaled_to(self._image, size, ratio)
        return self._fitted

    def _zoom_at(self, position: QPointF, zoom: float) -> None:
        if self._image.isNull():
            return
        before = self._target()
        zoom = min(max(zoom, 1.0), _MAX_ZOOM)
        growth = zoom / self._zoom
        offset = position - QPointF(self.width() / 2, self.height() / 2)
        x = self._center.x() + offset.x() * (1 - 1 / growth) / before.width()
        y = self._center.y() + offset.y() * (1 - 1 / growth) / before.height()
        self.change_view(zoom, QPointF(x, y))

    def _move_by(self, pixels: QPointF) -> None:
        target = self._target()
        shift = QPointF(pixels.x() / target.width(), pixels.y() / target.height())
        self.change_view(self._zoom, self._center + shift)
