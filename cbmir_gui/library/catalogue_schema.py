"""The catalogue's tables, and how its file is opened.

::

    library.sqlite      application_id 0x43424D52 ("CBMR"), user_version = format
      setting           name, created, patient_hash_key, default_extractor,
                        previous_extractor (the default before it; may be absent),
                        change_number (grows with each commit)
      image             one row per content and frame; position = library order;
                        group_name is a keyed hash (from format 3 on)
      thumbnail         JPEG of each image
      thumbnail_checksum  CRC-32 of each JPEG (from format 2 on)
      path              the files that hold an image, first found first
      removal           images with a removal are in the trash until compaction
      extractor         who made the features
      segment           the files below features/ that count; others are rubbish
      feature           (image, extractor) -> segment and row
      burned_in         what files say of text in their pixels; made when needed, see
                        `catalogue_origins`

A commit here is the only commit point of a library.
"""

import re
import sqlite3
from pathlib import Path

from cbmir_gui.core.durability import is_writable
from cbmir_gui.core.errors import (
    LibraryDamagedError,
    LibraryNotFoundError,
    LibraryUnreadableError,
    LibraryVersionError,
    NotALibraryError,
)
from cbmir_gui.library.catalogue_errors import reading, writing

CATALOGUE_FILE = "library.sqlite"
_BACKUP = (
    r"library\.sqlite\.(format-[0-9]{1,9}|before-repair-[0-9]{8}T[0-9]{6}Z)\.backup"
)
BACKUP = re.compile(_BACKUP)
"""Names of the copies that `catalogue_backup` makes."""
UNFINISHED = re.compile(rf"library\.sqlite\.new(-journal|-wal|-shm)?|{_BACKUP}\.new")
"""Names of catalogues, and of copies of one, that were being written."""
APPLICATION_ID = 0x43424D52
FORMAT_VERSION = 3
FIRST_WITH_GROUP_KEYS = 3
BUSY_TIMEOUT_S = 30.0

CHECKSUM_TABLE = """
CREATE TABLE thumbnail_checksum (
    position INTEGER PRIMARY KEY REFERENCES image ON DELETE CASCADE,
    crc32 INTEGER NOT NULL
)
"""
_TABLES = f"""
CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE removal (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    token TEXT NOT NULL UNIQUE,
    removed_at TEXT NOT NULL
);
CREATE TABLE image (
    position INTEGER PRIMARY KEY,
    image_id TEXT NOT NULL UNIQUE,
    frame INTEGER NOT NULL,
    num_frames INTEGER NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    file_format TEXT NOT NULL,
    class_name TEXT NOT NULL,
    diagnosis TEXT NOT NULL,
    modality TEXT NOT NULL,
    body_part TEXT NOT NULL,
    group_name TEXT NOT NULL,
    sop_instance_uid TEXT NOT NULL,
    series_instance_uid TEXT NOT NULL,
    study_instance_uid TEXT NOT NULL,
    patient_key TEXT NOT NULL,
    removal INTEGER REFERENCES removal (id)
);
CREATE INDEX image_removal ON image (removal);
CREATE TABLE thumbnail (
    position INTEGER PRIMARY KEY REFERENCES image ON DELETE CASCADE,
    jpeg BLOB NOT NULL
);
{CHECKSUM_TABLE};
CREATE TABLE path (
    id INTEGER PRIMARY KEY,
    position INTEGER NOT NULL REFERENCES image ON DELETE CASCADE,
    path TEXT NOT NULL,
    frame INTEGER NOT NULL,
    size_bytes INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    UNIQUE (path, frame)
);
CREATE INDEX path_position ON path (position);
CREATE TABLE extractor (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    model TEXT NOT NULL,
    layer TEXT NOT NULL,
    feature_dim INTEGER NOT NULL,
    metric TEXT NOT NULL,
    num_classes INTEGER NOT NULL,
    weights_sha256 TEXT NOT NULL
);
CREATE TABLE segment (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    extractor INTEGER NOT NULL REFERENCES extractor (id),
    num_rows INTEGER NOT NULL,
    storage TEXT NOT NULL,
    checksum TEXT NOT NULL,
    size_bytes INTEGER NOT NULL
);
CREATE TABLE feature (
    position INTEGER NOT NULL REFERENCES image ON DELETE CASCADE,
    extractor INTEGER NOT NULL REFERENCES extractor (id),
    segment INTEGER NOT NULL REFERENCES segment (number) ON DELETE CASCADE,
    row INTEGER NOT NULL,
    PRIMARY KEY (position, extractor)
) WITHOUT ROWID;
CREATE INDEX feature_segment ON feature (segment);
"""


