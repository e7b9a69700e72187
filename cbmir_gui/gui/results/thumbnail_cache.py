"""Thumbnails in memory: asked for while painting, filled in when they arrive."""

from collections import OrderedDict

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtGui import QImage, QPixmap

from cbmir_gui.gui.library.catalogue_reader import CatalogueReader

_MAX_KEPT = 600
"""About 80 MB at 192 x 192 x 4 bytes."""
_MAX_WAITING = 150
_BATCH_SIZE = 24


class ThumbnailCache(QObject):
    """Give the thumbnail of an image at once or later; the newest wish comes first."""

    loaded = Signal(str)
    """image_id of a thumbnail that has arrived."""

    def __init__(self, reader: CatalogueReader, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._reader = reader
        self._kept: OrderedDict[str, QPixmap] = OrderedDict()
        self._waiting: OrderedDict[str, None] = OrderedDict()
        self._is_reading = False
        self._timer = QTimer(self, singleShot=True, interval=0)
        self._timer.timeout.connect(self._ask_next)
        reader.thumbnails_ready.connect(self._keep)

    def pixmap(self, image_id: str) -> QPixmap | None:
        """Return the thumbnail; None means that it has been asked for.

        A null pixmap stands for an image without a thumbnail.
        """
        kept = self._kept.get(image_id)
        if kept is not None:
            self._kept.move_to_end(image_id)
            return kept
        self._waiting[image_id] = None
        self._waiting.move_to_end(image_id)
        if len(self._waiting) > _MAX_WAITING:
            self._waiting.popitem(last=False)
        if not self._is_reading:
            self._timer.start()
        return None

    def clear(self) -> None:
        """Forget everything, because another library is open."""
        self._kept.clear()
        self._waiting.clear()
        self._is_reading = False

    @Slot()
    def _ask_next(self) -> None:
        if self._is_reading or not self._waiting:
            return
        newest = list(self._waiting)[-_BATCH_SIZE:]
        for image_id in newest:
            del self._waiting[image_id]
        self._is_reading = True
        self._reader.ask_thumbnails(newest)

    @Slot(object)
    def _keep(self, images: list[tuple[str, QImage]]) -> None:
        self._is_reading = False
        for image_id, image in images:
            self._kept[image_id] = QPixmap.fromImage(image)
            self._waiting.pop(image_id, None)
        while len(self._kept) > _MAX_KEPT:
            self._kept.popitem(last=False)
        for image_id, _ in images:
            self.loaded.emit(image_id)
        if self._waiting:
            self._timer.start()
