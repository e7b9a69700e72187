"""Draws one tile of the grid: the thumbnail, and under it what it is."""

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from cbmir_gui.gui.results.tile_text import (
    kind_line,
    relation_names,
    similarity_short_name,
    tile_name,
)
from cbmir_gui.gui.results.tiles import Tile
from cbmir_gui.gui.results.tiles_model import TILE_ROLE
from cbmir_gui.gui.style import (
    ACCENT,
    CARD,
    CARD_HOVERED,
    ON_RELATED_MARK,
    ON_SURROUND,
    ON_SURROUND_MUTED,
    QUERY_MARK,
    RELATED_MARK,
    SURROUND,
)

_PADDING_PX = 6
_MARGIN_PX = 3
_GAP_PX = 5
_RADIUS_PX = 5


class TileDelegate(QStyledItemDelegate):
    """Paint tiles whose thumbnails are `thumbnail_px` wide."""

    def __init__(self, thumbnail_px: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.thumbnail_px = thumbnail_px
        self.metric = ""
        self.cell = QSize()
        """Size of every tile; set by the view, which spreads them."""

    def tile_size(self, metrics: QFontMetrics) -> QSize:
        """Return the smallest size of a tile."""
        lines_px = 2 * metrics.height()
        return QSize(
            self.thumbnail_px + 2 * (_PADDING_PX + _MARGIN_PX),
            self.thumbnail_px + 2 * (_PADDING_PX + _MARGIN_PX) + _GAP_PX + lines_px,
        )

    def sizeHint(
        self,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> QSize:
        """Return the size of a tile."""
        return self.cell

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Draw card, thumbnail and captions."""
        tile = index.data(TILE_ROLE)
        if tile is None:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        card = option.rect.adjusted(_MARGIN_PX, _MARGIN_PX, -_MARGIN_PX, -_MARGIN_PX)
        self._draw_card(painter, option, card, tile)
        inner = card.adjusted(_PADDING_PX, _PADDING_PX, -_PADDING_PX, -_PADDING_PX)
        lines_px = 2 * option.fontMetrics.height() + _GAP_PX
        picture = inner.adjusted(0, 0, 0, -lines_px)
        _draw_thumbnail(painter, picture, index.data(Qt.ItemDataRole.DecorationRole))
        self._draw_text(painter, option, inner, tile)
        _draw_marks(painter, option.font, picture, relation_names(tile))
        painter.restore()

    def _draw_card(
        self, painter: QPainter, option: QStyleOptionViewItem, card: QRect, tile: Tile
    ) -> None:
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        is_hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        has_focus = bool(option.state & QStyle.StateFlag.State_HasFocus)
        painter.setBrush(CARD_HOVERED if is_hovered or is_selected else CARD)
        if is_selected:
            painter.setPen(QPen(ACCENT, 2))
        elif has_focus:
            painter.setPen(QPen(ACCENT, 1, Qt.PenStyle.DashLine))
        elif tile.is_query:
            painter.setPen(QPen(QUERY_MARK, 1))
        else:
            painter.setPen(Qt.PenStyle.NoPen)
        painter.drawRoundedRect(card, _RADIUS_PX, _RADIUS_PX)

    def _draw_text(
        self, painter: QPainter, option: QStyleOptionViewItem, inner: QRect, tile: Tile
    ) -> None:
        height = option.fontMetrics.height()
        last = QRect(inner.left(), inner.bottom() - height + 1, inner.width(), height)
        first = last.translated(0, -height)
        if tile.rank:
            self._draw_rank(painter, option, first, tile)
            line = kind_line(tile)
            _draw_line(painter, option.font, last, line, ON_SURROUND_MUTED)
        else:
            _draw_line(painter, option.font, first, tile_name(tile), ON_SURROUND)
            line = " · ".join(filter(None, [tile.modality, tile.body_part.lower()]))
            _draw_line(painter, option.font, last, line, ON_SURROUND_MUTED)

    def _draw_rank(
        self, painter: QPainter, option: QStyleOptionViewItem, line: QRect, tile: Tile
    ) -> None:
        bold = QFont(option.font)
        bold.setWeight(QFont.Weight.DemiBold)
        rank = str(tile.rank)
        color = QUERY_MARK if tile.is_query else ON_SURROUND
        _draw_line(painter, bold, line, rank, color)
        used = QFontMetrics(bold).horizontalAdvance(rank) + 8
        name = similarity_short_name(self.metric)
        figure = f"{name} {tile.similarity:.3f}"
        if tile.is_query:
            figure = self.tr("query itself")
        _draw_line(
            painter,
            option.font,
            line.adjusted(used, 0, 0, 0),
            figure,
            ON_SURROUND,
            Qt.AlignmentFlag.AlignRight,
        )


def _draw_line(
    painter: QPainter,
    font: QFont,
    line: QRect,
    text: str,
    color: QColor,
    alignment: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
) -> None:
    painter.setFont(font)
    painter.setPen(color)
    elided = QFontMetrics(font).elidedText(
        text, Qt.TextElideMode.ElideRight, line.width()
    )
    painter.drawText(line, alignment | Qt.AlignmentFlag.AlignVCenter, elided)


def _draw_marks(
    painter: QPainter, font: QFont, picture: QRect, names: list[str]
) -> None:
    """Write how a hit is related to the query over the foot of its picture."""
    small = QFont(font)
    small.setPointSizeF(0.85 * font.pointSizeF())
    metrics = QFontMetrics(small)
    height = metrics.height() + 2
    for number, name in enumerate(reversed(names), start=1):
        width = min(metrics.horizontalAdvance(name) + 12, picture.width())
        bottom = picture.bottom() + 1
        mark = QRect(picture.left(), bottom - number * height, width, height - 1)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(RELATED_MARK)
        painter.drawRoundedRect(mark, 3, 3)
        text = mark.adjusted(4, 0, -4, 0)
        _draw_line(painter, small, text, name, ON_RELATED_MARK)


def _draw_thumbnail(painter: QPainter, area: QRect, pixmap: QPixmap | None) -> None:
    if pixmap is None or pixmap.isNull():
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(SURROUND)
        painter.drawRoundedRect(area, 3, 3)
        return
    size = pixmap.size().scaled(area.size(), Qt.AspectRatioMode.KeepAspectRatio)
    target = QRect(area.topLeft(), size)
    target.moveCenter(area.center())
    painter.drawPixmap(target, pixmap)
