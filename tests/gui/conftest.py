"""A window without processes: its tasks are answered by the tests."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from cbmir_gui.core.paths import settings_file
from cbmir_gui.core.records import (
    DecodedImage,
    ExtractorInfo,
    ImageInfo,
    ImageRecord,
    LibraryInfo,
)
from cbmir_gui.core.search_records import Hit, Prediction, SearchResults
from cbmir_gui.gui.library.catalogue_reader import CatalogueReader
from cbmir_gui.gui.main_window import MainWindow
from cbmir_gui.gui.settings_store import SettingsStore
from cbmir_gui.gui.tasks import Tasks

CLASSES = ("ct_head", "chest_xray", "mr_brain")
MODALITIES = ("CT", "DX", "MR")
EXTRACTORS = (
    ExtractorInfo("vgg16-c18", "flatten", 25088, "cosine", "key-flatten", 18),
    ExtractorInfo("vgg16-c18", "pool", 512, "cosine", "key-pool", 18),
)


@dataclass(frozen=True)
class Asked:
    """One question that the window asked."""

    ticket: int
    op: str
    arguments: Any


class FakeTasks(Tasks):
    """Remember what is asked; answer when the test says so, at once."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Asked] = []
        self.cancelled_tickets: list[int] = []
        self.is_started = False
        self.is_closed = False

    def start(self) -> None:
        self.is_started = True

    def preview(
        self,
        path: str,
        frame: int = 1,
        window: str = "first",
        max_side_px: int = 1024,
        overlays: bool = False,
    ) -> int:
        return self._ask("preview", (path, frame, window, max_side_px, overlays))

    def tags(self, path: str, show_patient_data: bool = False) -> int:
        return self._ask("tags", (path, show_patient_data))

    def patient(self, path: str) -> int:
        return self._ask("patient", path)

    def close(self) -> None:
        self.is_closed = True

    def last(self, op: str) -> Asked:
        """Return the newest question of an operation."""
        return next(asked for asked in reversed(self.asked) if asked.op == op)

    def count(self, op: str) -> int:
        """Return how often an operation was asked for."""
        return sum(asked.op == op for asked in self.asked)

    def answer(self, op: str, value: Any, ticket: int = 0) -> None:
        """Answer the newest question of an operation, or the one of `ticket`."""
        ticket = ticket or self.last(op).ticket
        self._pending.pop(ticket, None)
        if op in ("index", "build_demo", "extract_missing"):
            self.index_done.emit(ticket, value)
        elif op in ("library_info", "create_library"):
            self.info_done.emit(ticket, value)
        elif op in ("preview", "search"):
            {"preview": self.preview_done, "search": self.search_done}[op].emit(
                ticket, value
            )
        else:
            self.reply.emit(ticket, op, value)
        self._tell_if_idle()

    def fail(self, op: str, message: str, kind: str = "CbmirError") -> None:
        """Let the newest question of an operation fail."""
        ticket = self.last(op).ticket
        self._pending.pop(ticket, None)
        self.failed.emit(ticket, message, kind)
        self._tell_if_idle()

    def confirm_cancel(self, op: str) -> None:
        """Let the newest question of an operation end as cancelled."""
        ticket = self.last(op).ticket
        self._pending.pop(ticket, None)
        self.cancelled.emit(ticket)
        self._tell_if_idle()

    def _ask(self, op: str, arguments: Any) -> int:
        ticket = next(self._numbers)
        self.asked.append(Asked(ticket, op, arguments))
        self._pending[ticket] = lambda: self.cancelled_tickets.append(ticket)
        return ticket

    def _tell_if_idle(self) -> None:
        if not self._pending:
            self.idle.emit()


class FakeCatalogue:
    """Records and drawn thumbnails, without a file."""

    def __init__(self, records: Sequence[ImageRecord]) -> None:
        self._records = tuple(records)

    def num_images(self) -> int:
        return len(self._records)

    def class_counts(self) -> dict[str, int]:
        names = [record.class_name for record in self._records]
        return {name: names.count(name) for name in names}

    def records(
        self, limit: int = -1, offset: int = 0, class_name: str | None = None
    ) -> Sequence[ImageRecord]:
        found = [
            record
            for record in self._records
            if class_name is None or record.class_name == class_name
        ]
        return found[offset : offset + limit if limit >= 0 else None]

    def thumbnail(self, image_id: str) -> bytes:
        return Make.jpeg(shade=int(image_id.rpartition(":")[0]) % 200)

    def close(self) -> None:
        """Nothing is open."""


