"""Brings a catalogue of an older format to the present one, after a copy of it.

Readers read all formats from 1; only who changes a library upgrades it.
"""

import logging
import sqlite3
import zlib
from collections.abc import Callable
from pathlib import Path

from cbmir_gui.library.catalogue_backup import back_up
from cbmir_gui.library.catalogue_errors import writing
from cbmir_gui.library.catalogue_schema import (
    CHECKSUM_TABLE,
    FORMAT_VERSION,
    format_of,
)
from cbmir_gui.library.patient_keys import group_key

_LOGGER = logging.getLogger(__name__)


def upgrade(connection: sqlite3.Connection, folder: Path) -> None:
    """Bring the catalogue to `FORMAT_VERSION`, in one transaction.

    Parameters
    ----------
    connection
        May write; the caller holds the library's lock.

    Raises
    ------
    StorageError
        The copy or the upgrade cannot be written: the catalogue is as it was.
    """
    version = format_of(connection)
    if version == FORMAT_VERSION:
        return
    back_up(folder, f"format-{version}")
    with writing(folder.name):
        connection.execute("PRAGMA secure_delete = ON")  # no group stays in free pages
        connection.execute("BEGIN IMMEDIATE")
        try:
            for step in range(version, FORMAT_VERSION):
                _STEPS[step](connection)
            connection.execute(f"PRAGMA user_version = {FORMAT_VERSION}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
    _LOGGER.info("A library was upgraded from format %d.", version)


def _add_checksums(connection: sqlite3.Connection) -> None:
    """From 1 to 2: thumbnails have checksums, so that damaged ones are found."""
    connection.execute(CHECKSUM_TABLE)
    # What is no JPEG is damaged as it is.
    rows = connection.execute(
        "SELECT position, jpeg FROM thumbnail WHERE typeof(jpeg) = 'blob'"
    )
    connection.executemany(
        "INSERT INTO thumbnail_checksum VALUES (?, ?)",
        ((position, zlib.crc32(jpeg)) for position, jpeg in rows),
    )


def _hash_groups(connection: sqlite3.Connection) -> None:
    """From 2 to 3: groups, which may be patient ids, are keyed hashes.

    The copy that was made before still has them, until the library is compacted.
    """
    query = "SELECT value FROM setting WHERE name = 'patient_hash_key'"
    keys = connection.execute(query).fetchall()
    groups = connection.execute(
        "SELECT DISTINCT CAST(group_name AS TEXT) FROM image WHERE group_name <> ''"
    ).fetchall()
    try:
        key = bytes.fromhex(keys[0][0])
        changes = [(group_key(group, key), group) for (group,) in groups]
    except (IndexError, TypeError, ValueError) as error:
        raise sqlite3.IntegrityError("it has no valid 'patient_hash_key'") from error
    connection.executemany(
        "UPDATE image SET group_name = ? WHERE CAST(group_name AS TEXT) = ?", changes
    )


_STEPS: dict[int, Callable[[sqlite3.Connection], None]] = {
    1: _add_checksums,
    2: _hash_groups,
}
