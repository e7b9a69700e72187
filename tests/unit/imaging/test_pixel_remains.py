"""What pixel data hold besides pixels is gone from a copy; the pixels are the same."""

import io
import struct
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, encapsulate_extended, get_frame
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLSLossless,
    RLELossless,
)

from cbmir_gui.core.errors import DamagedImageError, UnsupportedImageError
from cbmir_gui.core.records import ImageArray
from cbmir_gui.imaging.deidentify import deidentify
from cbmir_gui.imaging.dicom import read_dicom

NAME = b"CANARY^JOHN"
UNCOMPRESSED_FRAMES = b"1.2.840.10008.1.2.1.98"
TWELVE = {"BitsStored": 12, "HighBit": 11}
PLANE = np.arange(2048, dtype=np.uint16).reshape(32, 64)


def shown(data: bytes, frame: int = 1) -> ImageArray:
    return read_dicom(data, "a.dcm", frame).pixels


def copy_of(data: bytes, tmp_path: Path) -> bytes:
    path = tmp_path / "a.dcm"
    path.write_bytes(data)
    return deidentify(path, b"k" * 32).data


def pixel_data(data: bytes) -> bytes:
    return bytes(pydicom.dcmread(io.BytesIO(data)).PixelData)


def jpeg(pixels: NDArray[Any], *segments: bytes, behind: bytes = b"") -> bytes:
    encoded = bytes(cv2.imencode(".jpg", pixels)[1])
    return encoded[:2] + b"".join(segments) + encoded[2:] + behind


def segment(marker: int, payload: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(payload) + 2) + payload


def edited(data: bytes, **elements: object) -> bytes:
    ds = pydicom.dcmread(io.BytesIO(data))
    for keyword, value in elements.items():
        setattr(ds, keyword, value)
    target = io.BytesIO()
    ds.save_as(target)
    return target.getvalue()


def compressed(data: bytes, syntax: str, **options: Any) -> Dataset:
    ds = pydicom.dcmread(io.BytesIO(data))
    ds.compress(syntax, generate_instance_uid=False, **options)
    return ds


def saved(ds: Dataset) -> bytes:
    target = io.BytesIO()
    ds.save_as(target)
    return target.getvalue()


@pytest.mark.parametrize("odd", [False, True])
def test_nothing_is_left_behind_native_pixels(
    make_dicom: Any, tmp_path: Path, odd: bool
) -> None:
    stored = np.arange(600 - odd, dtype=np.uint16).astype(np.uint8).reshape(1, -1)
    plain = make_dicom(stored)
    data = edited(plain, PixelData=stored.tobytes() + NAME + b" " * (not odd))
    copy = copy_of(data, tmp_path)
    assert b"CANARY" not in copy
    assert pixel_data(copy) == pixel_data(plain)


def test_the_padding_of_big_endian_words_is_blank(
    make_dicom: Any, tmp_path: Path
) -> None:
    stored = np.arange(1, 10, dtype=np.uint8).reshape(3, 3)
    swapped = bytes((2, 1, 4, 3, 6, 5, 8, 7, ord("X"), 9)) + NAME + b" "
    data = make_dicom(stored, ExplicitVRBigEndian, pixel_data=swapped)
    ds = pydicom.dcmread(io.BytesIO(data))
    ds["PixelData"].VR = "OW"
    copy = copy_of(saved(ds), tmp_path)
    assert pixel_data(copy) == bytes((2, 1, 4, 3, 6, 5, 8, 7, 0, 9))


@pytest.mark.parametrize("syntax", [None, ExplicitVRBigEndian])
def test_bits_that_no_pixel_uses_are_cleared(
    make_dicom: Any, tmp_path: Path, syntax: str | None
) -> None:
    options = {"transfer_syntax": syntax} if syntax else {}
    plain = make_dicom(PLANE, **options, **TWELVE)
    copy = copy_of(make_dicom(PLANE | 0x8000, **options, **TWELVE), tmp_path)
    assert pixel_data(copy) == pixel_data(plain)


