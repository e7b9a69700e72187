"""A file's bytes, and the format that they (not the suffix) say it has."""

import mmap
import stat
import struct
from pathlib import Path

from cbmir_gui.core.errors import FileAccessError, ImageTooLargeError
from cbmir_gui.imaging.limits import MAX_FILE_BYTES

FileBytes = bytes | mmap.mmap

MAP_FROM_BYTES = 2**28
"""Larger files are mapped: a multi-frame file must not be in memory twice."""

_SIGNATURES = (
    (128, b"DICM", "DICOM"),  # first: its preamble may be the header of a TIFF
    (0, b"\x89PNG\r\n\x1a\n", "PNG"),
    (0, b"\xff\xd8\xff", "JPEG"),
    (0, b"II*\0", "TIFF"),
    (0, b"MM\0*", "TIFF"),
    (0, b"II+\0", "TIFF"),
    (0, b"MM\0+", "TIFF"),
    (0, b"BM", "BMP"),
)
_OTHER_KINDS = (
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"GIF8", "a GIF picture"),
    (b"\x89HDF", "an HDF5 file"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000 picture"),
    (b"SQLite format 3", "a database"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
)


def read_file(path: Path, map_from_bytes: int = MAP_FROM_BYTES) -> FileBytes:
    """Read a whole file, or map it where it is larger than `map_from_bytes`.

    Raises
    ------
    FileAccessError
        It is missing, empty, not a regular file, or may not be read.
    ImageTooLargeError
        More than `MAX_FILE_BYTES`.
    """
    name = path.name
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise FileAccessError(
                name, "it is a folder", "Choose a file, or import the folder."
            )
        if not stat.S_ISREG(status.st_mode):
            raise FileAccessError(name, "it is not a regular file", "Choose a file.")
        if status.st_size == 0:
            raise FileAccessError(
                name, "it is empty (0 bytes)", "Copy or export it again."
            )
        if status.st_size > MAX_FILE_BYTES:
            raise ImageTooLargeError(
                name,
                f"it has {status.st_size:,} bytes, and at most "
                f"{MAX_FILE_BYTES:,} are read",
                "Split it into smaller files.",
            )
        with path.open("rb") as stream:
            if status.st_size > map_from_bytes:
                return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
            return stream.read()
    except OSError as error:
        raise _access_error(name, error) from error
    except ValueError as error:  # a NUL character in the path
        raise FileAccessError(name, "its name is not valid") from error


def _access_error(name: str, error: OSError) -> FileAccessError:
    if isinstance(error, FileNotFoundError):
        return FileAccessError(
            name, "there is no such file", "It may have been moved or deleted."
        )
    if isinstance(error, PermissionError):
        return FileAccessError(
            name,
            "you have no permission to read it",
            "Ask its owner, or copy it to a folder of your own.",
        )
    cause = error.strerror or type(error).__name__
    return FileAccessError(
        name,
        f"the system reports '{cause}'",
        "Check that the disk or network drive is connected.",
    )


def file_format(data: FileBytes) -> str:
    """Return DICOM, PNG, JPEG, TIFF, BMP or WebP; empty for anything else."""
    for offset, signature, name in _SIGNATURES:
        if data[offset : offset + len(signature)] == signature:
            return name
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WebP"
    return "DICOM" if _starts_like_a_data_set(data[:16]) else ""


def _starts_like_a_data_set(head: bytes) -> bool:
    """Whether these are the first elements of a DICOM file without a preamble.

    Such a file starts with group 0002 or 0008, an explicit VR of two capitals or a
    length that is even and small (PS3.5 7.1; ACR-NEMA files are of this kind).
    """
    if len(head) < 8:
        return False
    for order in ("<HHL", ">HHL"):
        group, element, length = struct.unpack(order, head[:8])
        if group not in {0x0002, 0x0004, 0x0008} or element > 0x1200:
            continue
        if head[4:6].isalpha() and head[4:6].isupper():
            return True
        if length % 2 == 0 and length <= 1024:
            return True
    return False


def describe_other(data: FileBytes) -> str:
    """Say in words what a file is that is no image, as far as its start tells."""
    head = data[:512]
    for signature, name in _OTHER_KINDS:
        if head.startswith(signature):
            return name
    printable = sum(byte in b"\t\r\n" or byte >= 32 for byte in head)
    if printable == len(head) and 0x7F not in head:
        is_html = b"<html" in head.lower() or b"<!doctype" in head.lower()
        return "a web page" if is_html else "a text file"
    return "not an image of a known kind"
