"""Copies of a catalogue, made before it is changed in a way that cannot be undone.

::

    library.sqlite.format-1.backup                      before an upgrade
    library.sqlite.before-repair-20261121T101500Z.backup

They hold all that the catalogue held, so compaction, which drops removed images for
good, deletes them.
"""

import logging
from datetime import UTC, datetime
from pathlib import Path

from cbmir_gui.core.durability import copy_and_sync, storage_errors
from cbmir_gui.library.catalogue_schema import BACKUP, CATALOGUE_FILE

_SUFFIX = ".backup"
_LOGGER = logging.getLogger(__name__)


def back_up(library: Path, reason: str) -> Path:
    """Copy the catalogue; the caller holds the library's lock and no transaction.

    Parameters
    ----------
    reason
        Becomes part of the name, as `catalogue_schema.BACKUP` knows it; a copy of the
        same name is replaced.

    Raises
    ------
    StorageError
        The disk is full or fails.
    """
    target = library / f"{CATALOGUE_FILE}.{reason}{_SUFFIX}"
    with storage_errors(f"The backup of the library '{library.name}'"):
        # Byte by byte: a damaged file is not read by SQLite without errors.
        copy_and_sync(library / CATALOGUE_FILE, target)
    _LOGGER.info("The catalogue was copied before it is changed: %s.", reason)
    return target


def time_stamp() -> str:
    """Return the time in UTC as part of a file's name."""
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")


def drop_backups(library: Path) -> None:
    """Delete the copies; what they hold is to be gone for good."""
    for path in library.iterdir():
        # A name that is only like one of these is the user's.
        if BACKUP.fullmatch(path.name):
            path.unlink(missing_ok=True)
