"""A confusion matrix: what images are, and what they are taken for."""

import math
from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QLocale, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from cbmir_gui.gui.widgets.matrix_painter import (
    MAX_NAME_PX,
    NAME_GAP_PX,
    draw_cell,
    draw_corner,
    draw_names,
)

_MAX_CELL_PX = 48

Cell = tuple[int, int]
"""Row (true class) and column (predicted class), from 0."""


class ConfusionMatrixView(QWidget):
    """Rows are true classes, columns predicted ones; colour is the share of the row.

    Arrow keys move the current cell; a click, Enter or Space activates it.

    Parameters
    ----------
    label
        Turns a class into the text that is shown.
    """

    cell_activated = Signal(str, str)
    """True class and predicted class."""

    def __init__(
        self, label: Callable[[str], str] = str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._label = label
        self._classes: tuple[str, ...] = ()
        self._counts: tuple[tuple[int, ...], ...] = ()
        self._current: Cell = (0, 0)
        self._columns_title = self.tr("taken for")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Confusion matrix"))

    def set_matrix(
        self, classes: Sequence[str], counts: Sequence[Sequence[int]]
    ) -> None:
        """Show other counts.

        Parameters
        ----------
        classes
            Names of the rows, and in the same order of the columns.
        counts
            (num_classes, num_classes): images of the row's class that were taken for
            the column's.

        Raises
        ------
        ValueError
            The counts are not as many as the classes say.
        """
        if any(len(row) != len(classes) for row in (counts, *counts)):
            raise ValueError(
                f"A matrix of {len(classes)} classes has as many rows and columns."
            )
        self._classes = tuple(classes)
        self._counts = tuple(tuple(row) for row in counts)
        self._current = (0, 0)
        self._tell_current()
        self.update()

    def current_cell(self) -> Cell:
        """Return the cell that the keys act on."""
        return self._current

    def cell_text(self, cell: Cell) -> str:
        """Return what is said of a cell."""
        row, column = cell
        true_class = self._label(self._classes[row])
        count, total = self._counts[row][column], sum(self._counts[row])
        share = QLocale().toString(100 * count / total if total else 0.0, "f", 1)
        if row == column:
            text = self.tr("{true}: {count} of {total} right ({share} %)")
        else:
            text = self.tr(
                "{true} taken for {predicted}: {count} of {total} ({share} %)"
            )
        return text.format(
            true=true_class,
            predicted=self._label(self._classes[column]),
            count=QLocale().toString(count),
            total=QLocale().toString(total),
            share=share,
        )

    def cell_at(self, place: QPointF) -> Cell | None:
        """Return the cell at a place of the widget; None beside the cells."""
        origin, side = self._grid()
        if side <= 0:
            return None
        row = math.floor((place.y() - origin.y()) / side)
        column = math.floor((place.x() - origin.x()) / side)
        count = len(self._classes)
        return (row, column) if 0 <= row < count and 0 <= column < count else None

    def cell_rect(self, cell: Cell) -> QRectF:
        """Return the place of a cell in the widget."""
        origin, side = self._grid()
        row, column = cell
        return QRectF(origin.x() + column * side, origin.y() + row * side, side, side)

    def sizeHint(self) -> QSize:
        """Return a size in which the numbers can be read."""
        side = 130 + 26 * max(4, len(self._classes))
        return QSize(side, side)

    def minimumSizeHint(self) -> QSize:
        """Return the smallest size in which cells can be told apart."""
        side = 130 + 8 * max(8, min(40, len(self._classes)))
        return QSize(side, side)

    def event(self, event: QEvent) -> bool:
        """Say what the cell under the pointer counts."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            cell = self.cell_at(QPointF(event.pos()))
            text = self.cell_text(cell) if cell else ""
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Activate the cell."""
        cell = self.cell_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and cell is not None:
            self._move_to(cell)
            self._activate()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the current cell, or activate it."""
        moves = {
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Down: (1, 0),
        }
        key = Qt.Key(event.key())
        last = len(self._classes) - 1
        if last < 0:
            super().keyPressEvent(event)
        elif key in moves:
            places = zip(self._current, moves[key], strict=True)
            row, column = (min(max(at + step, 0), last) for at, step in places)
            self._move_to((row, column))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._activate()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the current cell."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Hide the current cell."""
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw names, cells and the mark of the current cell."""
        if not self._classes:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        origin, side = self._grid()
        draw_names(
            painter,
            self.palette(),
            QRectF(origin, origin + QPointF(1, 1) * side * len(self._classes)),
            [self._label(name) for name in self._classes],
        )
        draw_corner(
            painter,
            self.palette(),
            origin,
            self.tr("true"),
            self._columns_title,
        )
        for row, counts in enumerate(self._counts):
            total = sum(counts)
            for column, count in enumerate(counts):
                share = count / total if total else 0.0
                rect = self.cell_rect((row, column))
                draw_cell(
                    painter, self.palette(), rect, count, share, is_right=row == column
                )
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self.palette().windowText().color(), 2))
            painter.drawRect(self.cell_rect(self._current))

    def _grid(self) -> tuple[QPointF, float]:
        """Return the corner of the first cell, and the side of a cell in pixels."""
        metrics = self.fontMetrics()
        names = [
            f"{self._columns_title} →",
            *(self._label(name) for name in self._classes),
        ]
        widest = max(metrics.horizontalAdvance(name) for name in names)
        names_px = min(widest, MAX_NAME_PX) + 2 * NAME_GAP_PX
        room = min(self.width(), self.height()) - names_px - 2
        side = min(room / max(1, len(self._classes)), _MAX_CELL_PX)
        return QPointF(names_px, names_px), side

    def _move_to(self, cell: Cell) -> None:
        self._current = cell
        self._tell_current()
        self.update()

    def _tell_current(self) -> None:
        text = self.cell_text(self._current) if self._classes else ""
        self.setAccessibleDescription(text)

    def _activate(self) -> None:
        row, column = self._current
        self.cell_activated.emit(self._classes[row], self._classes[column])
