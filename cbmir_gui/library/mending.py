"""What a library can mend of itself, without its images; its caller holds the lock.

A copy of the catalogue is made first. A damaged segment, and one whose extractor the
catalogue has lost, is put aside before the catalogue forgets it, so that a crash in
between leaves a segment that is missing.
"""

import contextlib
import logging
from pathlib import Path

from cbmir_gui.core.durability import make_folder, rename_and_sync, storage_errors
from cbmir_gui.library.catalogue_backup import back_up, time_stamp
from cbmir_gui.library.catalogue_changes import CatalogueWriter
from cbmir_gui.library.imported import sweep_unnamed
from cbmir_gui.library.maintenance import QUARANTINE_FOLDER, lost_files
from cbmir_gui.library.segments import segment_path
from cbmir_gui.library.verification import Findings

_LOGGER = logging.getLogger(__name__)


def mend(catalogue: CatalogueWriter, findings: Findings) -> tuple[str, int]:
    """Mend what can be mended without the images.

    Images of archives that no record names are deleted at the end, unless the
    catalogue is damaged still.

    Returns
    -------
    backup : str
        Name of the copy of the catalogue; empty: nothing had to be changed.
    num_set_aside : int
        Files of features that were put into the folder ``quarantine``.

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
    mended = _mend_damage(catalogue, findings) if is_needed else ("", 0)
    sweep_unnamed(catalogue)
    return mended


def _mend_damage(catalogue: CatalogueWriter, findings: Findings) -> tuple[str, int]:
    folder = catalogue.folder
    backup = back_up(folder, f"before-repair-{time_stamp()}")
    num_set_aside = 0
    if findings.catalogue:
        with storage_errors(f"The library '{folder.name}'"):
            num_set_aside += sum(
                _set_aside(folder, path) for path in lost_files(catalogue)
            )
        catalogue.rebuild()
    damaged = [segment for segment, _ in findings.damaged]
    with storage_errors(f"The library '{folder.name}'"):
        num_set_aside += sum(
            _set_aside(folder, segment_path(folder, item.extractor.key, item.number))
            for item in damaged
        )
    if damaged:
        catalogue.drop_segments([segment.number for segment in damaged])
    if findings.misplaced:
        catalogue.place_features(findings.misplaced)
    if not findings.has_default:
        catalogue.choose_default()
    _LOGGER.info("A library was mended; %d files were set aside.", num_set_aside)
    return backup.name, num_set_aside


def _set_aside(library: Path, path: Path) -> bool:
    """Move a file of features out of the way; False where it is missing."""
    target = library / QUARANTINE_FOLDER / f"{path.parent.name}-{path.name}"
    make_folder(target.parent, mode=0o700)
    with contextlib.suppress(FileNotFoundError):
        rename_and_sync(path, target)
        return True
    return False
