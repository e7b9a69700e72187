"""Opens a ZIP archive from outside, once its list of members is known to be short."""

import os
import struct
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO

from cbmir_gui.core.errors import DataError

MAX_MEMBERS = 200_000
MAX_DIRECTORY_BYTES = 2**27
"""Of the list of members, which is read into memory whole."""
_END_RECORD = struct.Struct("<4s4H2LH")
_END_SEARCH_BYTES = _END_RECORD.size + 2**16
_END_RECORD_64 = struct.Struct("<4sQ2H2L4Q")
_END_LOCATOR_64 = struct.Struct("<4sLQL")
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    struct.error,
    UnicodeError,
)
"""What zipfile raises on archives that are not as they should be."""


def open_archive(path: Path) -> zipfile.ZipFile:
    """Open an archive whose list of members is not too long to be read.

    Raises
    ------
    DataError
    """
    try:
        with path.open("rb") as stream:
            num_members, num_bytes = _directory_size(stream)
        if num_members > MAX_MEMBERS or num_bytes > MAX_DIRECTORY_BYTES:
            raise refused(path, f"it holds {num_members:,} files")
        archive = zipfile.ZipFile(path)
    except OSError as error:
        cause = error.strerror or "it cannot be opened"
        raise DataError(
            f"'{path.name}' cannot be read: {cause}. Check that it is there and that "
            f"you may read it."
        ) from error
    except DAMAGE as error:
        raise DataError(
            f"'{path.name}' cannot be read: it is no ZIP archive, or damaged. Copy or "
            f"download it again, or unpack it and add the folder."
        ) from error
    if len(archive.infolist()) > MAX_MEMBERS:
        archive.close()
        raise refused(path, f"it holds {len(archive.infolist()):,} files")
    return archive


def _directory_size(stream: BinaryIO) -> tuple[int, int]:
    """Return what the end record says of the list of members: number and bytes.

    APPNOTE.TXT 4.3.14 to 4.3.16. zipfile reads the list whole, as long as it is.
    """
    size = stream.seek(0, os.SEEK_END)
    start = max(0, size - _END_SEARCH_BYTES)
    stream.seek(start)
    tail = stream.read()
    place = tail.rfind(b"PK\x05\x06")
    if place < 0:
        raise zipfile.BadZipFile
    _, _, _, _, num_members, num_bytes, _, _ = _END_RECORD.unpack_from(tail, place)
    locator = start + place - _END_LOCATOR_64.size
    if locator >= 0:
        stream.seek(locator)
        signature, _, where, _ = _END_LOCATOR_64.unpack(
            stream.read(_END_LOCATOR_64.size)
        )
        if signature == b"PK\x06\x07" and where + _END_RECORD_64.size <= size:
            stream.seek(where)
            record = _END_RECORD_64.unpack(stream.read(_END_RECORD_64.size))
            num_members, num_bytes = record[7], record[8]
    return num_members, num_bytes


def refused(path: Path, cause: str) -> DataError:
    """Return the error of an archive that is beyond a limit as a whole."""
    return DataError(
        f"'{path.name}' is not unpacked: {cause}, more than is accepted of an archive. "
        f"Unpack it yourself, and add its folders one by one."
    )
