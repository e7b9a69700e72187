"""What a library can mend of itself, without its images; its caller holds the lock.

A copy of the catalogue is made first. A damaged segment is put aside before the
catalogue forgets it, so that a crash in between leaves a segment that is missing.
"""

import contextlib
import logging
from pathlib import Path

from cbmir_gui.core.durability import make_folder, rename_and_sync, storage_errors
from cbmir_gui.library.catalogue_backup import back_up, time_stamp
from cbmir_gui.library.catalogue_changes import CatalogueWriter
from cbmir_gui.library.entries import SegmentInfo
from cbmir_gui.library.segments import segment_path
from cbmir_gui.library.verification import Findings

QUARANTINE_FOLDER = "quarantine"
_LOGGER = logging.getLogger(__name__)


def mend(catalogue: CatalogueWriter, findings: Findings) -> tuple[str, int]:
    """Mend what can be mended without the images.

    Returns
    -------
    backup : str
        Name of the copy of the catalogue; empty: nothing had to be changed.
    num_set_aside : int
        Damaged files that were put into the folder ``quarantine``.

    Raises
    ------
    StorageError
        The disk is full or fails; what was mended stays mended.
    """
    is_needed = (
        findings.catalogue
        or findings.damaged
        or findings.misplaced
        or not findings.has_default
    )
    if not is_needed:
        return "", 0
    backup = back_up(catalogue.folder, f"before-repair-{time_stamp()}")
    if findings.catalogue:
        catalogue.rebuild()
    damaged = [segment for segment, _ in findings.damaged]
    with storage_errors(f"The library '{catalogue.folder.name}'"):
        num_set_aside = sum(_set_aside(catalogue.folder, item) for item in damaged)
    if damaged:
        catalogue.drop_segments([segment.number for segment in damaged])
    if findings.misplaced:
        catalogue.place_features(findings.misplaced)
    if not findings.has_default:
        catalogue.choose_default()
    _LOGGER.info("A library was mended; %d files were set aside.", num_set_aside)
    return backup.name, num_set_aside


def _set_aside(library: Path, segment: SegmentInfo) -> bool:
    """Move a damaged file out of the way; False where it is missing."""
    path = segment_path(library, segment.extractor.key, segment.number)
    target = library / QUARANTINE_FOLDER / f"{path.parent.name}-{path.name}"
    make_folder(target.parent, mode=0o700)
    with contextlib.suppress(FileNotFoundError):
        rename_and_sync(path, target)
        return True
    return False