def test_bits_below_and_above_the_stored_ones_are_cleared(
    make_dicom: Any, tmp_path: Path
) -> None:
    bits = {"BitsStored": 10, "HighBit": 12}
    stored = PLANE % 1024 << 3
    dirty = make_dicom(stored | 0xE005, **bits)
    copy = copy_of(dirty, tmp_path)
    assert pixel_data(copy) == stored.tobytes()
    np.testing.assert_array_equal(shown(copy), shown(dirty))


def test_signs_stay_extended(make_dicom: Any, tmp_path: Path) -> None:
    stored = (PLANE % 600).astype(np.int16) * 4 - 1200
    plain = make_dicom(stored, **TWELVE)
    dirty = make_dicom((stored & 0x0FFF | 0x4000).astype(np.int16), **TWELVE)
    assert pixel_data(copy_of(plain, tmp_path)) == pixel_data(plain)
    assert pixel_data(copy_of(dirty, tmp_path)) == pixel_data(plain)


def test_twelve_bits_in_three_bytes_are_masked(make_dicom: Any, tmp_path: Path) -> None:
    # Two samples 0xABC and 0xDEF, of which 8 bits are stored.
    data = make_dicom(
        np.zeros((1, 2), np.uint8),
        pixel_data=bytes.fromhex("bcfade") + b"X",
        BitsAllocated=12,
        BitsStored=8,
        HighBit=7,
    )
    assert pixel_data(copy_of(data, tmp_path)) == bytes.fromhex("bcf00e") + b"\0"


def test_comments_and_application_data_of_jpeg_are_blank(
    make_dicom: Any, tmp_path: Path
) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (32, 48)).astype(np.uint8)
    frames = [
        jpeg(pixels + shift, segment(0xFE, NAME), segment(0xE1, NAME), behind=NAME)
        for shift in (0, 9)
    ]
    values, offsets, lengths = encapsulate_extended(frames)
    data = make_dicom(
        np.stack([pixels] * 2),
        JPEGBaseline8Bit,
        num_frames=2,
        pixel_data=values,
        ExtendedOffsetTable=offsets,
        ExtendedOffsetTableLengths=lengths,
    )
    copy = copy_of(data, tmp_path)
    assert b"CANARY" not in copy
    ds = pydicom.dcmread(io.BytesIO(copy))
    assert (ds.ExtendedOffsetTable, ds.ExtendedOffsetTableLengths) == (offsets, lengths)
    assert len(ds.PixelData) == len(values)
    for frame in (1, 2):
        np.testing.assert_array_equal(shown(copy, frame), shown(data, frame))


def test_a_stream_in_fragments_is_looked_at_as_one(
    make_dicom: Any, tmp_path: Path
) -> None:
    pixels = np.full((32, 48), 77, np.uint8)
    for has_table in (False, True):
        encoded = encapsulate(
            [jpeg(pixels, segment(0xFE, NAME * n)) for n in (40, 1)],
            fragments_per_frame=3,
            has_bot=has_table,
        )
        data = make_dicom(
            np.stack([pixels] * 2), JPEGBaseline8Bit, num_frames=2, pixel_data=encoded
        )
        copy = copy_of(data, tmp_path)
        assert b"CANARY" not in copy
        assert len(pixel_data(copy)) == len(encoded)
        np.testing.assert_array_equal(shown(copy, 2), shown(data, 2))


def test_colour_transforms_are_kept(make_dicom: Any, tmp_path: Path) -> None:
    pixels = np.zeros((32, 48, 3), np.uint8)
    pixels[..., 0], pixels[:9, :, 1] = 200, 90
    adobe = segment(0xEE, b"Adobe\0\x64DOEJ\0" + NAME)  # transform 0: it is RGB
    encoded = jpeg(pixels)
    encoded = encoded[:2] + adobe + encoded[20:]  # in the place of JFIF
    data = make_dicom(
        pixels,
        JPEGBaseline8Bit,
        pixel_data=encapsulate([encoded]),
        PhotometricInterpretation="YBR_FULL_422",
    )
    copy = copy_of(data, tmp_path)
    assert b"CANARY" not in copy
    assert b"DOEJ" not in copy
    assert b"Adobe" in copy
    np.testing.assert_array_equal(shown(copy), shown(data))


