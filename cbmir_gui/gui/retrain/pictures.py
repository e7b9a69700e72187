"""Image files with a caption each, and their thumbnails, decoded as they are seen."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QPixmap

from cbmir_gui.core.records import MIDDLE_FRAME, DecodedImage
from cbmir_gui.gui.replies import Replies
from cbmir_gui.gui.results.tiles_model import AnyIndex
from cbmir_gui.gui.tasks import Tasks
from cbmir_gui.gui.widgets.images import to_qimage

THUMBNAIL_PX = 192
_MAX_KEPT = 400
_MAX_WAITING = 80
_MAX_ASKED = 3
"""The preview of a query waits for no more than so many thumbnails."""

PICTURE_ROLE = Qt.ItemDataRole.UserRole

_Place = tuple[str, int]
"""Path and frame."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One image file and what is said of it."""

    path: str
    caption: str
    frame: int = MIDDLE_FRAME

    @property
    def file_name(self) -> str:
        """The last part of its path."""
        return Path(self.path).name


class PreviewThumbnails(QObject):
    """Give the thumbnail of an image at once or later; the newest wish comes first."""

    loaded = Signal(str, int)
    """Path and frame of an image whose thumbnail has arrived."""

    def __init__(self, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._replies = Replies(tasks, self)
        self._kept: OrderedDict[_Place, QPixmap] = OrderedDict()
        self._waiting: OrderedDict[_Place, None] = OrderedDict()
        self._asked: set[_Place] = set()
        self._timer = QTimer(self, singleShot=True, interval=0)
        self._timer.timeout.connect(self._ask_next)

    def pixmap(self, path: str, frame: int = MIDDLE_FRAME) -> QPixmap | None:
        """Return the thumbnail; None means that it has been asked for.

        A null pixmap stands for a file that cannot be read.
        """
        place = (path, frame)
        kept = self._kept.get(place)
        if kept is not None:
            self._kept.move_to_end(place)
            return kept
        if place not in self._asked:
            self._waiting[place] = None
            self._waiting.move_to_end(place)
            if len(self._waiting) > _MAX_WAITING:
                self._waiting.popitem(last=False)
            self._timer.start()
        return None

    def _ask_next(self) -> None:
        while self._waiting and len(self._asked) < _MAX_ASKED:
            place, _ = self._waiting.popitem()
            self._asked.add(place)
            self._ask(place)

    def _ask(self, place: _Place) -> None:
        def show(image: DecodedImage) -> None:
            self._keep(place, QPixmap.fromImage(to_qimage(image.pixels)))

        def give_up(_message: str = "") -> None:
            self._keep(place, QPixmap())

        path, frame = place
        ticket = self._tasks.preview(path, frame, max_side_px=THUMBNAIL_PX)
        self._replies.expect(ticket, show, give_up, give_up)

    def _keep(self, place: _Place, pixmap: QPixmap) -> None:
        self._asked.discard(place)
        self._kept[place] = pixmap
        if len(self._kept) > _MAX_KEPT:
            self._kept.popitem(last=False)
        self.loaded.emit(*place)
        self._ask_next()


class PicturesModel(QAbstractListModel):
    """A list of pictures; read-only."""

    def __init__(
        self, thumbnails: PreviewThumbnails, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails
        self._pictures: tuple[Picture, ...] = ()
        thumbnails.loaded.connect(self._renew)

    def set_pictures(self, pictures: Sequence[Picture]) -> None:
        """Show other pictures."""
        self.beginResetModel()
        self._pictures = tuple(pictures)
        self.endResetModel()

    def pictures(self) -> tuple[Picture, ...]:
        """Return what is shown."""
        return self._pictures

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        """Return the number of pictures."""
        return 0 if parent.isValid() else len(self._pictures)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return caption, thumbnail, or all of it for the tooltip."""
        if not index.isValid():
            return None
        picture = self._pictures[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return picture.caption
            case Qt.ItemDataRole.DecorationRole:
                return self._thumbnails.pixmap(picture.path, picture.frame)
            case Qt.ItemDataRole.ToolTipRole:
                return f"{picture.caption}\n{picture.path}"
            case _ if role == PICTURE_ROLE:
                return picture
        return None

    def _renew(self, path: str, frame: int) -> None:
        for row, picture in enumerate(self._pictures):
            if (picture.path, picture.frame) == (path, frame):
                place = self.index(row)
                self.dataChanged.emit(place, place, [Qt.ItemDataRole.DecorationRole])
