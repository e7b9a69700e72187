"""The classes of labelled images with their counts, as a table with bars."""

from PySide6.QtCore import (
    QAbstractTableModel,
    QLocale,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    Qt,
)
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from cbmir_gui.gui.retrain.data_warnings import FEW_IMAGES
from cbmir_gui.gui.style import ACCENT, QUERY_MARK

_SHARE_ROLE = Qt.ItemDataRole.UserRole
_FEW_ROLE = Qt.ItemDataRole.UserRole + 1
_BAR_HEIGHT_PX = 3

Index = QModelIndex | QPersistentModelIndex


class ClassModel(QAbstractTableModel):
    """Two columns: the class and its number of images; read-only."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._classes: list[tuple[str, int]] = []

    def set_classes(self, classes: dict[str, int]) -> None:
        """Show these, by name."""
        self.beginResetModel()
        self._classes = sorted(classes.items())
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Return the number of classes."""
        return 0 if parent.isValid() else len(self._classes)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Return 2."""
        return 0 if parent.isValid() else 2

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> str | None:
        """Return the titles of the columns."""
        if (
            orientation != Qt.Orientation.Horizontal
            or role != Qt.ItemDataRole.DisplayRole
            or section not in {0, 1}
        ):
            return None
        return (self.tr("Class"), self.tr("Images"))[section]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return name or count, and what the bar needs."""
        if not index.isValid():
            return None
        name, count = self._classes[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return QLocale().toString(count) if index.column() else name
            case Qt.ItemDataRole.ToolTipRole:
                return name
            case Qt.ItemDataRole.TextAlignmentRole if index.column():
                return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            case _ if role == _SHARE_ROLE:
                return count / max(1, *(number for _, number in self._classes))
            case _ if role == _FEW_ROLE:
                return count < FEW_IMAGES
        return None


class _BarDelegate(QStyledItemDelegate):
    """A thin bar below the name of a class; amber where there are few images."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: Index,
    ) -> None:
        """Draw the cell, then the bar."""
        super().paint(painter, option, index)
        rect = QRectF(option.rect)
        top = rect.bottom() - _BAR_HEIGHT_PX
        bar = QRectF(rect.left() + 4, top, rect.width() - 8, _BAR_HEIGHT_PX)
        bar.setWidth(max(2.0, bar.width() * float(index.data(_SHARE_ROLE))))
        color = QColor(QUERY_MARK if index.data(_FEW_ROLE) else ACCENT)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawRoundedRect(bar, 1.5, 1.5)


class ClassTable(QTableView):
    """Class, bar, count."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = ClassModel(self)
        self.setModel(self._model)
        self.setItemDelegateForColumn(0, _BarDelegate(self))
        self.setAccessibleName(self.tr("Classes and their number of images"))
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 10)
        header = self.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        header.setHighlightSections(False)

    def set_classes(self, classes: dict[str, int]) -> None:
        """Show other classes."""
        self._model.set_classes(classes)
