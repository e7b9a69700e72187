"""What the failures of SQLite mean to a user."""

import contextlib
import errno
import sqlite3
from collections.abc import Iterator

from cbmir_gui.core.errors import (
    CbmirError,
    LibraryBusyError,
    LibraryDamagedError,
    NotALibraryError,
    StorageError,
)

_RESTORE = (
    "restore the library's whole folder from a backup, or index its images again into "
    "a new library"
)
_ERRNO = {
    sqlite3.SQLITE_FULL: errno.ENOSPC,
    sqlite3.SQLITE_IOERR: errno.EIO,
    sqlite3.SQLITE_READONLY: errno.EROFS,
    sqlite3.SQLITE_PERM: errno.EACCES,
    sqlite3.SQLITE_CANTOPEN: errno.ENOENT,
}


@contextlib.contextmanager
def reading(name: str) -> Iterator[None]:
    """Translate what SQLite raises while the catalogue of library `name` is read."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise _common_error(name, error) or LibraryDamagedError(
            name, f"its catalogue cannot be read ({error})"
        ) from error


@contextlib.contextmanager
def writing(name: str) -> Iterator[None]:
    """Translate what SQLite raises while the catalogue of library `name` is changed."""
    try:
        yield
    except sqlite3.IntegrityError as error:
        cause = f"its catalogue contradicts itself ({error})"
        raise LibraryDamagedError(name, cause) from error
    except sqlite3.DatabaseError as error:
        raise _common_error(name, error) or _storage_error(name, error) from error


def _common_error(name: str, error: sqlite3.DatabaseError) -> CbmirError | None:
    extended_code = getattr(error, "sqlite_errorcode", 0)
    code = extended_code & 0xFF
    is_read = extended_code in {
        sqlite3.SQLITE_IOERR_READ,
        sqlite3.SQLITE_IOERR_SHORT_READ,
        sqlite3.SQLITE_IOERR_LOCK,
        sqlite3.SQLITE_IOERR_RDLOCK,
    }
    if code == sqlite3.SQLITE_NOTADB:
        cause = f"its library.sqlite is no catalogue. If it was one, {_RESTORE}"
        return NotALibraryError(name, cause)
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return LibraryBusyError(name)
    if code == sqlite3.SQLITE_CORRUPT:
        cause = f"its catalogue is broken ({error})"
        return LibraryDamagedError(name, cause, f"If that does not help, {_RESTORE}.")
    if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and not is_read):
        # Also while reading: what a failed commit left must be undone first.
        return _storage_error(name, error)
    return None


def _storage_error(name: str, error: sqlite3.DatabaseError) -> StorageError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    what = f"The library '{name}'"
    if code not in _ERRNO:
        return StorageError(what, str(error))
    return StorageError(what, OSError(_ERRNO[code], str(error)))
