"""One writer at a time, in all processes; the system drops a dead writer's lock."""

import contextlib
import errno
import os
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from cbmir_gui.core.errors import LibraryBusyError, StorageError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

LOCK_FILE = "library.lock"


class WriteLock:
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
        # Never deleted: two writers could then lock two files of one name.
        flags = os.O_RDWR | os.O_CREAT
        try:
            self._descriptor = os.open(folder / LOCK_FILE, flags, 0o600)
        except OSError as error:
            raise _lock_error(folder, error) from error
        try:
            _lock(self._descriptor)
        except OSError as error:
            os.close(self._descriptor)
            if error.errno in {errno.EACCES, errno.EAGAIN, errno.EDEADLK}:
                raise LibraryBusyError(folder.name) from error
            raise _lock_error(folder, error) from error
        self._is_held = True

    def __enter__(self) -> Self:
        """Hold the lock in a with statement."""
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Give the lock back."""
        self.close()

    def close(self) -> None:
        """Give the lock back."""
        if self._is_held:
            self._is_held = False
            with contextlib.suppress(OSError):  # closing drops the lock in any case
                _unlock(self._descriptor)
            os.close(self._descriptor)


def _lock_error(folder: Path, error: OSError) -> StorageError:
    what = f"The lock of the library '{folder.name}'"
    return StorageError(what, error.strerror or "input/output error")


if sys.platform == "win32":

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

    def _unlock(descriptor: int) -> None:
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:

    def _lock(descriptor: int) -> None:
        # flock and not lockf: the latter is lost when any other descriptor of the
        # file is closed, and does not keep out a second writer of this process.
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
