"""Sweeping and compacting a library; the caller holds its lock."""

import contextlib
import logging
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from cbmir_gui.core.durability import storage_errors, sync_folder
from cbmir_gui.core.errors import CbmirError
from cbmir_gui.core.progress import Progress
from cbmir_gui.library.catalogue_backup import drop_backups
from cbmir_gui.library.catalogue_changes import CatalogueWriter
from cbmir_gui.library.catalogue_features import FeatureCatalogue
from cbmir_gui.library.catalogue_schema import UNFINISHED
from cbmir_gui.library.entries import FeatureLayout, SegmentInfo
from cbmir_gui.library.feature_table import fill_rows
from cbmir_gui.library.imported import sweep_unnamed
from cbmir_gui.library.segment_checks import STORAGES
from cbmir_gui.library.segments import (
    FEATURES_FOLDER,
    segment_path,
    write_segment,
)

QUARANTINE_FOLDER = "quarantine"
MAX_COMPACTED_BYTES = 320 * 2**20
_SEGMENT_NAME = re.compile(r"\d{6,}\.h5")
_UNFINISHED_SEGMENT = "*.new"
_LOGGER = logging.getLogger(__name__)


def sweep(catalogue: FeatureCatalogue) -> int:
    """Delete files that the catalogue does not name; return their number.

    Only a crash, or a file that was in use during compaction, leaves them.

    Raises
    ------
    StorageError
        The folder cannot be listed or synced.
    """
    with storage_errors(f"The library '{catalogue.folder.name}'"):
        found = orphans(catalogue)
        if found:
            # The end of the journal may not be on the disk yet: with a loss of power
            # the catalogue would be again as it was, and need these files.
            sync_folder(catalogue.folder)
    num_swept = _delete(found)
    for folder in _folders(catalogue.folder):
        with contextlib.suppress(OSError):  # not empty
            folder.rmdir()
    if num_swept:
        _LOGGER.info("Swept %d files that no commit names.", num_swept)
    return num_swept


@contextlib.contextmanager
def swept_on_failure(catalogue: CatalogueWriter) -> Iterator[None]:
    """Delete the files of a failed commit at once: the disk may be full.

    Those that were there before stay: it is not certain that the commit has failed,
    nor that it has not.
    """
    before = set(_segments(catalogue.folder))
    try:
        yield
    except CbmirError:
        try:
            _delete(path for path in orphans(catalogue) if path not in before)
        except OSError:
            _LOGGER.warning("Left-over files are swept when the library is opened.")
        raise


def _delete(paths: Iterable[Path]) -> int:
    """Delete files; return how many were."""
    num_deleted = 0
    for path in paths:
        try:
            path.unlink()
            num_deleted += 1
        except OSError as error:
            _LOGGER.warning("'%s' could not be deleted: %s", path.name, error.strerror)
    return num_deleted


def orphans(catalogue: FeatureCatalogue) -> list[Path]:
    """Return files of features that the catalogue does not name, and unfinished ones.

    Only who holds the library's lock writes such.
    """
    needed = _lost_names(catalogue)
    unnamed = [path for path in _unnamed(catalogue) if path.name not in needed]
    return [*unnamed, *_unfinished(catalogue.folder)]


def lost_files(catalogue: FeatureCatalogue) -> list[Path]:
    """Return the files of features that a damaged catalogue no longer names in full.

    They may be needed to mend it.
    """
    needed = _lost_names(catalogue)
    return [path for path in _unnamed(catalogue) if path.name in needed]


def _lost_names(catalogue: FeatureCatalogue) -> set[str]:
    known = {segment.number for segment in catalogue.segments()}
    return {f"{number:06d}.h5" for number in catalogue.segment_numbers() - known}


def _unnamed(catalogue: FeatureCatalogue) -> list[Path]:
    named = {
        segment_path(catalogue.folder, segment.extractor.key, segment.number)
        for segment in catalogue.segments()
    }
    return [path for path in _segments(catalogue.folder) if path not in named]


def _segments(library: Path) -> list[Path]:
    return [
        path
        for folder in _folders(library)
        for path in sorted(folder.iterdir())
        if _SEGMENT_NAME.fullmatch(path.name)
    ]


def _unfinished(library: Path) -> list[Path]:
    """Return files that were being written: they have not got their names."""
    beside = (path for path in library.iterdir() if UNFINISHED.fullmatch(path.name))
    within = (
        path
        for folder in _folders(library)
        for path in folder.glob(_UNFINISHED_SEGMENT)
    )
    return [path for path in sorted((*beside, *within)) if not path.is_dir()]


def compact(catalogue: CatalogueWriter, progress: Progress) -> None:
    """Rewrite the features without dead rows, and empty the trash for good.

    Images of archives that were removed are deleted with their records, and damaged
    files in quarantine once every image has its features again. Each
    extractor's features are rewritten in one commit, or stay as they are.

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
    sweep_unnamed(catalogue)
    with storage_errors(f"The library '{catalogue.folder.name}'"):
        drop_backups(catalogue.folder)
        if _is_whole(catalogue):
            _drop_quarantine(catalogue.folder)
    progress(len(extractors), len(extractors))


def _drop_quarantine(library: Path) -> None:
    """Delete what repairs put aside; features of removed images may be among it."""
    quarantine = library / QUARANTINE_FOLDER
    if quarantine.is_dir() and not quarantine.is_symlink():
        shutil.rmtree(quarantine)


def _is_whole(catalogue: FeatureCatalogue) -> bool:
    """Tell whether nothing is left to be mended with what was put aside."""
    default = catalogue.default_extractor()
    return not catalogue.num_missing(default) and not catalogue.self_check()


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


def _folders(library: Path) -> list[Path]:
    """Return the folders of segments; a link could lead to files of others."""
    root = library / FEATURES_FOLDER
    if root.is_symlink():
        return []
    return sorted(
        path for path in root.glob("*") if path.is_dir() and not path.is_symlink()
    )
