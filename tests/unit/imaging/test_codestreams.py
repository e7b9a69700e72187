"""What compressed streams announce."""

import struct

import pytest

from cbmir_gui.imaging.codestreams import (
    StreamSize,
    essential_jpeg,
    jpeg2000_size,
    jpeg_is_complete,
    jpeg_size,
)

APP0 = b"\xff\xe0" + struct.pack(">H", 6) + b"JFIF"
SCAN = b"\xff\xda" + struct.pack(">H", 8) + bytes(6)


def start_of_frame(marker: int, bits: int) -> bytes:
    """Return a start of frame of 300 x 200 pixels in one component."""
    body = struct.pack(">BHHB", bits, 200, 300, 1) + bytes(3)
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


@pytest.mark.parametrize(("marker", "bits"), [(0xC0, 8), (0xC3, 16), (0xF7, 12)])
def test_every_jpeg_process_announces_its_size(marker: int, bits: int) -> None:
    coded = bytes(300 * 200 // 8)
    stream = b"\xff\xd8" + APP0 + start_of_frame(marker, bits) + SCAN + coded
    stream += b"\xff\xd9"
    size, scan_start = jpeg_size(stream)
    assert size == StreamSize(300, 200, 1, bits, marker)
    assert stream[scan_start : scan_start + 2] == b"\xff\xda"
    assert size is not None
    assert jpeg_is_complete(stream, size, scan_start)
    assert jpeg_is_complete(stream[:-200] + b"\xff\xd9", size, scan_start) == (
        marker != 0xC3
    ), "lossless JPEG needs a bit for each sample"


def test_fill_bytes_between_segments_are_passed_over() -> None:
    stream = b"\xff\xd8\xff\xff\xff" + APP0 + b"\0\0" + start_of_frame(0xC0, 8) + SCAN
    size, _ = jpeg_size(stream)
    assert size is not None
    assert (size.width, size.height) == (300, 200)


def test_an_end_of_image_in_an_embedded_thumbnail_is_not_the_end() -> None:
    thumbnail = b"\xff\xe1" + struct.pack(">H", 6) + b"\xff\xd8\xff\xd9"
    stream = b"\xff\xd8" + thumbnail + start_of_frame(0xC0, 8) + SCAN + b"\x12\x34"
    size, scan_start = jpeg_size(stream)
    assert size is not None
    assert not jpeg_is_complete(stream, size, scan_start)


@pytest.mark.parametrize("stream", [b"", b"\xff\xd8", b"\xff\xd8\xff\xc0", bytes(99)])
def test_a_stream_without_a_frame_announces_nothing(stream: bytes) -> None:
    assert jpeg_size(stream)[0] is None
    assert jpeg2000_size(stream) is None


def test_a_jpeg_2000_size_leaves_out_the_image_offset() -> None:
    siz = struct.pack(">HH8IH", 41, 0, 310, 220, 10, 20, 310, 220, 0, 0, 3)
    stream = b"\xff\x4f\xff\x51" + siz + bytes([11 | 0x80, 1, 1])
    assert jpeg2000_size(stream) == StreamSize(300, 200, 3, 12, 0)


def segment(marker: int, body: bytes) -> bytes:
    """Return a JPEG segment."""
    return bytes([0xFF, marker]) + (len(body) + 2).to_bytes(2, "big") + body


FRAME = segment(0xC3, bytes(9))
TABLE = segment(0xC4, bytes(18))
CODED_SCAN = segment(0xDA, bytes([1, 1, 0, 1, 0, 0])) + b"coded\xff\xd9"
ADOBE = segment(0xEE, b"Adobe" + bytes(6) + b"\1")


def test_comments_and_application_data_are_dropped() -> None:
    comments = segment(0xE0, b"JFIF") + segment(0xFE, b"text")
    stream = b"\xff\xd8" + comments + ADOBE + FRAME + TABLE + CODED_SCAN
    assert essential_jpeg(stream) == b"\xff\xd8" + ADOBE + FRAME + TABLE + CODED_SCAN


@pytest.mark.parametrize(
    "headers",
    [
        b"",
        FRAME + CODED_SCAN,
        TABLE + CODED_SCAN,
        FRAME + FRAME + TABLE + CODED_SCAN,
        FRAME + b"\0" + TABLE + CODED_SCAN,
        FRAME + TABLE + CODED_SCAN[:3],
        FRAME + TABLE + b"\xff\xd8" + CODED_SCAN,
        FRAME + TABLE + segment(0xDA, bytes([3, 1, 0, 1, 0, 0])),
        FRAME + b"\xff\xc4\0\0" + CODED_SCAN,
    ],
)
def test_headers_that_are_not_sound_leave_nothing(headers: bytes) -> None:
    assert essential_jpeg(b"\xff\xd8" + headers) == b""


def test_an_adobe_segment_of_an_unknown_transform_is_dropped() -> None:
    unknown = ADOBE[:-1] + b"\x09"
    stream = b"\xff\xd8" + unknown + FRAME + TABLE + CODED_SCAN
    assert essential_jpeg(stream) == b"\xff\xd8" + FRAME + TABLE + CODED_SCAN