def test_text_in_the_head_of_jfif_is_gone(make_dicom: Any, tmp_path: Path) -> None:
    pixels = np.full((32, 48), 77, np.uint8)
    encoded = jpeg(pixels).replace(b"JFIF\0\1\1\0\0\1\0\1", b"JFIF\0\1\1\0DOEJ")
    data = make_dicom(pixels, JPEGBaseline8Bit, pixel_data=encapsulate([encoded]))
    assert b"DOEJ" in data
    assert b"DOEJ" not in copy_of(data, tmp_path)


def test_jpeg_ls_keeps_its_colour_transform(make_dicom: Any, tmp_path: Path) -> None:
    stored = np.arange(1800, dtype=np.uint16).astype(np.uint8).reshape(20, 30, 3)
    ds = compressed(make_dicom(stored), JPEGLSLossless)
    frame = get_frame(ds.PixelData, 0)
    head = segment(0xE8, b"mrfx\0") + segment(0xFE, NAME) + segment(0xE8, NAME)
    ds.PixelData = encapsulate([frame[:2] + head + frame[2:] + NAME])
    copy = copy_of(saved(ds), tmp_path)
    assert b"CANARY" not in copy
    assert b"mrfx" in copy
    np.testing.assert_array_equal(shown(copy), stored)


@pytest.mark.parametrize("is_wrapped", [False, True])
def test_comments_and_boxes_of_jpeg_2000_are_blank(
    make_dicom: Any, tmp_path: Path, is_wrapped: bool
) -> None:
    stored = np.arange(2048, dtype=np.uint16).reshape(32, 64)
    if is_wrapped:
        frame = bytes(cv2.imencode(".jp2", stored)[1])
        comment = frame.index(b"\xff\x4f")
        box = struct.pack(">L4s", 8 + len(NAME), b"xml ") + NAME
        code = comment - 8
        frame = frame[:code] + box + frame[code:]
        comment += len(box)
    else:
        ds = compressed(make_dicom(stored), JPEG2000Lossless)
        frame, comment = get_frame(ds.PixelData, 0), 0
    size = comment + 4 + struct.unpack_from(">H", frame, comment + 4)[0]
    inserted = segment(0x64, b"\0\1" + NAME)
    if not is_wrapped:
        frame = frame[:size] + inserted + frame[size:]
    data = make_dicom(stored, JPEG2000Lossless, pixel_data=encapsulate([frame + NAME]))
    copy = copy_of(data, tmp_path)
    assert b"CANARY" not in copy
    np.testing.assert_array_equal(shown(copy), shown(data))


def test_what_follows_the_runs_of_rle_is_blank(make_dicom: Any, tmp_path: Path) -> None:
    plain = make_dicom(PLANE, **TWELVE)
    ds = compressed(make_dicom(PLANE | 0x8000, **TWELVE), RLELossless)
    frame = bytearray(get_frame(ds.PixelData, 0))
    frame[40:51] = NAME  # offsets of segments that it has not
    ds.PixelData = encapsulate([bytes(frame) + NAME + b"\0"])
    copy = copy_of(saved(ds), tmp_path)
    assert b"CANARY" not in copy
    again = pydicom.dcmread(io.BytesIO(copy))
    again.decompress()
    assert again.PixelData == pixel_data(plain)


def test_uncompressed_frames_in_fragments_are_cleared(
    make_dicom: Any, tmp_path: Path
) -> None:
    frames = [(PLANE | 0x8000).tobytes() + behind for behind in (b"", NAME + b"\0")]
    # A UID of the same length stands in its place while the file is written.
    data = make_dicom(
        np.stack([PLANE] * 2),
        JPEGBaseline8Bit,
        num_frames=2,
        pixel_data=encapsulate(frames),
        **TWELVE,
    ).replace(JPEGBaseline8Bit.encode(), UNCOMPRESSED_FRAMES)
    copy = copy_of(data, tmp_path)
    assert b"CANARY" not in copy
    for number in (0, 1):
        frame = get_frame(pixel_data(copy), number, number_of_frames=2)
        assert frame.rstrip(b"\0") == PLANE.tobytes().rstrip(b"\0")
        np.testing.assert_array_equal(shown(copy, number + 1), shown(data, number + 1))


