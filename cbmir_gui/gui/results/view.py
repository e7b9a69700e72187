"""The grid: tiles spread evenly over the width, with mouse and keys."""

import math
from dataclasses import dataclass

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QWidget

from cbmir_gui.core.search_records import DEFAULT_TOP
from cbmir_gui.gui.results.tile_delegate import TileDelegate
from cbmir_gui.gui.results.tiles import Tile
from cbmir_gui.gui.results.tiles_model import TILE_ROLE, TilesModel
from cbmir_gui.gui.style import CARD_HOVERED, ON_SURROUND, SURROUND

MIN_FITTED_PX = 96
MAX_FITTED_PX = 192
_NOTICEABLE_PX = 6
_MESSAGES_PX = 140
"""Height of three messages."""


@dataclass(frozen=True, slots=True)
class _Fitted:
    """A size of thumbnails, and what it was chosen for."""

    thumbnail_px: int
    num_columns: int
    room: QSize
    window_size: QSize
    num_in_sight: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where the user is in the grid, by images: rows change with the tiles."""

    row: int
    image_id: str
    selected: tuple[str, ...]
    scrolled_px: int


class ResultsView(QListView):
    """Show a `TilesModel` as a grid; says which tile is wanted."""

    opened = Signal(object)
    """`Tile` that was double-clicked, or on which Enter was pressed."""
    selection_changed = Signal(int)
    """Number of selected tiles."""

    def __init__(
        self, model: TilesModel, thumbnail_px: int, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._delegate = TileDelegate(MIN_FITTED_PX, self)
        self._wanted_px = thumbnail_px
        self._num_in_sight = DEFAULT_TOP
        self._fitted: _Fitted | None = None
        self._tiles = model
        self.setModel(model)
        self.setItemDelegate(self._delegate)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setDragEnabled(False)
        self.setMouseTracking(True)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setAccessibleName(self.tr("Similar images"))
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Base, SURROUND)
        palette.setColor(QPalette.ColorRole.Text, ON_SURROUND)
        self.setPalette(palette)
        dark = QPalette(CARD_HOVERED, SURROUND)
        self.verticalScrollBar().setPalette(dark)
        self.doubleClicked.connect(self._open)
        self.selectionModel().selectionChanged.connect(self._tell_selection)
        model.modelReset.connect(self._tell_selection)

    def set_thumbnail_px(self, thumbnail_px: int) -> None:
        """Draw the thumbnails at another size; 0 fits them into the view."""
        self._wanted_px = thumbnail_px
        self._spread()

    def thumbnail_px(self) -> int:
        """Return the present size of the thumbnails."""
        return self._delegate.thumbnail_px

    def set_num_in_sight(self, number: int) -> None:
        """Say how many tiles should be in sight at once, if sizes are fitted."""
        self._num_in_sight = number
        self._spread()

    def set_metric(self, metric: str) -> None:
        """Name the similarity after `metric`."""
        self._delegate.metric = metric
        self.viewport().update()

    def selected_tiles(self) -> tuple[Tile, ...]:
        """Return the selected tiles in the order of the grid."""
        indexes = sorted(self.selectedIndexes(), key=QModelIndex.row)
        return tuple(index.data(TILE_ROLE) for index in indexes)

    def place(self) -> Place:
        """Return what is selected, current and in sight."""
        current = self.currentIndex()
        tile = current.data(TILE_ROLE)
        return Place(
            row=current.row(),
            image_id=tile.image_id if tile else "",
            selected=tuple(tile.image_id for tile in self.selected_tiles()),
            scrolled_px=self.verticalScrollBar().value(),
        )

    def go_to(self, place: Place) -> None:
        """Go back to a place after a change of the tiles, as far as it is still there.

        If the current image is gone, the one in its place is current, but not selected.
        """
        tiles, selection = self._tiles, self.selectionModel()
        command = QItemSelectionModel.SelectionFlag
        for image_id in place.selected:
            index = tiles.index(tiles.row_of(image_id))
            if index.isValid():
                selection.select(index, command.Select)
        row = tiles.row_of(place.image_id)
        if row < 0:
            row = min(place.row, tiles.rowCount() - 1)
        selection.setCurrentIndex(tiles.index(row), command.NoUpdate)
        self.executeDelayedItemsLayout()
        self.verticalScrollBar().setValue(place.scrolled_px)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Spread the tiles over the new width."""
        super().resizeEvent(event)
        self._spread()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open the present tile with Enter."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(self.currentIndex())
            return
        super().keyPressEvent(event)

    def _open(self, index: QModelIndex) -> None:
        if index.isValid():
            self.opened.emit(index.data(TILE_ROLE))

    def _tell_selection(self) -> None:
        self.selection_changed.emit(len(self.selectedIndexes()))

    def _spread(self) -> None:
        # Room for the scroll bar is kept, or its coming would change the columns.
        room = QSize(
            self.width() - self.verticalScrollBar().sizeHint().width() - 2,
            self.height() - 2,
        )
        if self._wanted_px:
            self._delegate.thumbnail_px = self._wanted_px
            num_columns = max(1, room.width() // self._tile_size().width())
        else:
            self._fitted = self._kept_fit(room) or self._fit(room)
            self._delegate.thumbnail_px = self._fitted.thumbnail_px
            num_columns = self._fitted.num_columns
        tile = self._tile_size()
        grid = QSize(max(room.width() // num_columns, tile.width()), tile.height())
        if grid != self.gridSize():
            self._delegate.cell = grid
            self.setGridSize(grid)

    def _tile_size(self) -> QSize:
        return self._delegate.tile_size(self.fontMetrics())

    def _kept_fit(self, room: QSize) -> _Fitted | None:
        """Return the last fit if only a message has come: it must not shuffle tiles."""
        fitted = self._fitted
        if (
            fitted is not None
            and fitted.window_size == self.window().size()
            and fitted.num_in_sight == self._num_in_sight
            and fitted.room.width() == room.width()
            and 0 <= fitted.room.height() - room.height() <= _MESSAGES_PX
        ):
            return fitted
        return None

    def _fit(self, room: QSize) -> _Fitted:
        """Return the largest size with which all tiles are in sight, if they can be."""
        present_px = self._delegate.thumbnail_px
        around = self._tile_size() - QSize(present_px, present_px)
        most_columns = max(1, room.width() // (MIN_FITTED_PX + around.width()))
        best_px, best_columns = 0, most_columns
        for num_columns in range(1, most_columns + 1):
            num_rows = math.ceil(self._num_in_sight / num_columns)
            width_px = room.width() // num_columns - around.width()
            height_px = room.height() // num_rows - around.height()
            size_px = min(width_px, height_px, MAX_FITTED_PX)
            # Fewer columns leave more room for the words.
            if size_px > best_px + _NOTICEABLE_PX:
                best_px, best_columns = size_px, num_columns
        if best_px < MIN_FITTED_PX:
            best_px, best_columns = MIN_FITTED_PX, most_columns
        window_size = self.window().size()
        return _Fitted(best_px, best_columns, room, window_size, self._num_in_sight)
