"""Sizes that compressed image streams announce; read before they are decoded."""

import struct
from typing import NamedTuple

from cbmir_gui.imaging.content import FileBytes

_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC} | {0xF7}
"""Every JPEG process, and JPEG-LS."""
_WITHOUT_LENGTH = frozenset(range(0xD0, 0xD8)) | {0x01}
_START_OF_SCAN = 0xDA
_HUFFMAN_TABLE = 0xC4
_END_OF_IMAGE = b"\xff\xd9"


class StreamSize(NamedTuple):
    """What a stream says of itself."""

    width: int
    height: int
    components: int
    bits: int
    process: int
    """Low byte of the start-of-frame marker; 0 for JPEG 2000."""

    @property
    def is_lossy_jpeg(self) -> bool:
        """Baseline, extended or progressive DCT."""
        return self.process in {0xC0, 0xC1, 0xC2}

    @property
    def is_8_bit_lossy_jpeg(self) -> bool:
        """The usual kind of JPEG."""
        return self.is_lossy_jpeg and self.bits == 8

    @property
    def is_lossless_jpeg(self) -> bool:
        """Process 14, with Huffman coding."""
        return self.process == 0xC3

    @property
    def is_possible(self) -> bool:
        """Whether the standards allow this depth: codecs do not ask."""
        if self.is_lossy_jpeg:
            return self.bits in {8, 12}
        return 1 <= self.bits <= (38 if self.process == 0 else 16)


def jpeg_size(stream: FileBytes) -> tuple[StreamSize | None, int]:
    """Return what a JPEG or JPEG-LS stream announces, and where its scans start.

    None and the length of the stream where it has no start of frame (or of scan).
    ITU-T T.81 annex B.
    """
    size = None
    position = 2
    while position + 4 <= len(stream):
        if stream[position] != 0xFF:
            position = stream.find(b"\xff", position)
            if position < 0:
                break
            continue
        marker = stream[position + 1]
        if marker == 0xFF or marker in _WITHOUT_LENGTH:
            position += 1 if marker == 0xFF else 2
            continue
        if marker == _START_OF_SCAN:
            return size, position
        if marker in _START_OF_FRAME and position + 10 <= len(stream):
            bits, height, width, components = struct.unpack_from(
                ">BHHB", stream, position + 4
            )
            size = StreamSize(width, height, components, bits, marker)
        position += 2 + struct.unpack_from(">H", stream, position + 2)[0]
    return size, len(stream)


def jpeg_is_complete(stream: FileBytes, size: StreamSize, scan_start: int) -> bool:
    """Whether the scans may hold the whole image, and an end-of-image follows them.

    Huffman codes have one bit at least: lossless JPEG one code for each sample.
    """
    coded_bits = 8 * (len(stream) - scan_start)
    if size.is_lossless_jpeg and coded_bits < size.width * size.height:
        return False
    return stream.rfind(_END_OF_IMAGE, scan_start) >= 0


def essential_jpeg(stream: bytes) -> bytes:
    """Return a JPEG stream with sound headers and without comments; else nothing.

    Each segment up to the first scan must begin where the last one ends, and there
    must be one frame and a Huffman table. Of application data only a sound Adobe
    segment (colour transform) is kept. Other decoders pass over what they do not know;
    GDCM ends the process.
    """
    kept = [b"\xff\xd8"]
    kinds: list[int] = []
    position = 2
    while position + 5 <= len(stream) and stream[position] == 0xFF:
        marker = stream[position + 1]
        (length,) = struct.unpack_from(">H", stream, position + 2)
        if marker == _START_OF_SCAN:
            num_frames = sum(kind in _START_OF_FRAME for kind in kinds)
            is_sound = num_frames == 1 and _HUFFMAN_TABLE in kinds
            is_sound &= length == 6 + 2 * stream[position + 4]
            return b"".join([*kept, stream[position:]]) if is_sound else b""
        if marker in _WITHOUT_LENGTH or marker < 0xC0 or length < 2:
            return b""
        segment = stream[position : position + 2 + length]
        if not _is_comment(marker) or _is_adobe(segment):
            kept.append(segment)
            kinds.append(marker)
        position += 2 + length
    return b""


def _is_comment(marker: int) -> bool:
    """Whether a segment holds application data or a comment."""
    return 0xE0 <= marker <= 0xEF or marker == 0xFE


def _is_adobe(segment: bytes) -> bool:
    """Whether a segment says which colour transform an Adobe encoder used."""
    return segment[1] == 0xEE and segment[4:9] == b"Adobe" and segment[15:16] <= b"\2"


def jpeg2000_size(stream: FileBytes) -> StreamSize | None:
    """Return what a JPEG 2000 codestream announces, in a JP2 wrapper or not.

    ISO/IEC 15444-1 annex A.5.1 (SIZ).
    """
    start = stream.find(b"\xff\x4f\xff\x51", 0, 4096)
    if start < 0 or len(stream) < start + 43:
        return None
    right, bottom, left, top = struct.unpack_from(">4I", stream, start + 8)
    (components,) = struct.unpack_from(">H", stream, start + 40)
    bits = (stream[start + 42] & 0x7F) + 1
    return StreamSize(right - left, bottom - top, components, bits, 0)
