"""Blanks what compressed streams hold besides the picture; no length changes.

Comments, application data and whatever follows the end of a stream may hold any text
and decide nothing about a pixel. What a decoder needs of them is kept: the kind of
header (JFIF), and the colour transforms of Adobe and of HP's JPEG-LS.

Each function changes one frame in place, and raises `StreamError` where the stream is
too damaged to be sure of it.

References
----------
JPEG: ITU-T T.81 annex B. JPEG-LS: ITU-T T.87 annex C. JPEG 2000: ISO/IEC 15444-1
annexes A and I. RLE: DICOM PS3.5 annex G.
"""

import re
import struct
from collections.abc import Sequence

_JPEG_START = b"\xff\xd8"
_END = b"\xff\xd9"
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD8)})
_NEEDED_BY_JPEG = frozenset(range(0xC0, 0xE0)) - {
    0xC8,
    0xD8,
    0xD9,
} - _WITHOUT_LENGTH | {0xF7, 0xF8}
"""Frames, scans, tables and their parameters; those of JPEG-LS are F7 and F8."""
_JPEG_SCAN = 0xDA
_JPEG_LS_FRAME = 0xF7
_JPEG_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_JPEG_LS_MARKER = re.compile(rb"\xff[\x80-\xcf\xd8-\xfe]")
_KEPT_APPLICATION_DATA = {
    # kind: how it begins, and what of it matters to a decoder
    0xE0: (b"JFIF\0", slice(0, 0), b"JFIF\0\1\2\0\0\1\0\1\0\0"),
    0xEE: (b"Adobe", slice(11, 12), b"Adobe\0\x64\0\0\0\0"),
    0xE8: (b"mrfx", slice(4, 5), b"mrfx"),
}
_JPEG_2000_START = b"\xff\x4f\xff\x51"
_JPEG_2000_COMMENT = 0x64
_TILE_PART, _TILE_DATA, _CODESTREAM_END = 0x90, 0x93, 0xD9
_KEPT_BOXES = frozenset(
    {b"jP  ", b"ftyp", b"jp2h", b"jp2c", b"ihdr", b"bpcc", b"pclr", b"cmap", b"cdef"}
)
_COLOUR_BOX = b"colr"
_NOTHING = 128
"""As the head of a run it stands for no pixel."""
_RLE_HEADER = struct.Struct("<16L")


class StreamError(ValueError):
    """A stream is not what it should be."""


def blank_jpeg(stream: bytearray) -> None:
    """Blank what is not picture in a JPEG or JPEG-LS stream."""
    if stream[:2] != _JPEG_START:
        raise StreamError("It does not begin as JPEG.")
    position, next_marker = 2, _JPEG_MARKER
    while True:
        found = next_marker.search(stream, position)
        if found is None:
            raise StreamError("It has no end.")
        _blank(stream, position, found.start())
        position, marker = found.end(), stream[found.end() - 1]
        if marker == _END[1]:
            _blank(stream, position, len(stream))
            return
        if marker in _WITHOUT_LENGTH:
            continue
        end = position + _length(stream, position)
        if marker == _JPEG_LS_FRAME:
            next_marker = _JPEG_LS_MARKER
        if marker not in _NEEDED_BY_JPEG:
            _blank_application_data(stream, marker, position + 2, end)
        elif marker == _JPEG_SCAN:
            scan_end = next_marker.search(stream, end)
            end = scan_end.start() if scan_end else len(stream)
        position = end


def _blank_application_data(
    stream: bytearray, marker: int, start: int, end: int
) -> None:
    name, variable, head = _KEPT_APPLICATION_DATA.get(marker, (b"", slice(0), b""))
    segment = bytes(stream[start:end])
    _blank(stream, start, end)
    kept = head + segment[variable]
    if name and segment.startswith(name) and len(kept) <= len(segment):
        stream[start : start + len(kept)] = kept


