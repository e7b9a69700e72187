"""Draws axes and curves of a plot into an area of a widget."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPalette, QPen, QPolygonF

from cbmir_gui.gui.style import is_dark, muted
from cbmir_gui.gui.widgets.curve import Curve
from cbmir_gui.gui.widgets.plot_axis import Axis

GAP_PX = 6
_DOT_RADIUS_PX = 2.5
_ON_LIGHT = ("#2f7cc4", "#b4610a", "#2c8a52", "#8a4fb0", "#b03a5b")
_ON_DARK = ("#5aa9f0", "#f0b45a", "#5fbf85", "#c08ae0", "#ef7d95")


@dataclass(frozen=True, slots=True)
class PlotArea:
    """A rectangle of a widget, and what its sides count."""

    rect: QRectF
    x_axis: Axis
    y_axis: Axis

    def x(self, value: float) -> float:
        """Return the place of a horizontal value, in pixels."""
        return self.rect.left() + self.rect.width() * self.x_axis.share(value)

    def y(self, value: float) -> float:
        """Return the place of an upright value, in pixels."""
        return self.rect.bottom() - self.rect.height() * self.y_axis.share(value)

    def point(self, x: float, y: float) -> QPointF:
        """Return the place of a point."""
        return QPointF(self.x(x), self.y(y))


def curve_pen(curve: Curve, number: int, palette: QPalette) -> QPen:
    """Return the pen of the curve that is `number` among its curves."""
    names = _ON_DARK if is_dark(palette) else _ON_LIGHT
    place = number if curve.style.color is None else curve.style.color
    color = QColor(names[place % len(names)])
    color.setAlpha(80 if curve.style.is_faint else 255)
    line = Qt.PenStyle.DashLine if curve.style.is_dashed else Qt.PenStyle.SolidLine
    return QPen(color, 1.0 if curve.style.is_faint else 1.8, line)


def draw_y_axis(painter: QPainter, area: PlotArea, palette: QPalette) -> None:
    """Draw a line across the area for every step, and its value beside it."""
    grid = muted(palette)
    grid.setAlpha(60)
    half = painter.fontMetrics().height() / 2
    align = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    for tick in area.y_axis.ticks():
        y = area.y(tick)
        painter.setPen(QPen(grid, 1))
        painter.drawLine(QPointF(area.rect.left(), y), QPointF(area.rect.right(), y))
        painter.setPen(muted(palette))
        place = QRectF(0, y - half, area.rect.left() - GAP_PX, 2 * half)
        painter.drawText(place, align, area.y_axis.text(tick))


def draw_x_axis(
    painter: QPainter, area: PlotArea, palette: QPalette, title: str
) -> None:
    """Write the values of the steps below the area, and the title below them."""
    line = painter.fontMetrics().height()
    center = Qt.AlignmentFlag.AlignHCenter
    painter.setPen(muted(palette))
    top = area.rect.bottom() + 3
    for tick in area.x_axis.ticks():
        place = QRectF(area.x(tick) - 30, top, 60, line)
        painter.drawText(place, center, area.x_axis.text(tick))
    place = QRectF(area.rect.left(), top + line, area.rect.width(), line)
    painter.drawText(place, center, title)


def draw_mark(painter: QPainter, area: PlotArea, palette: QPalette, x: float) -> None:
    """Draw a dotted upright line."""
    painter.setPen(QPen(muted(palette), 1.2, Qt.PenStyle.DotLine))
    top, bottom = area.rect.top(), area.rect.bottom()
    painter.drawLine(QPointF(area.x(x), top), QPointF(area.x(x), bottom))


def draw_curve(painter: QPainter, area: PlotArea, curve: Curve, pen: QPen) -> None:
    """Draw the band of the intervals, the line and the dots."""
    points = [area.point(x, y) for x, y in zip(curve.xs, curve.ys, strict=True)]
    if not points:
        return
    painter.setPen(Qt.PenStyle.NoPen)
    if curve.intervals:
        band = QColor(pen.color())
        band.setAlpha(45)
        painter.setBrush(band)
        painter.drawPolygon(_band(area, curve))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(pen)
    path = QPainterPath(points[0])
    for point in points[1:]:
        path.lineTo(point)
    painter.drawPath(path)
    if curve.style.has_dots and not curve.style.is_faint:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(pen.color())
        for point in points:
            painter.drawEllipse(point, _DOT_RADIUS_PX, _DOT_RADIUS_PX)
        painter.setBrush(Qt.BrushStyle.NoBrush)


def _band(area: PlotArea, curve: Curve) -> QPolygonF:
    places = list(zip(curve.xs, curve.intervals, strict=True))
    lows = [area.point(x, low) for x, (low, _) in places]
    highs = [area.point(x, high) for x, (_, high) in reversed(places)]
    return QPolygonF(lows + highs)
