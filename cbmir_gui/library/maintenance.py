"""Sweeping, checking and compacting a library; the caller holds its lock to change."""

import contextlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cbmir_gui.core.durability import storage_errors
from cbmir_gui.core.errors import LibraryDamagedError
from cbmir_gui.core.progress import Progress
from cbmir_gui.library.catalogue_changes import CatalogueWriter
from cbmir_gui.library.catalogue_features import FeatureCatalogue
from cbmir_gui.library.entries import FeatureLayout, SegmentInfo
from cbmir_gui.library.feature_table import fill_rows
from cbmir_gui.library.segments import (
    FEATURES_FOLDER,
    STORAGES,
    read_image_ids,
    segment_path,
    verify_segment,
    write_segment,
)

MAX_COMPACTED_BYTES = 320 * 2**20
_SUFFIXES = (".h5", ".h5.new")
_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a library."""

    kind: str
    """catalogue, segment, orphan or moved."""
    what: str
    cure: str


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What a check of a whole library found."""

    num_images: int
    num_segments: int
    num_dead_rows: int
    """Rows of removed images; compaction drops them."""
    problems: tuple[Problem, ...]


def sweep(catalogue: FeatureCatalogue) -> int:
    """Delete files of features that the catalogue does not name; return their number.

    Only a crash, or a file that was in use during compaction, leaves them.

    Raises
    ------
    StorageError
        The folder cannot be listed.
    """
    num_swept = 0
    with storage_errors(f"The library '{catalogue.folder.name}'"):
        found = orphans(catalogue)
    for path in found:
        try:
            path.unlink()
            num_swept += 1
        except OSError as error:
            _LOGGER.warning("'%s' could not be deleted: %s", path.name, error.strerror)
    for folder in _folders(catalogue.folder):
        with contextlib.suppress(OSError):  # not empty
            folder.rmdir()
    if num_swept:
        _LOGGER.info("Swept %d files that no commit names.", num_swept)
    return num_swept


def orphans(catalogue: FeatureCatalogue) -> list[Path]:
    """Return the files of features that the catalogue does not name."""
    named = {
        segment_path(catalogue.folder, segment.extractor.key, segment.number)
        for segment in catalogue.segments()
    }
    return [
        path
        for folder in _folders(catalogue.folder)
        for path in sorted(folder.iterdir())
        if path.name.endswith(_SUFFIXES) and path not in named
    ]


def verify(catalogue: FeatureCatalogue, progress: Progress) -> VerifyReport:
    """Read everything that a library consists of, and look for its images' files.

    Raises
    ------
    LibraryDamagedError
        The catalogue itself cannot be read.
    """
    problems = [
        Problem("catalogue", cause, "Restore library.sqlite from a backup.")
        for cause in catalogue.self_check()
    ]
    segments = catalogue.segments()
    num_dead = sum(segment.num_rows for segment in segments)
    for done, segment in enumerate(segments):
        progress(done, len(segments), "segments")
        problems += _segment_problems(catalogue.folder, segment)
    for extractor in catalogue.extractors():
        layout = catalogue.feature_layout(extractor.key)
        if layout is not None:
            num_dead -= len(layout.places)
            problems += _layout_problems(catalogue.folder, layout)
    problems += [
        Problem("orphan", f"{path.name} belongs to no commit", "Harmless; swept soon.")
        for path in orphans(catalogue)
    ]
    problems += _moved(catalogue)
    return VerifyReport(
        catalogue.num_images(), len(segments), num_dead, tuple(problems)
    )


def compact(catalogue: CatalogueWriter, progress: Progress) -> None:
    """Rewrite the features without dead rows, and empty the trash for good.

    Each extractor's features are rewritten in one commit, or stay as they are.

    Raises
    ------
    LibraryDamagedError
        A segment is missing or damaged; its extractor's features were not changed.
    StorageError
        The disk is full or fails; likewise.
    """
    extractors = catalogue.extractors()
    for done, extractor in enumerate(extractors):
        progress(done, len(extractors), extractor.key)
        layout = catalogue.feature_layout(extractor.key)
        if layout is not None:
            catalogue.replace_segments(extractor.key, _rewrite(catalogue, layout))
            sweep(catalogue)
    catalogue.shrink()
    progress(len(extractors), len(extractors))


def _rewrite(
    catalogue: CatalogueWriter, layout: FeatureLayout
) -> list[tuple[SegmentInfo, Sequence[str]]]:
    """Write an extractor's live features to as few segments as memory allows."""
    is_exact = any(segment.storage == "float32" for segment in layout.segments)
    storage = STORAGES["float32" if is_exact else "float16"]
    row_bytes = max(layout.extractor.feature_dim * storage.itemsize, 1)
    chunk_rows = max(MAX_COMPACTED_BYTES // row_bytes, 1)
    number = catalogue.next_segment_number()
    written: list[tuple[SegmentInfo, Sequence[str]]] = []
    for first in range(0, len(layout.places), chunk_rows):
        places = layout.places[first : first + chunk_rows]
        image_ids = layout.image_ids[first : first + chunk_rows]
        features = np.empty((len(places), layout.extractor.feature_dim), storage)
        fill_rows(catalogue.folder, layout.segments, places, features)
        segment = write_segment(
            catalogue.folder,
            number + len(written),
            layout.extractor,
            image_ids,
            features,
        )
        written.append((segment, image_ids))
    return written


def _segment_problems(folder: Path, segment: SegmentInfo) -> Iterator[Problem]:
    path = segment_path(folder, segment.extractor.key, segment.number)
    try:
        verify_segment(path, segment, folder.name)
    except LibraryDamagedError as error:
        cure = "Restore it from a backup, or remove and add its images again."
        yield Problem("segment", str(error), cure)


def _layout_problems(folder: Path, layout: FeatureLayout) -> Iterator[Problem]:
    """Compare what catalogue and segments say about which row is whose."""
    held: dict[int, list[str]] = {}
    for segment in layout.segments:
        path = segment_path(folder, segment.extractor.key, segment.number)
        with contextlib.suppress(LibraryDamagedError):  # reported with the segment
            held[segment.number] = read_image_ids(path, segment, folder.name)
    wrong = [
        image_id
        for image_id, (number, row) in zip(layout.image_ids, layout.places, strict=True)
        if number in held and held[number][row : row + 1] != [image_id]
    ]
    if wrong:
        what = f"{len(wrong)} images have the features of another row"
        yield Problem("segment", what, "Restore the library from a backup.")


def _moved(catalogue: FeatureCatalogue) -> Iterator[Problem]:
    num_moved = sum(
        not any(Path(path).exists() for path in catalogue.paths(record.image_id))
        for record in catalogue.records()
    )
    if num_moved:
        what = f"the files of {num_moved} images are not where they were"
        yield Problem("moved", what, "Put them back, or add them from where they are.")


def _folders(library: Path) -> list[Path]:
    root = library / FEATURES_FOLDER
    return sorted(path for path in root.glob("*") if path.is_dir())
