"""The grid: tiles spread evenly over the width, with mouse and keys."""

from PySide6.QtCore import QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QWidget

from cbmir_gui.gui.results.tile_delegate import TileDelegate
from cbmir_gui.gui.results.tiles import Tile
from cbmir_gui.gui.results.tiles_model import TILE_ROLE, TilesModel
from cbmir_gui.gui.style import ON_SURROUND, SURROUND

MIN_THUMBNAIL_PX = 80
MAX_THUMBNAIL_PX = 240
_SPACE_PX = 4


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
        self._delegate = TileDelegate(thumbnail_px, self)
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
        self.doubleClicked.connect(self._open)
        self.selectionModel().selectionChanged.connect(self._tell_selection)
        model.modelReset.connect(self._tell_selection)

    def set_thumbnail_px(self, thumbnail_px: int) -> None:
        """Draw the thumbnails at another size."""
        self._delegate.thumbnail_px = min(
            max(thumbnail_px, MIN_THUMBNAIL_PX), MAX_THUMBNAIL_PX
        )
        self._spread()

    def set_metric(self, metric: str) -> None:
        """Name the similarity after `metric`."""
        self._delegate.metric = metric
        self.viewport().update()

    def selected_tiles(self) -> tuple[Tile, ...]:
        """Return the selected tiles in the order of the grid."""
        indexes = sorted(self.selectedIndexes(), key=QModelIndex.row)
        return tuple(index.data(TILE_ROLE) for index in indexes)

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
        smallest = self._delegate.tile_size(self.fontMetrics())
        smallest += QSize(_SPACE_PX, _SPACE_PX)
        width = self.viewport().width() - 1
        num_columns = max(1, width // smallest.width())
        grid = QSize(max(width // num_columns, smallest.width()), smallest.height())
        if grid != self.gridSize():
            self.setGridSize(grid)