class Make:
    """Makes what the tests feed the window with."""

    classes = CLASSES

    @staticmethod
    def jpeg(shade: int = 90, side_px: int = 64) -> bytes:
        """Return a JPEG of one shade of gray."""
        image = QImage(side_px, side_px, QImage.Format.Format_RGB32)
        image.fill(QColor(shade, shade, shade))
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        image.save(buffer, "JPG")
        return bytes(buffer.data().data())

    @staticmethod
    def record(row: int) -> ImageRecord:
        """Return a record of the library."""
        kind = row % len(CLASSES)
        return ImageRecord(
            row=row,
            image_id=f"{row:04d}:1",
            path=f"/images/{row:04d}.dcm",
            frame=1,
            num_frames=1,
            width=64,
            height=64,
            class_name=CLASSES[kind],
            diagnosis="",
            modality=MODALITIES[kind],
            body_part="HEAD",
            group="",
            patient_key="",
        )

    @staticmethod
    def info(folder: Path | str, num_images: int = 240) -> LibraryInfo:
        """Return the facts of a library."""
        part = num_images // len(CLASSES)
        return LibraryInfo(
            name=Path(folder).name,
            folder=str(folder),
            num_images=num_images,
            num_paths=num_images,
            classes=dict.fromkeys(CLASSES, part) if num_images else {},
            modalities=dict.fromkeys(MODALITIES, part) if num_images else {},
            extractors=EXTRACTORS if num_images else (),
            default_extractor="key-flatten" if num_images else "",
            num_missing_features=0,
            size_bytes=1_000_000,
        )

    @staticmethod
    def results(num_hits: int = 20, **changes: Any) -> SearchResults:
        """Return the answer to a search."""
        fields: dict[str, Any] = {
            "query_name": "query.dcm",
            "image_id": "9999:1",
            "model": "vgg16-c18",
            "layer": "flatten",
            "metric": "cosine",
            "predicted": (Prediction("ct_head", 0.98), Prediction("mr_brain", 0.02)),
            "hits": tuple(Make.hit(rank) for rank in range(1, num_hits + 1)),
            "class_filter": "off",
            "library_size": 240,
            "timings_ms": {
                "decode": 12.0,
                "extract": 40.0,
                "search": 8.0,
                "total": 61.0,
            },
        }
        return SearchResults(**(fields | changes))

    @staticmethod
    def hit(rank: int) -> Hit:
        """Return the hit of a rank."""
        record = Make.record(rank)
        distance = rank / 100
        return Hit(
            rank=rank,
            image_id=record.image_id,
            path=record.path,
            class_name=record.class_name,
            diagnosis="",
            modality=record.modality,
            body_part=record.body_part,
            distance=distance,
            similarity=1 - distance,
        )

    @staticmethod
    def image(num_frames: int = 1, frame: int = 1, **changes: Any) -> DecodedImage:
        """Return a decoded image."""
        fields: dict[str, Any] = {
            "image_id": f"9999:{frame}",
            "file_name": "query.dcm",
            "width": 64,
            "height": 48,
            "frame": frame,
            "num_frames": num_frames,
            "file_format": "DICOM",
            "modality": "CT",
            "body_part": "HEAD",
        }
        pixels = np.tile(np.arange(64, dtype=np.uint8), (48, 1))
        return DecodedImage(pixels, ImageInfo(**(fields | changes)))


@pytest.fixture
def make() -> type[Make]:
    """Return the maker of records, hits, results, images."""
    return Make


@pytest.fixture
def tasks() -> FakeTasks:
    """Return tasks that the test answers."""
    return FakeTasks()


@pytest.fixture
def records() -> list[ImageRecord]:
    """Return what the fake library holds; a test may change the list before use."""
    return [Make.record(row) for row in range(240)]


@pytest.fixture
def reader(records: list[ImageRecord]) -> Iterator[CatalogueReader]:
    """Return a reader of the fake library."""
    reader = CatalogueReader(lambda _path: FakeCatalogue(records))
    yield reader
    reader.close()


@pytest.fixture
def store() -> Iterator[SettingsStore]:
    """Return settings that begin with the defaults, after the first start."""
    store = SettingsStore(settings_file())
    store.update(intended_use_accepted=True)
    yield store
    store.close()


@pytest.fixture
def library_folder(tmp_path: Path) -> Path:
    """Return a folder that looks like a library."""
    folder = tmp_path / "chest"
    folder.mkdir()
    (folder / "library.sqlite").touch()
    return folder


@pytest.fixture
def window(
    qtbot: QtBot, tasks: FakeTasks, store: SettingsStore, reader: CatalogueReader
) -> MainWindow:
    """Return a window that is shown, but has not begun to work."""
    window = MainWindow(tasks, store, reader)
    qtbot.addWidget(window)
    window.show()
    return window


@pytest.fixture
def open_window(
    window: MainWindow, tasks: FakeTasks, library_folder: Path
) -> MainWindow:
    """Return a window with a library of 240 images."""
    window.library.open(str(library_folder))
    tasks.answer("library_info", Make.info(library_folder))
    return window
