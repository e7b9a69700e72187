"""Files that are whole or not there, also after a crash or a power cut."""

import contextlib
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

from cbmir_gui.core.errors import StorageError

_COPY_BYTES = 2**20


@contextlib.contextmanager
def storage_errors(what: str) -> Iterator[None]:
    """Turn an `OSError` of the block into a `StorageError` about `what`."""
    try:
        yield
    except OSError as error:
        raise StorageError(what, error) from error


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut.

    Raises
    ------
    OSError
        The disk reports an error.
    """
    if os.name == "nt":  # folders cannot be opened there; NTFS journals names
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path, mode: int = 0o777) -> None:
    """Make a folder and its parents; only the last one gets `mode`.

    Raises
    ------
    OSError
        It cannot be made.
    """
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(mode=mode, exist_ok=True)
    sync_folder(folder.parent)


def make_private(path: Path) -> None:
    """Let only the user read and change a file or folder of the program's own.

    One that belongs to somebody else, or a file system without permissions, stays as
    it is: it works on, and the user's own folders are private anyway.
    """
    with contextlib.suppress(OSError):
        path.chmod(0o700 if path.is_dir() else 0o600)


def is_writable(path: Path) -> bool:
    """Tell whether a file and its folder may be written to."""
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)


def temporary_name(path: Path) -> Path:
    """Return where a file is written before it gets its name."""
    return path.with_name(path.name + ".new")


def write_and_sync(path: Path, data: bytes | memoryview) -> None:
    """Write a file and wait until the disk has it; a failed one is deleted.

    Raises
    ------
    OSError
        Disk full, or an input/output error.
    """
    try:
        with path.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError:
        with contextlib.suppress(OSError):
            path.unlink()
        raise


def copy_and_sync(source: Path, target: Path) -> None:
    """Copy a file, readable by the user only, so that a crash leaves all or nothing.

    Raises
    ------
    OSError
        Disk full, or an input/output error.
    """
    temporary = temporary_name(target)
    try:
        temporary.unlink(missing_ok=True)
        temporary.touch(mode=0o600)
        with source.open("rb") as original, temporary.open("wb") as copy:
            shutil.copyfileobj(original, copy, _COPY_BYTES)
            copy.flush()
            os.fsync(copy.fileno())
        rename_and_sync(temporary, target)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def rename_and_sync(source: Path, target: Path) -> None:
    """Give a finished file its name, and wait until the disk knows it.

    Raises
    ------
    OSError
        The disk reports an error; `target` may or may not be there.
    """
    source.replace(target)
    sync_folder(target.parent)


def replace_file(path: Path, text: str) -> None:
    """Write a text file so that a crash leaves the old one or the new one.

    Only the user may read it. Of several writers at once, in whatever process, the last
    one's file stays, whole.

    Raises
    ------
    OSError
        Disk full, or an input/output error; the old file or the new one is there.
    """
    writer = f"{os.getpid()}-{threading.get_ident()}"
    temporary = path.with_name(f"{path.name}.{writer}.new")
    try:
        temporary.unlink(missing_ok=True)
        temporary.touch(mode=0o600)
        write_and_sync(temporary, text.encode())
        rename_and_sync(temporary, path)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