def test_tables_of_offsets_that_are_text_are_gone(
    make_dicom: Any, tmp_path: Path
) -> None:
    pixels = np.full((32, 48), 77, np.uint8)
    encoded = encapsulate([jpeg(pixels)], has_bot=False)
    table = b"\xfe\xff\0\xe0" + struct.pack("<L", 12) + NAME + b"\0"
    data = make_dicom(
        pixels,
        JPEGBaseline8Bit,
        pixel_data=table + encoded[8:],
        ExtendedOffsetTable=NAME[:8],
        ExtendedOffsetTableLengths=NAME[:8],
        WindowCenter=128,
        WindowWidth=256,
    )
    copy = copy_of(data, tmp_path)
    assert b"CANARY" not in copy
    assert "ExtendedOffsetTable" not in pydicom.dcmread(io.BytesIO(copy))
    np.testing.assert_array_equal(shown(copy), pixels)


@pytest.mark.parametrize("syntax", [JPEG2000Lossless, JPEGLSLossless])
def test_overlays_among_compressed_pixels_are_refused(
    make_dicom: Any, tmp_path: Path, syntax: str
) -> None:
    def stored_whole(plane: NDArray[np.uint16]) -> bytes:
        ds = compressed(make_dicom(plane), syntax)
        ds.BitsStored, ds.HighBit = 12, 11
        return saved(ds)

    quiet = stored_whole(PLANE)
    np.testing.assert_array_equal(shown(copy_of(quiet, tmp_path)), shown(quiet))
    with pytest.raises(UnsupportedImageError, match="stands in the bits"):
        copy_of(stored_whole(PLANE | np.uint16(0x8000)), tmp_path)


def test_pixels_of_other_kinds_and_in_sequences_are_gone(
    make_dicom: Any, tmp_path: Path
) -> None:
    inner = Dataset()
    inner.add_new(0x7FE00010, "OB", NAME + b"\0")
    data = edited(make_dicom(PLANE.astype(np.float32)), ReferencedImageSequence=[inner])
    ds = pydicom.dcmread(io.BytesIO(data))
    ds.add_new(0x7FE00010, "OB", NAME + b"\0")
    copy = copy_of(saved(ds), tmp_path)
    assert b"CANARY" not in copy
    np.testing.assert_array_equal(shown(copy), shown(data))


def test_a_deflated_file_is_cleared_too(make_dicom: Any, tmp_path: Path) -> None:
    stored = np.arange(600, dtype=np.uint16).astype(np.uint8).reshape(20, 30)
    ds = pydicom.dcmread(io.BytesIO(make_dicom(stored)))
    ds.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    ds.PixelData += NAME + b"\0"
    assert pixel_data(copy_of(saved(ds), tmp_path)) == stored.tobytes()


@pytest.mark.parametrize(
    "encoded",
    [
        NAME,
        b"\xff\xd8",
        b"\xff\xd8\xff\xfe\0\xff" + NAME,
        jpeg(np.zeros((32, 64), np.uint8))[:-2],
    ],
)
def test_a_stream_that_cannot_be_followed_is_refused(
    make_dicom: Any, tmp_path: Path, encoded: bytes
) -> None:
    plane = np.zeros((32, 64), np.uint8)
    data = make_dicom(plane, JPEGBaseline8Bit, pixel_data=encapsulate([encoded]))
    with pytest.raises(DamagedImageError, match="too damaged"):
        copy_of(data, tmp_path)


def test_video_is_refused(make_dicom: Any, tmp_path: Path) -> None:
    plane = np.zeros((32, 64), np.uint8)
    data = make_dicom(
        plane, "1.2.840.10008.1.2.4.102", pixel_data=encapsulate([NAME + b"\0"])
    )
    with pytest.raises(UnsupportedImageError, match="cannot be looked into"):
        copy_of(data, tmp_path)