def blank_jpeg_2000(stream: bytearray) -> None:
    """Blank what is not picture in a JPEG 2000 codestream, in a JP2 wrapper or not."""
    start = stream.find(_JPEG_2000_START, 0, 4096)
    if start < 0:
        raise StreamError("It does not begin as JPEG 2000.")
    if start:
        _blank_boxes(stream, 0, start)
    position, tile_end = start + 2, 0
    while stream[position : position + 1] == b"\xff" and position + 10 <= len(stream):
        marker = stream[position + 1]
        position += 2
        if marker == _CODESTREAM_END:
            break
        if marker == _TILE_PART:
            (size,) = struct.unpack_from(">L", stream, position + 4)
            tile_end = position - 2 + size if size else stream.find(_END, position)
        if marker == _TILE_DATA:
            if tile_end < position:
                raise StreamError("A tile ends before it begins.")
            position = tile_end
            continue
        end = position + _length(stream, position)
        if marker == _JPEG_2000_COMMENT:
            _blank(stream, position + 4, end)  # behind what says whether it is text
        position = end
    if not tile_end:
        raise StreamError("It has no picture.")
    if stream[position : position + 2] == _END:  # the last two bytes
        position += 2
    _blank(stream, position, len(stream))


def _blank_boxes(stream: bytearray, position: int, end: int) -> None:
    """Blank the boxes in which a codestream is wrapped, but for its measures."""
    while position + 8 <= end:
        (length,) = struct.unpack_from(">L", stream, position)
        kind = bytes(stream[position + 4 : position + 8])
        box_end = position + length
        is_codestream = kind == b"jp2c"
        if not is_codestream and not 8 <= length <= end - position:
            raise StreamError("Its boxes do not fit.")
        if is_codestream:
            return
        if kind == b"jp2h":
            _blank_boxes(stream, position + 8, box_end)
        elif kind == _COLOUR_BOX:  # method, precedence, approximation, colour space
            _blank(stream, position + 15, box_end)
        elif kind not in _KEPT_BOXES:
            _blank(stream, position + 8, box_end)
        position = box_end
    _blank(stream, position, end)


def blank_rle(
    stream: bytearray, num_pixels: int, tables: Sequence[bytes], samples: int
) -> None:
    """Blank what is not picture in the segments of a frame.

    Parameters
    ----------
    num_pixels
        Bytes that each segment decodes to.
    tables
        What becomes of each byte of a sample, the highest byte first; 256 values each.
    samples
        Per pixel.
    """
    if len(stream) < _RLE_HEADER.size:
        raise StreamError("It is cut off.")
    num_segments, *offsets = _RLE_HEADER.unpack_from(stream)
    if num_segments != len(tables) * samples or num_segments > len(offsets):
        raise StreamError("It has another number of segments.")
    starts = offsets[:num_segments]
    ends = [*starts[1:], len(stream)]
    if starts != sorted(starts) or not _RLE_HEADER.size <= starts[0] <= ends[-1]:
        raise StreamError("Its segments do not follow each other.")
    _blank(stream, 4 + 4 * num_segments, starts[0])
    for number, (start, end) in enumerate(zip(starts, ends, strict=True)):
        _blank_segment(stream, start, end, num_pixels, tables[number % len(tables)])


def _blank_segment(
    stream: bytearray, position: int, end: int, num_bytes: int, table: bytes
) -> None:
    is_changed = table != bytes(range(256))
    while num_bytes > 0 and position < end:
        head = stream[position]
        position += 1
        if head == _NOTHING:
            continue
        run_end = position + (head + 1 if head < _NOTHING else 1)
        if run_end > end:
            break
        if is_changed:
            stream[position:run_end] = stream[position:run_end].translate(table)
        if head < _NOTHING:
            _blank(stream, position + min(num_bytes, head + 1), run_end)
        num_bytes -= head + 1 if head < _NOTHING else 257 - head
        position = run_end
    if num_bytes > 0:
        raise StreamError("A segment is cut off.")
    if any(stream[position:end]):  # zeros are padding; in a row they would be pixels
        stream[position:end] = bytes((_NOTHING,)) * (end - position)


def _length(stream: bytearray, position: int) -> int:
    """Return how long the segment is whose length stands at `position`."""
    if position + 2 > len(stream):
        raise StreamError("It is cut off.")
    (length,) = struct.unpack_from(">H", stream, position)
    if length < 2 or position + length > len(stream):
        raise StreamError("A segment is longer than the stream.")
    return int(length)


def _blank(stream: bytearray, start: int, end: int) -> None:
    stream[start:end] = bytes(max(0, end - start))
