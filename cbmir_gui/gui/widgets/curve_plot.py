"""Curves over one axis: learning curves, precision over recall or over rank."""

import math
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from cbmir_gui.gui.style import muted
from cbmir_gui.gui.widgets.curve import Curve
from cbmir_gui.gui.widgets.plot_axis import Axis, axis_over
from cbmir_gui.gui.widgets.plot_painter import (
    GAP_PX,
    PlotArea,
    curve_pen,
    draw_curve,
    draw_mark,
    draw_x_axis,
    draw_y_axis,
)

_RIGHT_PX = 14
_NEAR_PX = 24
_LEGEND_LINE_PX = 19


class CurvePlot(QWidget):
    """A title, a legend, two axes and curves; the tooltip tells the nearest point.

    Parameters
    ----------
    title
        Above the curves, and the accessible name.
    x_title, y_title
        What the axes count; empty: nothing is written.
    x_axis, y_axis
        Where they are known; else they follow the curves.
    """

    def __init__(
        self,
        title: str,
        x_title: str = "",
        y_title: str = "",
        x_axis: Axis | None = None,
        y_axis: Axis | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._title = title
        self._x_title = x_title
        self._y_title = y_title
        self._x_axis = x_axis
        self._y_axis = y_axis
        self._curves: tuple[Curve, ...] = ()
        self._mark: float | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(title)

    def set_curves(self, curves: Sequence[Curve]) -> None:
        """Draw other curves."""
        self._curves = tuple(curves)
        self.setAccessibleDescription(self.spoken())
        self.update()

    def curves(self) -> tuple[Curve, ...]:
        """Return what is drawn."""
        return self._curves

    def set_mark(self, x: float | None) -> None:
        """Draw an upright line at `x`, such as the best epoch; None: none."""
        self._mark = x
        self.update()

    def set_x_axis(self, axis: Axis | None) -> None:
        """Fix the horizontal axis; None: it follows the curves."""
        self._x_axis = axis
        self.update()

    def set_y_axis(self, axis: Axis | None) -> None:
        """Fix the upright axis; None: it follows the curves."""
        self._y_axis = axis
        self.update()

    def spoken(self) -> str:
        """Return the last point of every curve in words."""
        return ", ".join(
            f"{curve.name} {curve.ys[-1]:.3f}"
            for curve in self._curves
            if len(curve.ys) and not curve.style.is_faint
        )

    def area(self) -> PlotArea:
        """Return where the curves are drawn, and their axes."""
        x_axis, y_axis = self._axes()
        metrics = self.fontMetrics()
        line = metrics.height()
        left = max(
            metrics.horizontalAdvance(y_axis.text(tick)) for tick in y_axis.ticks()
        )
        top = line * (2 if self._y_title else 1) + 2 * GAP_PX
        bottom = line * (2 if self._x_title else 1) + GAP_PX
        rect = QRectF(self.rect()).adjusted(left + 2 * GAP_PX, top, -_RIGHT_PX, -bottom)
        return PlotArea(rect, x_axis, y_axis)

    def tip_at(self, place: QPointF) -> str:
        """Return what is said of the point nearest to `place`, or ""."""
        area = self.area()
        nearest, text = float(_NEAR_PX), ""
        for curve in self._curves:
            for number, (x, y) in enumerate(zip(curve.xs, curve.ys, strict=True)):
                away = area.point(x, y) - place
                distance = math.hypot(away.x(), away.y())
                if distance < nearest:
                    nearest, text = distance, self._tip(curve, number)
        return text

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(320, 200)

    def minimumSizeHint(self) -> QSize:
        """Return the smallest size in which the axes can be read."""
        return QSize(220, 140)

    def event(self, event: QEvent) -> bool:
        """Say which point the pointer is near."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            tip = self.tip_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), tip, self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw title, legend, axes and curves."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area, palette = self.area(), self.palette()
        self._draw_head(painter)
        if self._y_title:
            painter.setPen(muted(palette))
            baseline = area.rect.top() - self.fontMetrics().height() / 2 - 2
            painter.drawText(QPointF(GAP_PX, baseline), self._y_title)
        draw_y_axis(painter, area, palette)
        draw_x_axis(painter, area, palette, self._x_title)
        if self._mark is not None:
            draw_mark(painter, area, palette, self._mark)
        for number, curve in enumerate(self._curves):
            draw_curve(painter, area, curve, curve_pen(curve, number, palette))

    def _axes(self) -> tuple[Axis, Axis]:
        # The first steps can be far above all that follows: they do not set the scale.
        plain = [curve for curve in self._curves if not curve.style.is_faint]
        shown = plain if any(len(curve.xs) for curve in plain) else self._curves
        xs = [x for curve in shown for x in curve.xs]
        ys = [y for curve in shown for y in curve.ys]
        are_whole = all(float(x).is_integer() for x in xs)
        x_axis = self._x_axis or axis_over(xs, 5, whole=are_whole)
        return x_axis, self._y_axis or axis_over(ys)

    def _tip(self, curve: Curve, number: int) -> str:
        lines = [
            curve.name,
            f"{self._x_title or 'x'}: {curve.xs[number]:.4g}",
            f"{self._y_title or self._title}: {curve.ys[number]:.4g}",
        ]
        if curve.intervals:
            low, high = curve.intervals[number]
            text = self.tr("interval: {low} to {high}")
            lines.append(text.format(low=f"{low:.4g}", high=f"{high:.4g}"))
        return "\n".join(lines)

    def _draw_head(self, painter: QPainter) -> None:
        """Draw the title at the left, the legend at the right of it."""
        metrics = self.fontMetrics()
        baseline = 4 + metrics.ascent()
        middle = baseline - metrics.ascent() / 2 + 1
        painter.setPen(self.palette().windowText().color())
        painter.drawText(QPointF(GAP_PX, baseline), self._title)
        left_end = 2 * GAP_PX + metrics.horizontalAdvance(self._title)
        right = float(self.width() - _RIGHT_PX)
        named = [
            entry for entry in enumerate(self._curves) if not entry[1].style.is_faint
        ]
        for number, curve in reversed(named if len(named) > 1 else []):
            right -= metrics.horizontalAdvance(curve.name)
            start = right - _LEGEND_LINE_PX - 5
            if start < left_end:
                break
            painter.setPen(muted(self.palette()))
            painter.drawText(QPointF(right, baseline), curve.name)
            painter.setPen(curve_pen(curve, number, self.palette()))
            painter.drawLine(QPointF(start, middle), QPointF(right - 5, middle))
            right = start - 2 * GAP_PX
