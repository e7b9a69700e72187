"""The grid's model: hits of a search, or the library page by page."""

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
    Slot,
)

from cbmir_gui.gui.results.thumbnail_cache import ThumbnailCache
from cbmir_gui.gui.results.tile_text import accessible_text, caption, tooltip
from cbmir_gui.gui.results.tiles import Tile

TILE_ROLE = Qt.ItemDataRole.UserRole + 1

AnyIndex = QModelIndex | QPersistentModelIndex


class TilesModel(QAbstractListModel):
    """Tiles in the order of their rank, or of the library."""

    more_wanted = Signal(int)
    """The view wants tiles from this row on."""

    def __init__(
        self, thumbnails: ThumbnailCache, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails
        self._tiles: list[Tile] = []
        self._rows: dict[str, int] = {}
        self._total = 0
        self._is_waiting = False
        self._metric = ""
        thumbnails.loaded.connect(self._refresh)

    def set_tiles(
        self, tiles: Iterable[Tile], total: int | None = None, metric: str = ""
    ) -> None:
        """Show `tiles`; `total` larger than their number makes the view ask for more.

        `metric` names the similarity of the tiles in their captions.
        """
        self.beginResetModel()
        self._tiles = list(tiles)
        self._rows = {tile.image_id: row for row, tile in enumerate(self._tiles)}
        self._total = len(self._tiles) if total is None else total
        self._is_waiting = False
        self._metric = metric
        self.endResetModel()

    def append(self, tiles: Iterable[Tile]) -> None:
        """Add a further page; an empty page ends the asking."""
        self._is_waiting = False
        new = [tile for tile in tiles if tile.image_id not in self._rows]
        first = len(self._tiles)
        if not new:
            self._total = first
            return
        self.beginInsertRows(QModelIndex(), first, first + len(new) - 1)
        self._tiles.extend(new)
        self._rows.update({tile.image_id: first + i for i, tile in enumerate(new)})
        self.endInsertRows()

    def tiles(self) -> tuple[Tile, ...]:
        """Return all tiles present."""
        return tuple(self._tiles)

    def row_of(self, image_id: str) -> int:
        """Return where an image is; -1 if it is not present."""
        return self._rows.get(image_id, -1)

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        """Return the number of tiles present."""
        return 0 if parent.isValid() else len(self._tiles)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the tile, its texts, or its thumbnail (None while it is loaded)."""
        if not index.isValid() or index.row() >= len(self._tiles):
            return None
        tile = self._tiles[index.row()]
        if role == TILE_ROLE:
            return tile
        if role == Qt.ItemDataRole.DisplayRole:
            return caption(tile)
        if role == Qt.ItemDataRole.DecorationRole:
            return self._thumbnails.pixmap(tile.image_id)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(tile, self._metric)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return accessible_text(tile, self._metric)
        return None

    def canFetchMore(self, parent: AnyIndex) -> bool:
        """Return whether the library has images beyond those present."""
        return not parent.isValid() and len(self._tiles) < self._total

    def fetchMore(self, parent: AnyIndex) -> None:
        """Ask for the next page, once."""
        if self._is_waiting or not self.canFetchMore(parent):
            return
        self._is_waiting = True
        self.more_wanted.emit(len(self._tiles))

    @Slot(str)
    def _refresh(self, image_id: str) -> None:
        row = self._rows.get(image_id)
        if row is not None:
            index = self.index(row)
            self.dataChanged.emit(index, index, [Qt.ItemDataRole.DecorationRole])
