"""Reads thumbnails and records of the open library, on a thread of its own.

A writer may lock the catalogue for a moment, and a network folder may be slow; the
window waits for neither.
"""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, QThread, Signal, Slot

from cbmir_gui.core.errors import CbmirError
from cbmir_gui.core.records import ImageRecord
from cbmir_gui.gui.widgets.images import from_jpeg

_LOGGER = logging.getLogger(__name__)
CATALOGUE_FILE = "library.sqlite"
_PATIENCE_MS = 3000


class ReadableCatalogue(Protocol):
    """What the window reads of a catalogue."""

    def num_images(self) -> int:
        """Return the number of images."""

    def class_counts(self) -> dict[str, int]:
        """Return the number of images of each class."""

    def records(
        self, limit: int = -1, offset: int = 0, class_name: str | None = None
    ) -> Sequence[ImageRecord]:
        """Return images, all or those of a class, in the library's order."""

    def thumbnail(self, image_id: str) -> bytes:
        """Return the JPEG of an image."""

    def close(self) -> None:
        """Close the file."""


def open_catalogue(path: Path) -> ReadableCatalogue:
    """Open the catalogue at `path` for reading."""
    from cbmir_gui.library.catalogue import Catalogue

    return Catalogue.open(path)


class _Worker(QObject):
    """Lives in the reading thread; answers carry the generation they belong to."""

    page_ready = Signal(int, int, int, object)
    thumbnails_ready = Signal(int, object)
    failed = Signal(int, str)

    def __init__(self, open_file: Callable[[Path], ReadableCatalogue]) -> None:
        super().__init__()
        self._open_file = open_file
        self._catalogue: ReadableCatalogue | None = None

    @Slot(int, str)
    def open(self, generation: int, folder: str) -> None:
        self.close()
        if not folder:
            return
        try:
            self._catalogue = self._open_file(Path(folder) / CATALOGUE_FILE)
        except CbmirError as error:
            self.failed.emit(generation, str(error))

    @Slot(int, int, int, str)
    def read_page(
        self, generation: int, limit: int, offset: int, class_name: str
    ) -> None:
        if self._catalogue is None:
            return
        try:
            if class_name:
                total = self._catalogue.class_counts().get(class_name, 0)
            else:
                total = self._catalogue.num_images()
            page = self._catalogue.records(limit, offset, class_name or None)
            records = tuple(page)
        except CbmirError as error:
            self.failed.emit(generation, str(error))
            return
        self.page_ready.emit(generation, total, offset, records)

    @Slot(int, object)
    def read_thumbnails(self, generation: int, image_ids: tuple[str, ...]) -> None:
        images = []
        for image_id in image_ids:
            try:
                data = self._catalogue.thumbnail(image_id) if self._catalogue else b""
            except CbmirError:
                # Left out, so that it is asked for again when it is next painted.
                _LOGGER.warning("A thumbnail could not be read.", exc_info=True)
                continue
            images.append((image_id, from_jpeg(data)))
        self.thumbnails_ready.emit(generation, images)

    @Slot()
    def close(self) -> None:
        if self._catalogue is not None:
            self._catalogue.close()
            self._catalogue = None


class CatalogueReader(QObject):
    """Ask for pages and thumbnails of the open library; answers come as signals.

    Answers that belong to a library opened before are dropped.
    """

    page_ready = Signal(int, int, object)
    """Number of images to be had in all, offset, tuple of `ImageRecord`."""
    thumbnails_ready = Signal(object)
    """List of (image_id, QImage); the image is null where there is none."""
    failed = Signal(str)

    _open_wanted = Signal(int, str)
    _page_wanted = Signal(int, int, int, str)
    _thumbnails_wanted = Signal(int, object)
    _close_wanted = Signal()

    def __init__(
        self,
        open_file: Callable[[Path], ReadableCatalogue] = open_catalogue,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._generation = 0
        self._thread = QThread(self)
        self._worker = _Worker(open_file)
        self._worker.moveToThread(self._thread)
        self._open_wanted.connect(self._worker.open)
        self._page_wanted.connect(self._worker.read_page)
        self._thumbnails_wanted.connect(self._worker.read_thumbnails)
        self._close_wanted.connect(self._worker.close)
        self._worker.page_ready.connect(self._pass_page)
        self._worker.thumbnails_ready.connect(self._pass_thumbnails)
        self._worker.failed.connect(self._pass_failure)
        self._thread.start()

    def open(self, folder: str) -> None:
        """Read from the library in `folder` from now on; empty: from none."""
        self._generation += 1
        self._open_wanted.emit(self._generation, folder)

    def ask_page(self, limit: int, offset: int, class_name: str = "") -> None:
        """Ask for records, all or of a class; answered by `page_ready` or `failed`."""
        self._page_wanted.emit(self._generation, limit, offset, class_name)

    def ask_thumbnails(self, image_ids: Sequence[str]) -> None:
        """Ask for thumbnails; answered by `thumbnails_ready`."""
        self._thumbnails_wanted.emit(self._generation, tuple(image_ids))

    @property
    def has_ended(self) -> bool:
        """Whether the thread has ended; it cannot while a dead disk does not answer."""
        return not self._thread.isRunning()

    def close(self) -> None:
        """Close the file and end the thread; a dead disk is not waited for."""
        if self.has_ended:
            return
        self._generation += 1
        self._close_wanted.emit()
        self._thread.quit()
        if not self._thread.wait(_PATIENCE_MS):
            _LOGGER.warning("The catalogue could not be closed in time.")

    @Slot(int, int, int, object)
    def _pass_page(
        self, generation: int, total: int, offset: int, records: object
    ) -> None:
        if generation == self._generation:
            self.page_ready.emit(total, offset, records)

    @Slot(int, object)
    def _pass_thumbnails(self, generation: int, images: object) -> None:
        if generation == self._generation:
            self.thumbnails_ready.emit(images)

    @Slot(int, str)
    def _pass_failure(self, generation: int, message: str) -> None:
        if generation == self._generation:
            self.failed.emit(message)