def create_tables(path: Path, settings: dict[str, str]) -> None:
    """Make the file of a new catalogue, in one transaction.

    Raises
    ------
    StorageError
        It cannot be written.
    """
    with writing(path.parent.name):
        connection = sqlite3.connect(path, isolation_level=None)
        try:
            connection.execute("PRAGMA synchronous = EXTRA")
            connection.execute("BEGIN IMMEDIATE")
            for statement in _TABLES.split(";"):
                connection.execute(statement)
            connection.executemany(
                "INSERT INTO setting VALUES (?, ?)", sorted(settings.items())
            )
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {FORMAT_VERSION}")
            connection.execute("COMMIT")
        finally:
            connection.close()


def connect_to_read(path: Path) -> sqlite3.Connection:
    """Open a catalogue that this connection never changes.

    Raises
    ------
    LibraryError
        There is none, it is no catalogue, damaged, or of a newer format.
    """
    _require_file(path)
    # A writer that was killed leaves a journal, and only a connection that may write
    # can undo what it describes; so "ro" is for folders that cannot be written to.
    mode = "rw" if is_writable(path) else "ro"
    try:
        connection = _connect(path, f"mode={mode}")
    except LibraryDamagedError as error:
        if mode == "rw":
            raise
        if _has_journal(path):
            raise LibraryUnreadableError(
                path.parent.name,
                "a change was interrupted, and cannot be undone in a read-only folder",
                "Open it once where it may be written to.",
            ) from error
        connection = _connect(path, "mode=ro&immutable=1")  # no locks on this share
    connection.execute("PRAGMA query_only = ON")
    return connection


def connect_to_write(path: Path) -> sqlite3.Connection:
    """Open a catalogue to change it; the caller holds the library's `WriteLock`.

    Raises
    ------
    LibraryError
        There is none, it is no catalogue, damaged, or of a newer format.
    """
    _require_file(path)
    connection = _connect(path, "mode=rw")
    with writing(path.parent.name):
        connection.execute("PRAGMA journal_mode = DELETE")
        # EXTRA is FULL, and also waits until the journal's deletion is on the disk:
        # compaction deletes segments that an undone commit would still name.
        connection.execute("PRAGMA synchronous = EXTRA")
        connection.execute("PRAGMA foreign_keys = ON")
        # Without it, a large transaction locks readers out before its commit.
        connection.execute("PRAGMA cache_spill = OFF")
        connection.execute("PRAGMA secure_delete = ON")
    return connection


def _require_file(path: Path) -> None:
    folder = path.parent
    try:
        if not folder.is_dir():
            raise LibraryNotFoundError(folder.name)
        if not path.is_file():
            raise NotALibraryError(folder.name)
    except OSError as error:
        cause = f"it cannot be opened ({error.strerror})"
        raise NotALibraryError(folder.name, cause) from error


def _has_journal(path: Path) -> bool:
    journal = path.with_name(path.name + "-journal")
    return journal.is_file() and journal.stat().st_size > 0


def _connect(path: Path, options: str) -> sqlite3.Connection:
    name = path.parent.name
    with reading(name):
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?{options}",
            uri=True,
            timeout=BUSY_TIMEOUT_S,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            connection.execute("PRAGMA trusted_schema = OFF")
            _check_format(connection, name)
        except BaseException:
            connection.close()
            raise
    return connection


def format_of(connection: sqlite3.Connection) -> int:
    """Return the format version of an open catalogue."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def _check_format(connection: sqlite3.Connection, name: str) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    version = format_of(connection)
    if application != APPLICATION_ID or version < 1:
        raise NotALibraryError(name, "its library.sqlite is of another program")
    if version > FORMAT_VERSION:
        raise LibraryVersionError(name, FORMAT_VERSION, version)
    # Triggers change what nobody asked for; views, virtual tables (those without a
    # page of their own) and computed columns compute without end.
    (num_foreign,) = connection.execute(
        "SELECT COUNT(*) FROM sqlite_schema WHERE type NOT IN ('table', 'index') "
        "OR name IN (SELECT s.name FROM sqlite_schema s, pragma_table_xinfo(s.name) "
        "WHERE hidden <> 0) OR (type = 'table' AND rootpage = 0)"
    ).fetchone()
    if num_foreign:
        raise NotALibraryError(name, "its catalogue holds triggers, views or the like")
