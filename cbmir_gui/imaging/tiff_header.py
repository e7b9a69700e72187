"""The directories of TIFF and BigTIFF files, and of EXIF blocks, which are TIFF.

References
----------
TIFF revision 6.0, section 2; BigTIFF differs in the width of counts and offsets.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from cbmir_gui.core.errors import DamagedImageError
from cbmir_gui.imaging.content import FileBytes
from cbmir_gui.imaging.frames import choose_frame
from cbmir_gui.imaging.raster_header import COPY_AGAIN, RasterHeader, cut_off

MAX_PAGES = 65_536
MAX_ENTRIES = 4_096
_WIDTH, _HEIGHT, _BITS, _PHOTOMETRIC, _ORIENTATION = 256, 257, 258, 262, 274
_WHITE_IS_ZERO = 0
_INTEGER_TYPES = {1: "B", 3: "H", 4: "I", 16: "Q"}

_BEYOND_THE_END = (struct.error, OverflowError)
"""What reading at an offset outside the file raises; the offsets of BigTIFF have 64
bits, more than a position in memory."""

Directory = dict[int, int]
"""Tag -> its first value, for tags of an integer type."""


@dataclass(frozen=True, slots=True)
class _Layout:
    """Struct formats of one flavour of TIFF."""

    order: str
    count: str
    entry: str
    """Tag, type, number of values, bytes of the value or of its offset."""
    offset: str


def read_tiff_header(data: FileBytes, file_name: str, frame: int) -> RasterHeader:
    """Read the directory of page `frame` (from 1, or `MIDDLE_FRAME`).

    Raises
    ------
    DamagedImageError
        A directory lies outside the file, or lacks the size.
    FrameNotFoundError
        The file has fewer pages.
    """
    try:
        pages = list(_directories(data))
    except _BEYOND_THE_END as error:
        raise cut_off(file_name) from error
    if not pages:
        raise DamagedImageError(file_name, "it holds no page", COPY_AGAIN)
    frame = choose_frame(file_name, frame, len(pages))
    page = pages[frame - 1]
    if _WIDTH not in page or _HEIGHT not in page:
        raise DamagedImageError(file_name, "it does not say its size", COPY_AGAIN)
    inverted = page.get(_PHOTOMETRIC) == _WHITE_IS_ZERO and page.get(_BITS, 1) > 8
    return RasterHeader(
        page[_WIDTH],
        page[_HEIGHT],
        frame=frame,
        num_frames=len(pages),
        low_is_white=inverted,
    )


def exif_orientation(block: bytes) -> int:
    """Return the orientation, 1 to 8, of an EXIF block; 1 where it says none."""
    try:
        directory = next(_directories(block), {})
    except _BEYOND_THE_END:
        return 1
    orientation = directory.get(_ORIENTATION, 1)
    return orientation if 1 <= orientation <= 8 else 1


def _directories(data: FileBytes) -> Iterator[Directory]:
    order = "<" if data[:2] == b"II" else ">"
    if data[2:4] in {b"+\0", b"\0+"}:
        layout = _Layout(order, f"{order}Q", f"{order}HHQ8s", f"{order}Q")
        position = 8
    else:
        layout = _Layout(order, f"{order}H", f"{order}HHI4s", f"{order}I")
        position = 4
    (offset,) = struct.unpack_from(layout.offset, data, position)
    seen: set[int] = set()
    while offset and offset not in seen and len(seen) < MAX_PAGES:
        seen.add(offset)
        directory, offset = _read_directory(data, offset, layout)
        yield directory


def _read_directory(
    data: FileBytes, offset: int, layout: _Layout
) -> tuple[Directory, int]:
    """Return a directory, and the offset of the next one."""
    (count,) = struct.unpack_from(layout.count, data, offset)
    position = offset + struct.calcsize(layout.count)
    size = struct.calcsize(layout.entry)
    directory: Directory = {}
    for _ in range(min(count, MAX_ENTRIES)):
        tag, kind, length, inline = struct.unpack_from(layout.entry, data, position)
        position += size
        code = _INTEGER_TYPES.get(kind)
        if code is None:
            continue
        value_size = struct.calcsize(code)
        if length * value_size <= len(inline):
            source, start = inline, 0
        else:
            source = data
            (start,) = struct.unpack(layout.offset, inline)
        if tag in {_WIDTH, _HEIGHT, _BITS, _PHOTOMETRIC, _ORIENTATION}:
            directory[tag] = struct.unpack_from(layout.order + code, source, start)[0]
    (following,) = struct.unpack_from(layout.offset, data, position)
    return directory, following
