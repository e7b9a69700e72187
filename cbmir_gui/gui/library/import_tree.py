"""Studies, series and folders with check boxes, and how much is taken of each."""

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QLocale, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QIcon, QImage, QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTreeWidget,
    QTreeWidgetItem,
    QTreeWidgetItemIterator,
    QWidget,
)

from cbmir_gui.core.contents import (
    FILE_ONCE,
    FoundGroup,
    FoundStudy,
    num_selected,
)
from cbmir_gui.gui.library.import_text import group_text, study_text
from cbmir_gui.gui.style import SURROUND

THUMBNAIL_PX = 48
_SETTLED_MS = 60
_NUMBERS = (3, 4)
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class GroupItem(QTreeWidgetItem):
    """One series or folder."""

    def __init__(self, group: FoundGroup, empty: QIcon) -> None:
        super().__init__()
        self.group = group
        self.step = FILE_ONCE
        self.has_thumbnail = False
        self.num_taken = 0
        self.setFlags(self.flags() | Qt.ItemFlag.ItemIsUserCheckable)
        self.setCheckState(0, Qt.CheckState.Checked)
        self.setIcon(0, empty)
        texts = (group_text(group), group.modality, group.body_part)
        for column, text in enumerate(texts):
            self.setText(column, text)
            self.setToolTip(column, text)
        self.setText(3, QLocale().toString(group.num_images))
        for column in _NUMBERS:
            self.setTextAlignment(column, _RIGHT)
        self.set_step(self.step)

    @property
    def is_checked(self) -> bool:
        """Whether it is to be added."""
        return self.checkState(0) == Qt.CheckState.Checked

    def set_step(self, step: int) -> None:
        """Take every `step`-th image, or `FILE_ONCE`."""
        self.step = step
        self.num_taken = num_selected(self.group, step)
        self.setText(4, QLocale().toString(self.num_taken))


class ImportTree(QTreeWidget):
    """Show what was found; asks for the thumbnails of what is in sight."""

    thumbnail_wanted = Signal(object)
    """`GroupItem` that is in sight and has no thumbnail; one at a time."""
    changed = Signal()
    """Other images would be added."""

    def __init__(
        self, studies: Sequence[FoundStudy], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._awaited: GroupItem | None = None
        self._tops: list[QTreeWidgetItem] = []
        self._changes = QTimer(self, singleShot=True, interval=0)
        self._changes.timeout.connect(self.changed)
        self._timer = QTimer(self, singleShot=True, interval=_SETTLED_MS)
        self._timer.timeout.connect(self._ask_next)
        self.setAccessibleName(self.tr("Studies and series"))
        self.setHeaderLabels(
            [
                self.tr("Series"),
                self.tr("Modality"),
                self.tr("Body part"),
                self.tr("Images"),
                self.tr("Taken"),
            ]
        )
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setIconSize(QSize(THUMBNAIL_PX, THUMBNAIL_PX))
        self.setUniformRowHeights(False)
        self.setAllColumnsShowFocus(True)
        self._fill(studies)
        self._arrange_columns()
        self.itemChanged.connect(self._tell_change)
        self.verticalScrollBar().valueChanged.connect(self._timer.start)
        self.itemExpanded.connect(self._timer.start)

    def groups(self) -> Iterator[GroupItem]:
        """Yield all series and folders."""
        iterator = QTreeWidgetItemIterator(self)
        while (item := iterator.value()) is not None:
            if isinstance(item, GroupItem):
                yield item
            iterator += 1

    def chosen(self) -> list[GroupItem]:
        """Return the selected series, those of selected studies too; else all."""
        found: dict[int, GroupItem] = {}
        for item in self.selectedItems():
            members = [item, *(item.child(row) for row in range(item.childCount()))]
            found |= {id(part): part for part in members if isinstance(part, GroupItem)}
        return list(found.values()) or list(self.groups())

    def set_step(self, step: int) -> None:
        """Take every `step`-th image of the chosen series."""
        self.blockSignals(True)
        for item in self.chosen():
            item.set_step(step)
        self.blockSignals(False)
        self.viewport().update()
        self._changes.start()

    def check_all(self, checked: bool) -> None:
        """Check or uncheck everything."""
        state = Qt.CheckState.Checked if checked else Qt.CheckState.Unchecked
        model = self.model()
        model.blockSignals(True)  # the view is drawn once, not once for each series
        for top in self._tops:
            top.setCheckState(0, state)  # its series follow it
        model.blockSignals(False)
        self.viewport().update()
        self._changes.start()

    def set_thumbnail(self, item: GroupItem, image: QImage) -> None:
        """Show a picture at a series; a null one if there is none."""
        item.has_thumbnail = True
        if not image.isNull():
            self.blockSignals(True)
            item.setIcon(0, QIcon(_on_square(image, self.devicePixelRatioF())))
            self.blockSignals(False)
            self.viewport().update()
        self._awaited = None
        self._timer.start(0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Ask for the thumbnails that have come into sight."""
        super().resizeEvent(event)
        self._timer.start()

    def _fill(self, studies: Sequence[FoundStudy]) -> None:
        empty = QIcon(_on_square(QImage(), self.devicePixelRatioF()))
        for study in studies:
            top = QTreeWidgetItem([study_text(study)])
            top.setToolTip(0, study_text(study))
            top.setFlags(
                top.flags()
                | Qt.ItemFlag.ItemIsUserCheckable
                | Qt.ItemFlag.ItemIsAutoTristate
            )
            top.setCheckState(0, Qt.CheckState.Checked)
            top.setFirstColumnSpanned(True)
            top.addChildren([GroupItem(group, empty) for group in study.groups])
            self._tops.append(top)
        self.addTopLevelItems(self._tops)
        for top in self._tops:
            top.setFirstColumnSpanned(True)
        self.expandAll()
        if self._tops:
            self.setCurrentItem(self._tops[0])
            self.clearSelection()

    def _arrange_columns(self) -> None:
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in _NUMBERS:
            self.headerItem().setTextAlignment(column, _RIGHT)

    def _tell_change(self, item: QTreeWidgetItem) -> None:
        if isinstance(item, GroupItem):  # one of many, where a study is checked
            self._changes.start()

    def _ask_next(self) -> None:
        if self._awaited is not None:
            return
        height = self.viewport().height()
        item = self.itemAt(0, 0)
        while item is not None and self.visualItemRect(item).top() < height:
            if isinstance(item, GroupItem) and not item.has_thumbnail:
                self._awaited = item
                self.thumbnail_wanted.emit(item)
                return
            item = self.itemBelow(item)


def _on_square(image: QImage, ratio: float) -> QPixmap:
    """Return an image in the middle of a dark square."""
    side = round(THUMBNAIL_PX * ratio)
    square = QImage(side, side, QImage.Format.Format_RGB32)
    square.fill(SURROUND)
    pixmap = QPixmap.fromImage(square)
    if not image.isNull():
        small = image.scaled(
            side,
            side,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        painter = QPainter(pixmap)
        painter.drawImage(
            (side - small.width()) // 2, (side - small.height()) // 2, small
        )
        painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap
