"""The predicted classes with their probabilities, as bars."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from cbmir_gui.core.search_records import Prediction
from cbmir_gui.gui.results.tile_text import class_label
from cbmir_gui.gui.style import ACCENT, muted

NUM_SHOWN = 5
_BAR_HEIGHT_PX = 4
_GAP_PX = 9


def percent(probability: float) -> str:
    """Return a probability as a person writes it; never a rounded 0 % or 100 %."""
    if 0 < probability < 0.001:
        return "< 0.1 %"
    if 0.999 < probability < 1:
        return "> 99.9 %"
    return f"{100 * probability:.1f} %"


class PredictionBars(QWidget):
    """Up to five classes, the most probable first; gray while disabled."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._predictions: tuple[Prediction, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_predictions(self, predictions: tuple[Prediction, ...]) -> None:
        """Show the most probable of `predictions`, given by falling probability."""
        self._predictions = predictions[:NUM_SHOWN]
        self.setAccessibleName(
            ", ".join(
                f"{class_label(entry.class_name)} {percent(entry.probability)}"
                for entry in self._predictions
            )
        )
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the height of all bars."""
        return QSize(200, len(self._predictions) * self._step())

    def minimumSizeHint(self) -> QSize:
        """Return the same: bars are not cut."""
        return QSize(80, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw name, percentage and bar of each class."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for number, entry in enumerate(self._predictions):
            self._draw(painter, number * self._step(), entry, is_first=number == 0)

    def _step(self) -> int:
        return self.fontMetrics().height() + _BAR_HEIGHT_PX + _GAP_PX

    def _draw(
        self, painter: QPainter, top: int, entry: Prediction, *, is_first: bool
    ) -> None:
        metrics, palette = self.fontMetrics(), self.palette()
        text_color = palette.windowText().color() if is_first else muted(palette)
        line = QRectF(0, top, self.width(), metrics.height())
        figure = percent(entry.probability)
        room = self.width() - metrics.horizontalAdvance(figure) - 8
        name = metrics.elidedText(
            class_label(entry.class_name), Qt.TextElideMode.ElideRight, room
        )
        painter.setPen(text_color)
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft, name)
        painter.drawText(line, Qt.AlignmentFlag.AlignRight, figure)
        groove = QRectF(0, line.bottom() + 1, self.width(), _BAR_HEIGHT_PX)
        self._draw_bar(painter, groove, entry.probability, is_first=is_first)

    def _draw_bar(
        self, painter: QPainter, groove: QRectF, part: float, *, is_first: bool
    ) -> None:
        background = QColor(self.palette().windowText().color())
        background.setAlpha(28)
        is_accented = is_first and self.isEnabled()
        bar_color = QColor(ACCENT) if is_accented else QColor(muted(self.palette()))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(background)
        painter.drawRoundedRect(groove, 2, 2)
        filled = QRectF(groove)
        filled.setWidth(groove.width() * min(max(part, 0.0), 1.0))
        if filled.width() >= 1:
            painter.setBrush(bar_color)
            painter.drawRoundedRect(filled, 2, 2)
