"""A grid of pictures on dark gray, and a dialog that shows one of them large."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPalette, QPixmap
from PySide6.QtWidgets import (
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from cbmir_gui.gui.retrain.picture_dialog import PictureDialog
from cbmir_gui.gui.retrain.pictures import (
    PICTURE_ROLE,
    Picture,
    PicturesModel,
    PreviewThumbnails,
)
from cbmir_gui.gui.style import ACCENT, CARD, ON_SURROUND, ON_SURROUND_MUTED, SURROUND
from cbmir_gui.gui.tasks import Tasks

_WIDTH_PX = 128
_PICTURE_PX = 112
_PADDING_PX = 6
_NUM_LINES = 2


class PictureDelegate(QStyledItemDelegate):
    """A card with the thumbnail and two lines of caption."""

    def sizeHint(
        self,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> QSize:
        """Return the same size for every picture."""
        lines_px = _NUM_LINES * option.fontMetrics.height()
        return QSize(
            _WIDTH_PX + 4 * _PADDING_PX, _PICTURE_PX + 5 * _PADDING_PX + lines_px
        )

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Draw card, thumbnail and caption."""
        picture: Picture | None = index.data(PICTURE_ROLE)
        if picture is None:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        card = option.rect.adjusted(3, 3, -3, -3)
        is_chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.setPen(ACCENT if is_chosen else Qt.PenStyle.NoPen)
        painter.setBrush(CARD)
        painter.drawRoundedRect(card, 5, 5)
        inner = card.adjusted(_PADDING_PX, _PADDING_PX, -_PADDING_PX, -_PADDING_PX)
        place = QRect(inner.left(), inner.top(), inner.width(), _PICTURE_PX)
        self._draw_picture(painter, place, index.data(Qt.ItemDataRole.DecorationRole))
        painter.setPen(ON_SURROUND)
        text = inner.adjusted(0, _PICTURE_PX + _PADDING_PX, 0, 0)
        for number, line in enumerate(picture.caption.split("\n")[:_NUM_LINES]):
            height = option.fontMetrics.height()
            row = QRect(text.left(), text.top() + number * height, text.width(), height)
            elided = option.fontMetrics.elidedText(
                line, Qt.TextElideMode.ElideRight, row.width()
            )
            painter.drawText(row, Qt.AlignmentFlag.AlignHCenter, elided)
        painter.restore()

    def _draw_picture(
        self, painter: QPainter, place: QRect, pixmap: QPixmap | None
    ) -> None:
        if pixmap is not None and not pixmap.isNull():
            size = pixmap.size().scaled(
                place.size(), Qt.AspectRatioMode.KeepAspectRatio
            )
            target = QRect(0, 0, size.width(), size.height())
            target.moveCenter(place.center())
            painter.drawPixmap(target, pixmap)
            return
        painter.setPen(ON_SURROUND_MUTED)
        text = "…" if pixmap is None else self.tr("cannot be read")
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)


class PictureGrid(QListView):
    """Show pictures; Enter or a double click shows one large."""

    def __init__(self, tasks: Tasks, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._model = PicturesModel(PreviewThumbnails(tasks, self), self)
        self.setModel(self._model)
        self.setItemDelegate(PictureDelegate(self))
        self.setAccessibleName(name)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setUniformItemSizes(True)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Base, SURROUND)
        self.setPalette(palette)
        self.activated.connect(self._show_large)

    def set_pictures(self, pictures: Sequence[Picture]) -> None:
        """Show other pictures, from the first."""
        self._model.set_pictures(pictures)
        self.scrollToTop()

    def pictures(self) -> tuple[Picture, ...]:
        """Return what is shown."""
        return self._model.pictures()

    def _show_large(self, index: QModelIndex) -> None:
        show_large(self._tasks, self._model.pictures(), index.row(), self)


def show_large(
    tasks: Tasks, pictures: Sequence[Picture], row: int, parent: QWidget
) -> PictureDialog:
    """Open a dialog on the picture in `row`, from which the others can be reached."""
    dialog = PictureDialog(tasks, pictures, parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.show_picture(row)
    dialog.show()
    return dialog
