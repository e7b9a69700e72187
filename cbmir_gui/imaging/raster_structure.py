"""Walks through PNG, JPEG, BMP and WebP files to their size and their end.

Decoders may fill what a cut-off file lacks with gray and say nothing.
"""

import struct
from collections.abc import Iterator

from cbmir_gui.core.errors import (
    DamagedImageError,
    UnsupportedImageError,
)
from cbmir_gui.imaging.codestreams import jpeg_is_complete, jpeg_size
from cbmir_gui.imaging.content import FileBytes
from cbmir_gui.imaging.frames import choose_frame
from cbmir_gui.imaging.limits import check_frame_density, check_frame_size
from cbmir_gui.imaging.raster_header import COPY_AGAIN, RasterHeader, cut_off
from cbmir_gui.imaging.tiff_header import exif_orientation, read_tiff_header

_DCT_PROCESSES = frozenset({0xC0, 0xC1, 0xC2})
"""Sequential and progressive; lossless and arithmetic JPEG are not read."""
_PNG_ALPHA_COLORS = frozenset({4, 6})
_WEBP_HAS_ALPHA = 0x10


def read_raster_header(
    data: FileBytes, file_name: str, kind: str, frame: int
) -> RasterHeader:
    """Read the header of page `frame` (from 1, or `MIDDLE_FRAME`); check its size.

    Raises
    ------
    DamagedImageError, UnsupportedImageError, ImageTooLargeError
    FrameNotFoundError
        Only TIFF files have more than one page.
    """
    if kind == "TIFF":
        header = read_tiff_header(data, file_name, frame)
    else:
        try:
            header = _READERS[kind](data, file_name)
        except struct.error as error:
            raise cut_off(file_name) from error
        choose_frame(file_name, frame, header.num_frames)
    check_frame_size(file_name, header.width, header.height)
    check_frame_density(file_name, header.width, header.height, len(data))
    return header


def _read_png(data: FileBytes, file_name: str) -> RasterHeader:
    width, height, _, color = struct.unpack_from(">IIBB", data, 16)
    has_alpha, orientation, ended = color in _PNG_ALPHA_COLORS, 1, False
    for name, start, length in _png_chunks(data):
        if start + length + 4 > len(data):
            break
        ended = name == b"IEND"
        has_alpha |= name == b"tRNS" and color == 3
        if name == b"eXIf":
            orientation = exif_orientation(data[start : start + length])
    if not ended:
        raise cut_off(file_name)
    return RasterHeader(
        width, height, has_alpha=has_alpha, orientation=orientation if has_alpha else 1
    )


def _png_chunks(data: FileBytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, start and length of each chunk's data, IEND the last."""
    position, name = 8, b""
    while position + 8 <= len(data) and name != b"IEND":
        length, name = struct.unpack_from(">I4s", data, position)
        yield name, position + 8, length
        position += 12 + length


def _read_jpeg(data: FileBytes, file_name: str) -> RasterHeader:
    size, scan_start = jpeg_size(data)
    if size is None or not jpeg_is_complete(data, size, scan_start):
        raise cut_off(file_name)
    if size.process not in _DCT_PROCESSES or size.bits != 8:
        raise UnsupportedImageError(
            file_name,
            "it is a lossless, arithmetic or 12-bit JPEG",
            "Save it as PNG or as an ordinary JPEG.",
        )
    return RasterHeader(size.width, size.height)


def _read_bmp(data: FileBytes, _file_name: str) -> RasterHeader:
    (header_size,) = struct.unpack_from("<I", data, 14)
    if header_size == 12:
        width, height = struct.unpack_from("<HH", data, 18)
    else:
        width, height = struct.unpack_from("<ii", data, 18)
    return RasterHeader(width, abs(height))  # negative: rows from the top


def _read_webp(data: FileBytes, file_name: str) -> RasterHeader:
    (riff_length,) = struct.unpack_from("<I", data, 4)
    if riff_length + 8 > len(data):
        raise cut_off(file_name)
    kind, start = data[12:16], 20
    if kind == b"VP8X":
        return _read_extended_webp(data, start)
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, start + 6)
        return RasterHeader(width & 0x3FFF, height & 0x3FFF)
    if kind == b"VP8L":
        (packed,) = struct.unpack_from("<I", data, start + 1)
        return RasterHeader(
            (packed & 0x3FFF) + 1,
            (packed >> 14 & 0x3FFF) + 1,
            has_alpha=bool(packed >> 28 & 1),
        )
    raise DamagedImageError(file_name, "its first chunk is unknown", COPY_AGAIN)


def _read_extended_webp(data: FileBytes, start: int) -> RasterHeader:
    flags, width, width_high, height, height_high = struct.unpack_from(
        "<B3xHBHB", data, start
    )
    has_alpha, orientation = bool(flags & _WEBP_HAS_ALPHA), 1
    position = 12
    while has_alpha and position + 8 <= len(data):
        name, length = struct.unpack_from("<4sI", data, position)
        if name == b"EXIF":
            block = data[position + 8 : position + 8 + length]
            orientation = exif_orientation(block.removeprefix(b"Exif\0\0"))
        position += 8 + length + length % 2
    return RasterHeader(
        (width | width_high << 16) + 1,
        (height | height_high << 16) + 1,
        has_alpha=has_alpha,
        orientation=orientation,
    )


_READERS = {
    "PNG": _read_png,
    "JPEG": _read_jpeg,
    "BMP": _read_bmp,
    "WebP": _read_webp,
}
