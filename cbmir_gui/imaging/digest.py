"""The hash of a file's content, computed once for all frames that are read of it."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from cbmir_gui.imaging.content import FileBytes, read_file

_REMEMBERED_FROM_BYTES = 2**20
"""Hashing a smaller file takes no longer than asking whether it has changed."""

_State = tuple[int, int, int, int]


@dataclass(slots=True)
class _Last:
    """The file that was hashed last."""

    path: str = ""
    state: _State | None = None
    digest: str = ""


_LAST = _Last()


def read_with_digest(path: Path) -> tuple[FileBytes, str]:
    """Return a file's bytes, and their SHA-256 in hex.

    The hash of the last large file is remembered as long as the file is the same: the
    frames of a film are read one by one.

    Raises
    ------
    ImageReadError
        As `read_file`.
    """
    before = _state(path)
    data = read_file(path)
    if before is not None and (_LAST.path, _LAST.state) == (str(path), before):
        return data, _LAST.digest
    digest = hashlib.sha256(data).hexdigest()
    is_large = len(data) >= _REMEMBERED_FROM_BYTES
    if is_large and before is not None and before == _state(path):
        _LAST.path, _LAST.state, _LAST.digest = str(path), before, digest
    return data, digest


def _state(path: Path) -> _State | None:
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return status.st_size, status.st_mtime_ns, status.st_ino, status.st_dev
