"""The classes of labelled images: how many images, and what some of them look like."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtWidgets import (
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from cbmir_gui.engine.operation_answers import ExampleImage
from cbmir_gui.gui.retrain.class_model import (
    EXAMPLES_ROLE,
    FEW_ROLE,
    SHARE_ROLE,
    ClassModel,
)
from cbmir_gui.gui.retrain.pictures import Picture
from cbmir_gui.gui.style import ACCENT, QUERY_MARK, SMALL_SPACE_PX

_BAR_HEIGHT_PX = 3
_EXAMPLE_PX = 44
_GAP_PX = 4

Index = QModelIndex | QPersistentModelIndex


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
        bar.setWidth(max(2.0, bar.width() * float(index.data(SHARE_ROLE))))
        color = QColor(QUERY_MARK if index.data(FEW_ROLE) else ACCENT)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawRoundedRect(bar, 1.5, 1.5)


class _ExamplesDelegate(QStyledItemDelegate):
    """Thumbnails side by side, as many as have room."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: Index,
    ) -> None:
        """Draw the cell, then the thumbnails."""
        super().paint(painter, option, index)
        pixmaps: list[QPixmap] = index.data(EXAMPLES_ROLE) or []
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        left = option.rect.left() + _GAP_PX
        for pixmap in pixmaps:
            if left + _EXAMPLE_PX > option.rect.right():
                break
            cell = QRectF(left, option.rect.top() + 2, _EXAMPLE_PX, _EXAMPLE_PX)
            size = pixmap.size().scaled(
                cell.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio
            )
            target = QRectF(0, 0, size.width(), size.height())
            target.moveCenter(cell.center())
            painter.drawPixmap(target, pixmap, QRectF(pixmap.rect()))
            left += _EXAMPLE_PX + _GAP_PX
        painter.restore()


class ClassTable(QTableView):
    """Class with bar, count, and examples once the images have been opened."""

    examples_activated = Signal(object)
    """Tuple of `Picture`: the examples of a class."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = ClassModel(self)
        self.setModel(self._model)
        self.setItemDelegateForColumn(0, _BarDelegate(self))
        self.setItemDelegateForColumn(2, _ExamplesDelegate(self))
        self.setAccessibleName(self.tr("Classes and their number of images"))
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Fixed)
        header.setHighlightSections(False)
        self.activated.connect(self._activate)
        self._show_examples(is_shown=False)

    def set_classes(self, classes: dict[str, int]) -> None:
        """Show other classes; their examples are not known yet."""
        self._model.set_classes(classes)
        self._show_examples(is_shown=False)

    def set_examples(self, examples: tuple[ExampleImage, ...]) -> None:
        """Show what the classes look like."""
        self._model.set_examples(examples)
        self._show_examples(is_shown=bool(examples))

    def _show_examples(self, *, is_shown: bool) -> None:
        self.setColumnHidden(2, not is_shown)
        num_shown = self._model.max_examples()
        width = num_shown * (_EXAMPLE_PX + _GAP_PX) + 2 * _GAP_PX
        self.horizontalHeader().resizeSection(2, width)
        plain_px = self.fontMetrics().height() + 10
        height = max(plain_px, _EXAMPLE_PX + SMALL_SPACE_PX) if is_shown else plain_px
        self.verticalHeader().setDefaultSectionSize(height)

    def _activate(self, index: QModelIndex) -> None:
        examples = self._model.examples(index.row())
        if examples:
            pictures = tuple(
                Picture(each.path, each.class_name, each.frame) for each in examples
            )
            self.examples_activated.emit(pictures)
