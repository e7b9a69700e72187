"""Draws the names and the cells of a confusion matrix."""

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPalette

from cbmir_gui.gui.style import is_dark, muted

MAX_NAME_PX = 140
NAME_GAP_PX = 6
_MIN_NUMBER_PX = 8
_MIN_NAME_PX = 8
_RIGHT = QColor("#2f7cc4")
_WRONG_ON_LIGHT = QColor("#c05a10")
_WRONG_ON_DARK = QColor("#d8781c")


def draw_names(
    painter: QPainter, palette: QPalette, cells: QRectF, names: Sequence[str]
) -> None:
    """Write the names at the left of `cells`, and upright above them."""
    side = cells.height() / len(names)
    font = painter.font()
    small = QFont(font)
    small.setPixelSize(
        max(_MIN_NAME_PX, min(painter.fontMetrics().ascent(), int(side)))
    )
    painter.setFont(small)
    metrics = painter.fontMetrics()
    room = cells.left() - 2 * NAME_GAP_PX
    # Where cells are lower than the letters, every second name or so is left out.
    every = max(1, math.ceil(metrics.ascent() / max(side, 1.0) - 0.01))
    painter.setPen(palette.windowText().color())
    align = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    for number in range(0, len(names), every):
        name = metrics.elidedText(names[number], Qt.TextElideMode.ElideRight, int(room))
        middle = cells.top() + (number + 0.5) * side
        half = metrics.height() / 2
        painter.drawText(
            QRectF(NAME_GAP_PX, middle - half, room, 2 * half), align, name
        )
        painter.save()
        painter.translate(cells.left() + (number + 0.5) * side, cells.top())
        painter.rotate(-90)
        align_left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(NAME_GAP_PX, -half, room, 2 * half), align_left, name)
        painter.restore()
    painter.setFont(font)


def draw_corner(
    painter: QPainter, palette: QPalette, origin: QPointF, rows: str, columns: str
) -> None:
    """Write what rows and columns are into the corner before `origin`."""
    line = painter.fontMetrics().height()
    painter.setPen(muted(palette))
    width = origin.x() - 2 * NAME_GAP_PX
    right = Qt.AlignmentFlag.AlignRight
    top = origin.y() - 2 * line - NAME_GAP_PX
    painter.drawText(QRectF(NAME_GAP_PX, top, width, line), right, f"{columns} →")
    painter.drawText(QRectF(NAME_GAP_PX, top + line, width, line), right, f"{rows} ↓")


def draw_cell(
    painter: QPainter,
    palette: QPalette,
    rect: QRectF,
    count: int,
    share: float,
    *,
    is_right: bool,
) -> None:
    """Fill a cell by its share of the row, and write its count if there is room."""
    color = _cell_color(palette, share, is_right=is_right)
    inner = rect.adjusted(0.5, 0.5, -0.5, -0.5)
    painter.fillRect(inner, color)
    if not count:
        return
    font = painter.font()
    small = QFont(font)
    small.setPixelSize(max(_MIN_NUMBER_PX, min(13, int(rect.height() * 0.5))))
    painter.setFont(small)
    text = str(count)
    has_room = painter.fontMetrics().horizontalAdvance(text) <= rect.width() - 2
    if has_room and rect.height() >= _MIN_NUMBER_PX + 2:
        is_light = color.lightness() > 140
        painter.setPen(QColor("#16181b") if is_light else QColor("#ffffff"))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)
    painter.setFont(font)


def _cell_color(palette: QPalette, share: float, *, is_right: bool) -> QColor:
    wrong = _WRONG_ON_DARK if is_dark(palette) else _WRONG_ON_LIGHT
    empty = _mix(palette.window().color(), muted(palette), 0.08)
    full = _RIGHT if is_right else wrong
    # The root lets one mistake in a hundred be seen.
    return _mix(empty, full, math.sqrt(share)) if share else empty


def _mix(first: QColor, second: QColor, share: float) -> QColor:
    parts = (
        (first.red(), second.red()),
        (first.green(), second.green()),
        (first.blue(), second.blue()),
    )
    return QColor(*(round(a + (b - a) * share) for a, b in parts))
