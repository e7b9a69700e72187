"""One writer of a library at a time, in all processes."""

import time
from pathlib import Path

from cbmir_gui.core.errors import LibraryBusyError, StorageError
from cbmir_gui.core.file_lock import FileLock

LOCK_FILE = "library.lock"
PATIENCE_S = 2.0
_POLL_S = 0.02


class WriteLock(FileLock):
    """The right to change one library, held until `close`.

    Parameters
    ----------
    folder : Path
        The library.

    Raises
    ------
    LibraryBusyError
        Another process, or another object of this one, holds it, and did not give it
        back in a moment: most changes take milliseconds, imports take minutes.
    StorageError
        The lock file cannot be made.
    """

    def __init__(self, folder: Path) -> None:
        end_s = time.monotonic() + PATIENCE_S
        while True:
            try:
                super().__init__(folder / LOCK_FILE)
            except BlockingIOError as error:
                if time.monotonic() > end_s:
                    raise LibraryBusyError(folder.name) from error
                time.sleep(_POLL_S)
            except OSError as error:
                what = f"The lock of the library '{folder.name}'"
                raise StorageError(what, error) from error
            else:
                return
