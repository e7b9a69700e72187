"""One holder at a time, in all processes; the system drops a dead holder's lock."""

import contextlib
import os
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


class FileLock:
    """A lock on a file, held until `close`.

    Parameters
    ----------
    path : Path
        Made if it is not there. Never deleted: two holders could then lock two files
        of one name.

    Raises
    ------
    BlockingIOError
        Another process, or another object of this one, holds it.
    OSError
        The file cannot be made or locked.
    """

    def __init__(self, path: Path) -> None:
        # A link would make a file somewhere else.
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        self._descriptor = os.open(path, flags, 0o600)
        try:
            _lock(self._descriptor)
        except OSError:
            os.close(self._descriptor)
            raise
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


if sys.platform == "win32":

    def _lock(descriptor: int) -> None:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except PermissionError as error:
            raise BlockingIOError(error.errno, error.strerror) from error

    def _unlock(descriptor: int) -> None:
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:

    def _lock(descriptor: int) -> None:
        # flock and not lockf: the latter is lost when any other descriptor of the
        # file is closed, and does not keep out a second holder of this process.
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
