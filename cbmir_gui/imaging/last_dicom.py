"""The DICOM file that was parsed last: the frames of a film are read one by one."""

from dataclasses import dataclass, replace

from cbmir_gui.imaging.content import FileBytes
from cbmir_gui.imaging.dicom_file import DicomFile, parse_dicom

_SMALLEST_BYTES = 2**14
"""Parsing less takes no longer than reading one frame."""
_LARGEST_BYTES = 2**22
"""Of data set before the pixel data: parsed, it takes fifty times as much memory."""


@dataclass(slots=True)
class _Last:
    """What was parsed last, without the file's bytes."""

    digest: str = ""
    file: DicomFile | None = None


_LAST = _Last()


def parse_once(data: FileBytes, digest: str, file_name: str) -> DicomFile:
    """Parse a file, unless it is the one that was parsed last.

    Parameters
    ----------
    digest
        SHA-256 of `data`; empty: it is parsed, and not remembered.

    Raises
    ------
    Exception
        As `parse_dicom`.
    """
    if _LAST.file is not None and digest == _LAST.digest:
        return replace(_LAST.file, data=data)
    _LAST.file = None  # before the next is parsed: two would take twice the memory
    file = parse_dicom(data, file_name)
    start = file.pixels.offset if file.pixels is not None else 0
    is_inflated = file.data is not data
    if digest and not is_inflated and _SMALLEST_BYTES <= start <= _LARGEST_BYTES:
        _LAST.digest, _LAST.file = digest, replace(file, data=b"")
    return file
