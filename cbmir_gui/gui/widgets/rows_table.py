"""A read-only table of words and figures that can be sorted."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtWidgets import QHeaderView, QTableView, QWidget

AnyIndex = QModelIndex | QPersistentModelIndex
SORT_ROLE = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell shows, and what it is sorted by."""

    text: str
    key: float | str
    tip: str = ""


Row = tuple[Cell, ...]


def word(text: str, tip: str = "") -> Cell:
    """Return a cell that is sorted by its text."""
    return Cell(text, text.casefold(), tip)


class RowsModel(QAbstractTableModel):
    """Rows of cells; columns whose cells are sorted as numbers stand at the right."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._titles: tuple[str, ...] = ()
        self._rows: tuple[Row, ...] = ()

    def set_rows(self, titles: Sequence[str], rows: Sequence[Row]) -> None:
        """Show other columns and rows; every row has a cell for each title."""
        self.beginResetModel()
        self._titles = tuple(titles)
        self._rows = tuple(rows)
        self.endResetModel()

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        """Return the number of rows."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self._titles)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return text, tooltip, place or sorting key of a cell."""
        if not index.isValid():
            return None
        cell = self._rows[index.row()][index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return cell.text
            case Qt.ItemDataRole.ToolTipRole:
                return cell.tip or cell.text
            case Qt.ItemDataRole.TextAlignmentRole:
                return self._place(index.column())
            case _ if role == SORT_ROLE:
                return cell.key
        return None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        """Return the title of a column, at the side where its cells stand."""
        is_column = orientation == Qt.Orientation.Horizontal
        if not is_column or section >= len(self._titles):
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._place(section)
        return self._titles[section] if role == Qt.ItemDataRole.DisplayRole else None

    def _place(self, column: int) -> Qt.AlignmentFlag:
        is_number = bool(self._rows) and not isinstance(self._rows[0][column].key, str)
        side = Qt.AlignmentFlag.AlignRight if is_number else Qt.AlignmentFlag.AlignLeft
        return side | Qt.AlignmentFlag.AlignVCenter


class RowsTable(QTableView):
    """Show rows.

    Parameters
    ----------
    name
        For screen readers.
    is_sortable
        A click on a title sorts.
    is_stretched
        The first column takes the room that is left, be it little.
    """

    row_chosen = Signal(int)
    """Number of the row in the order in which the rows were given."""

    def __init__(
        self,
        name: str,
        *,
        is_sortable: bool = True,
        is_stretched: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._is_stretched = is_stretched
        self._rows = RowsModel(self)
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self._rows)
        self._sorted.setSortRole(SORT_ROLE)
        self.setModel(self._sorted)
        self.setAccessibleName(name)
        self.setSortingEnabled(is_sortable)
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 8)
        self.horizontalHeader().setHighlightSections(False)
        self.selectionModel().currentRowChanged.connect(self._tell)

    def set_rows(self, titles: Sequence[str], rows: Sequence[Row]) -> None:
        """Show other columns and rows, in the order given."""
        self.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        self._rows.set_rows(titles, rows)
        self._arrange_columns()

    def show_model(self, model: QAbstractItemModel) -> None:
        """Show a model of one's own instead of rows, sorted by its `SORT_ROLE`."""
        self.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        self._sorted.setSourceModel(model)
        self._arrange_columns()

    def texts(self) -> list[list[str]]:
        """Return what is shown, row by row."""
        model = self._sorted
        return [
            [str(model.index(row, column).data()) for column in range(columns)]
            for columns in [model.columnCount()]
            for row in range(model.rowCount())
        ]

    def _arrange_columns(self) -> None:
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        if self._sorted.columnCount() and self._is_stretched:
            header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)

    def _tell(self, current: QModelIndex) -> None:
        if current.isValid():
            self.row_chosen.emit(self._sorted.mapToSource(current).row())
