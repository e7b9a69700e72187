"""One writer of a library at a time, in all processes."""

from pathlib import Path

from cbmir_gui.core.errors import LibraryBusyError, StorageError
from cbmir_gui.core.file_lock import FileLock

LOCK_FILE = "library.lock"


class WriteLock(FileLock):
    """The right to change one library, held until `close`.

    Parameters
    ----------
    folder : Path
        The library.

    Raises
    ------
    LibraryBusyError
        Another process, or another object of this one, holds it.
    StorageError
        The lock file cannot be made.
    """

    def __init__(self, folder: Path) -> None:
        try:
            super().__init__(folder / LOCK_FILE)
        except BlockingIOError as error:
            raise LibraryBusyError(folder.name) from error
        except OSError as error:
            what = f"The lock of the library '{folder.name}'"
            raise StorageError(what, error) from error
