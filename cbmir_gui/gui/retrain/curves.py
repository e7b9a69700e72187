"""Two learning curves, training and validation, over the epochs of a run."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from cbmir_gui.gui.style import is_dark, muted

Points = Sequence[tuple[float, float]]

_TOP_PX = 26
_RIGHT_PX = 14
_NUM_STEPS = 4
_DOT_RADIUS_PX = 2.5


@dataclass(frozen=True, slots=True)
class Curves:
    """What one panel shows; points are (epoch, value)."""

    training: Points = ()
    validation: Points = ()
    steps: Points = ()
    """Drawn faintly behind."""
    num_epochs: int = 0
    best_epoch: int = 0


@dataclass(frozen=True, slots=True)
class Axis:
    """From 0 to `high` in `num_steps` steps of a round size."""

    high: float
    num_steps: int


UNIT_AXIS = Axis(1.0, 4)
"""Of a share, such as an accuracy."""


def value_axis(curves: Curves) -> Axis:
    """Return the axis on which all epochs have room."""
    # The first steps can be far above all that follows: they do not set the scale.
    points = [*curves.training, *curves.validation] or curves.steps
    values = [value for _, value in points if math.isfinite(value)]
    if not values or max(values) <= 0:
        return UNIT_AXIS
    step = _round_step(max(values) / _NUM_STEPS)
    num_steps = math.ceil(max(values) / step)
    return Axis(step * num_steps, num_steps)


def _round_step(step: float) -> float:
    """Return 1, 2 or 5 times a power of ten, at least `step`."""
    power = 10.0 ** math.floor(math.log10(step))
    return next(power * n for n in (1, 2, 5, 10) if power * n >= step * 0.999)


class CurvesView(QWidget):
    """One panel; colours differ, and the training curve is dashed besides.

    Parameters
    ----------
    axis : Axis, optional
        Where it is known; else it follows the curves.
    """

    def __init__(
        self,
        title: str,
        axis: Axis | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._title = title
        self._axis = axis
        self._curves = Curves()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(title)

    def set_curves(self, curves: Curves) -> None:
        """Draw other curves."""
        self._curves = curves
        self.setAccessibleDescription(self._spoken())
        self.update()

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(320, 190)

    def minimumSizeHint(self) -> QSize:
        """Return the smallest size in which the axis can be read."""
        return QSize(220, 140)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw title, axes, curves and the mark of the best epoch."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        axis = self._axis or value_axis(self._curves)
        line_px = self.fontMetrics().height()
        left = (
            6 + self.fontMetrics().horizontalAdvance(_number(axis.high, axis.high)) + 6
        )
        area = QRectF(self.rect()).adjusted(left, _TOP_PX, -_RIGHT_PX, -line_px - 6)
        self._draw_title(painter)
        self._draw_values(painter, area, axis)
        self._draw_epochs(painter, area)
        self._draw_best(painter, area)
        self._draw_curves(painter, area, axis.high)

    def _spoken(self) -> str:
        parts = [
            (self.tr("training"), self._curves.training),
            (self.tr("validation"), self._curves.validation),
        ]
        return ", ".join(
            f"{name} {points[-1][1]:.3f}" for name, points in parts if points
        )

    def _color(self, is_training: bool) -> QColor:
        dark = is_dark(self.palette())
        if is_training:
            return QColor("#5aa9f0" if dark else "#2f7cc4")
        return QColor("#f0b45a" if dark else "#b4610a")

    def _pen(self, is_training: bool) -> QPen:
        style = Qt.PenStyle.DashLine if is_training else Qt.PenStyle.SolidLine
        return QPen(self._color(is_training), 1.8, style)

    def _draw_title(self, painter: QPainter) -> None:
        """Draw the title at the left and the legend at the right."""
        metrics = self.fontMetrics()
        baseline = 4 + metrics.ascent()
        painter.setPen(self.palette().windowText().color())
        painter.drawText(QPointF(6, baseline), self._title)
        right = float(self.width() - _RIGHT_PX)
        middle = baseline - metrics.ascent() / 2 + 1
        for is_training in (False, True):
            name = self.tr("training") if is_training else self.tr("validation")
            right -= metrics.horizontalAdvance(name)
            painter.setPen(muted(self.palette()))
            painter.drawText(QPointF(right, baseline), name)
            painter.setPen(self._pen(is_training))
            painter.drawLine(QPointF(right - 24, middle), QPointF(right - 5, middle))
            right -= 36

    def _draw_values(self, painter: QPainter, area: QRectF, axis: Axis) -> None:
        grid = muted(self.palette())
        grid.setAlpha(60)
        half = self.fontMetrics().height() / 2
        for number in range(axis.num_steps + 1):
            value = axis.high * number / axis.num_steps
            y = area.bottom() - area.height() * number / axis.num_steps
            painter.setPen(QPen(grid, 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(muted(self.palette()))
            place = QRectF(0, y - half, area.left() - 6, 2 * half)
            align = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(place, align, _number(value, axis.high))

    def _draw_epochs(self, painter: QPainter, area: QRectF) -> None:
        num_epochs = max(1, self._curves.num_epochs)
        every = max(1, math.ceil(_round_step(num_epochs / 6)))
        painter.setPen(muted(self.palette()))
        for epoch in range(0, num_epochs + 1, every):
            x = area.left() + area.width() * epoch / num_epochs
            place = QRectF(x - 30, area.bottom() + 3, 60, self.fontMetrics().height())
            painter.drawText(place, Qt.AlignmentFlag.AlignHCenter, str(epoch))

    def _draw_best(self, painter: QPainter, area: QRectF) -> None:
        if not self._curves.best_epoch:
            return
        color = self._color(is_training=False)
        color.setAlpha(130)
        painter.setPen(QPen(color, 1, Qt.PenStyle.DotLine))
        x = self._x(area, self._curves.best_epoch)
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))

    def _draw_curves(self, painter: QPainter, area: QRectF, high: float) -> None:
        faint = self._color(is_training=True)
        faint.setAlpha(80)
        curves = self._curves
        self._draw_line(painter, area, curves.steps, high, QPen(faint, 1))
        for is_training in (True, False):
            points = curves.training if is_training else curves.validation
            self._draw_line(painter, area, points, high, self._pen(is_training))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._color(is_training))
            for epoch, value in points:
                center = QPointF(self._x(area, epoch), _y(area, value, high))
                painter.drawEllipse(center, _DOT_RADIUS_PX, _DOT_RADIUS_PX)
            painter.setBrush(Qt.BrushStyle.NoBrush)

    def _draw_line(
        self,
        painter: QPainter,
        area: QRectF,
        points: Points,
        high: float,
        pen: QPen,
    ) -> None:
        path = QPainterPath()
        for number, (epoch, value) in enumerate(points):
            place = QPointF(self._x(area, epoch), _y(area, value, high))
            if number:
                path.lineTo(place)
            else:
                path.moveTo(place)
        painter.setPen(pen)
        painter.drawPath(path)

    def _x(self, area: QRectF, epoch: float) -> float:
        return area.left() + area.width() * epoch / max(1, self._curves.num_epochs)


def _y(area: QRectF, value: float, high: float) -> float:
    share = value / high if math.isfinite(value) else 1.0
    return area.bottom() - area.height() * min(max(share, 0.0), 1.0)


def _number(value: float, largest: float) -> str:
    """Return an axis label with as many digits as the axis needs."""
    return f"{value:.0f}" if largest >= 20 else f"{value:.2f}"
