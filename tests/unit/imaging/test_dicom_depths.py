"""Every depth and encoding of samples, against levels computed by hand."""

import io
import struct
from typing import Any

import dicom_maker
import jpeg_writer
import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from pydicom.encaps import encapsulate
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from cbmir_gui.core.errors import DamagedImageError, UnsupportedImageError
from cbmir_gui.core.records import ImageArray
from cbmir_gui.imaging.dicom import read_dicom

ENCAPSULATED_UNCOMPRESSED = "1.2.840.10008.1.2.1.98"


def shown(data: bytes, frame: int = 1, window: str = "first") -> ImageArray:
    """Return the pixels of a file's bytes."""
    return read_dicom(data, "a.dcm", frame, window, as_stored=True).pixels


def allocated(stored: int) -> int:
    """Return the bits that are usually allocated for so many stored ones."""
    return 8 if stored <= 8 else 16 if stored <= 16 else 32


def bits(stored: int, signed: bool) -> dict[str, object]:
    """Return the attributes that describe a depth."""
    return {
        "BitsStored": stored,
        "HighBit": stored - 1,
        "PixelRepresentation": int(signed),
    }


def all_values(stored: int, signed: bool) -> NDArray[Any]:
    """Return 32 x 40 values from the smallest to the largest that fit."""
    low = -(1 << (stored - 1)) if signed else 0
    values = np.linspace(low, low + (1 << stored) - 1, 1280).astype(np.int64)
    kind = "i" if signed else "u"
    return values.astype(f"{kind}{allocated(stored) // 8}").reshape(32, 40)


def changed(data: bytes, **attributes: object) -> bytes:
    """Return a file with other attributes, its pixel data as they are."""
    ds = pydicom.dcmread(io.BytesIO(data))
    for keyword, value in attributes.items():
        setattr(ds, keyword, value)
    stream = io.BytesIO()
    ds.save_as(stream)
    return stream.getvalue()


@pytest.mark.parametrize("stored", range(1, 33))
@pytest.mark.parametrize("signed", [False, True])
def test_every_depth_from_1_to_32_bits(
    make_dicom: Any, stored: int, signed: bool
) -> None:
    low = -(1 << (stored - 1)) if signed else 0
    high = low + (1 << stored) - 1
    middle = (low + high) // 2
    words = np.array([[low, middle, high]], np.int64) & ((1 << stored) - 1)
    data = make_dicom(
        words.astype(f"u{allocated(stored) // 8}"), **bits(stored, signed)
    )
    level = int((middle - low) * 255 / (high - low) + 1e-9)
    np.testing.assert_array_equal(shown(data), [[0, level, 255]])


@pytest.mark.parametrize(
    ("num_bytes", "syntax"),
    [
        (3, ExplicitVRLittleEndian),
        (3, ExplicitVRBigEndian),
        (5, ExplicitVRLittleEndian),
        (7, ExplicitVRBigEndian),
    ],
)
@pytest.mark.parametrize("signed", [False, True])
def test_samples_of_an_odd_number_of_bytes(
    make_dicom: Any, num_bytes: int, syntax: str, signed: bool
) -> None:
    depth = 8 * num_bytes
    low = -(1 << (depth - 1)) if signed else 0
    values = [low, low + (1 << (depth - 1)), low + (1 << depth) - 1]
    order = "big" if syntax == ExplicitVRBigEndian else "little"
    raw = b"".join(value.to_bytes(num_bytes, order, signed=signed) for value in values)
    data = make_dicom(
        np.zeros((1, 3), np.uint32),
        syntax,
        pixel_data=raw,
        BitsAllocated=depth,
        **bits(depth, signed),
    )
    np.testing.assert_array_equal(shown(data), [[0, 127, 255]])


@pytest.mark.parametrize("syntax", [RLELossless, JPEG2000Lossless, JPEGLSLossless])
@pytest.mark.parametrize("stored", [2, 6, 7, 8, 10, 12, 15, 16])
@pytest.mark.parametrize("signed", [False, True])
def test_lossless_codecs_keep_every_depth(
    make_dicom: Any, syntax: str, stored: int, signed: bool
) -> None:
    plain = make_dicom(all_values(stored, signed), **bits(stored, signed))
    data = dicom_maker.compressed(plain, syntax)
    np.testing.assert_array_equal(shown(data), shown(plain))


@pytest.mark.parametrize("syntax", [JPEGLossless, JPEGLosslessSV1])
@pytest.mark.parametrize("stored", [2, 4, 7, 8, 9, 12, 14, 16])
@pytest.mark.parametrize("signed", [False, True])
def test_lossless_jpeg_keeps_every_depth(
    make_dicom: Any, syntax: str, stored: int, signed: bool
) -> None:
    values = all_values(stored, signed)
    plain = make_dicom(values, **bits(stored, signed))
    encoded = encapsulate([jpeg_writer.lossless_jpeg(values, stored)])
    data = make_dicom(values, syntax, pixel_data=encoded, **bits(stored, signed))
    np.testing.assert_array_equal(shown(data), shown(plain))


@pytest.mark.parametrize("wide", [32, 64])
def test_what_the_header_allocates_for_lossless_jpeg_does_not_matter(
    make_dicom: Any, wide: int
) -> None:
    values = all_values(16, signed=False)
    data = make_dicom(
        values,
        JPEGLossless,
        pixel_data=encapsulate([jpeg_writer.lossless_jpeg(values, 16)]),
        BitsAllocated=wide,
    )
    np.testing.assert_array_equal(shown(data), shown(make_dicom(values)))


def test_lossy_jpeg_of_12_bits_is_exact_where_blocks_are_flat(make_dicom: Any) -> None:
    blocks = np.array([[0, 1000], [2048, 4095]], np.uint16)
    values = np.kron(blocks, np.ones((8, 8), np.uint16))
    data = make_dicom(
        values,
        "1.2.840.10008.1.2.4.51",
        pixel_data=encapsulate([jpeg_writer.flat_12_bit_jpeg(blocks)]),
        **bits(12, signed=False),
    )
    expected = (values * (255 / 4095) + 1e-9).astype(np.uint8)
    np.testing.assert_array_equal(shown(data, window="2048,4096"), expected)


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("codec", ["rle", "lossless jpeg", "jpeg2000"])
def test_unused_bits_of_compressed_words_are_ignored(
    make_dicom: Any, codec: str, signed: bool
) -> None:
    values = np.arange(1280, dtype=np.uint16).reshape(32, 40) * 3
    words = values | 0xF000
    if codec == "rle":
        data = dicom_maker.compressed(make_dicom(words), RLELossless)
    elif codec == "jpeg2000":
        data = dicom_maker.compressed(make_dicom(words), JPEG2000Lossless)
    else:
        encoded = encapsulate([jpeg_writer.lossless_jpeg(words, 16)])
        data = make_dicom(words, JPEGLossless, pixel_data=encoded)
    plain = make_dicom(values, **bits(12, signed))
    np.testing.assert_array_equal(
        shown(changed(data, **bits(12, signed))), shown(plain)
    )


def test_frames_in_fragments_may_be_uncompressed(make_dicom: Any) -> None:
    stored = np.arange(2400, dtype=np.uint16).reshape(2, 30, 40)
    data = make_dicom(
        stored,
        ENCAPSULATED_UNCOMPRESSED,
        num_frames=2,
        pixel_data=encapsulate([frame.tobytes() for frame in stored]),
    )
    plain = make_dicom(stored, num_frames=2)
    np.testing.assert_array_equal(shown(data, 2), shown(plain, 2))
    short = make_dicom(
        stored[0],
        ENCAPSULATED_UNCOMPRESSED,
        pixel_data=encapsulate([stored[0].tobytes()[:-10]]),
    )
    with pytest.raises(DamagedImageError, match="cut off"):
        shown(short)


def test_lossless_jpeg_with_damaged_headers_never_reaches_the_codec(
    make_dicom: Any,
) -> None:
    values = all_values(16, signed=False)
    stream = jpeg_writer.lossless_jpeg(values, 16)
    place = stream.index(b"\xff\xc4")
    garbled = stream[:place] + b"garbage" + stream[place:]
    data = make_dicom(values, JPEGLossless, pixel_data=encapsulate([garbled]))
    with pytest.raises(DamagedImageError, match="headers of its JPEG data"):
        shown(data)


def test_application_data_that_codecs_do_not_know_do_no_harm(make_dicom: Any) -> None:
    values = all_values(16, signed=False)
    stream = jpeg_writer.lossless_jpeg(values, 16)
    header = b"\xff\xe0\x00\x10JFIF\0\0\x24\0\0\1\0\1\0\0"  # revision 0.36
    encoded = encapsulate([stream[:2] + header + stream[2:]])
    data = make_dicom(values, JPEGLossless, pixel_data=encoded)
    np.testing.assert_array_equal(shown(data), shown(make_dicom(values)))


def test_lossless_jpeg_of_8_bits_that_is_damaged_says_so(make_dicom: Any) -> None:
    values = all_values(8, signed=False)
    stream = jpeg_writer.lossless_jpeg(values, 8).replace(b"\xff\xc4", b"\xff\xe5")
    data = make_dicom(values, JPEGLossless, pixel_data=encapsulate([stream]))
    with pytest.raises(DamagedImageError, match="lossless JPEG data are damaged"):
        shown(data)


def test_arithmetic_jpeg_is_refused_by_name(make_dicom: Any) -> None:
    values = all_values(8, signed=False)
    stream = jpeg_writer.lossless_jpeg(values, 8).replace(b"\xff\xc3", b"\xff\xcb")
    data = make_dicom(values, JPEGLossless, pixel_data=encapsulate([stream]))
    with pytest.raises(UnsupportedImageError, match="arithmetic or hierarchical"):
        shown(data)


def test_single_bits_of_big_endian_words_are_put_in_order(make_dicom: Any) -> None:
    pixels = [1, 0, 1, 1, 0, 0, 1, 0, 0, 1, 1, 1, 1, 1, 1, 0]
    raw = np.packbits(pixels, bitorder="little").tobytes()
    one_bit = {"BitsAllocated": 1, "BitsStored": 1, "HighBit": 0}
    data = make_dicom(
        np.zeros((1, 16), np.uint16), ExplicitVRBigEndian, 0, raw[::-1], **one_bit
    )
    assert pydicom.dcmread(io.BytesIO(data))["PixelData"].VR == "OW"
    np.testing.assert_array_equal(shown(data), [[255 * pixel for pixel in pixels]])


def test_colours_of_few_bits_are_spread_over_all_levels(make_dicom: Any) -> None:
    stored = np.array([[[0, 7, 15]]], np.uint8)
    data = make_dicom(stored, BitsStored=4, HighBit=3)
    np.testing.assert_array_equal(shown(data), [[[0, 119, 255]]])


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_floats_have_padding_of_their_own(make_dicom: Any, dtype: str) -> None:
    stored = np.array([[-1e9, -2e9, 0, 1, 2]], dtype)
    kind = "Float" if dtype == "f4" else "DoubleFloat"
    padding = {
        f"{kind}PixelPaddingValue": -2e9,
        f"{kind}PixelPaddingRangeLimit": -1e9,
    }
    data = make_dicom(stored, **padding)
    np.testing.assert_array_equal(shown(data), [[0, 0, 0, 127, 255]])


def test_what_is_no_number_does_not_spoil_a_float_image(make_dicom: Any) -> None:
    stored = np.array([[0, 0.5, 1, np.nan, np.inf]], np.float32)
    np.testing.assert_array_equal(shown(make_dicom(stored)), [[0, 127, 255, 0, 255]])


@pytest.mark.parametrize(
    "syntax",
    [ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian],
)
@pytest.mark.parametrize("keyword", ["VOILUTSequence", "ModalityLUTSequence"])
def test_tables_with_a_negative_first_value_in_every_encoding(
    make_dicom: Any, syntax: str, keyword: str
) -> None:
    stored = np.array([[-3, -2, -1, 0, 1, 2]], np.int16)
    lut = dicom_maker.table([0, 100, 1000, 65535], -2)
    data = make_dicom(stored, syntax, **{keyword: [lut]})
    np.testing.assert_array_equal(shown(data), [[0, 0, 0, 3, 255, 255]])


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian])
def test_palettes_with_a_negative_first_value_in_every_encoding(
    make_dicom: Any, syntax: str
) -> None:
    order = ">" if syntax == ExplicitVRBigEndian else "<"
    palette: dict[str, object] = {"PhotometricInterpretation": "PALETTE COLOR"}
    for color in ("Red", "Green", "Blue"):
        prefix = f"{color}PaletteColorLookupTable"
        palette[f"{prefix}Descriptor"] = [4, -2, 16]
        palette[f"{prefix}Data"] = struct.pack(f"{order}4H", 0, 4096, 8192, 65280)
    stored = np.array([[-3, -2, -1, 0, 1, 2]], np.int16)
    reds = shown(make_dicom(stored, syntax, **palette))[0, :, 0]
    np.testing.assert_array_equal(reds, [0, 0, 16, 32, 255, 255])


def test_a_voi_table_of_rescaled_values_begins_below_zero(make_dicom: Any) -> None:
    # Stored values are unsigned, Hounsfield units are not (C.11.2.1.1).
    lut = dicom_maker.table([0, 100, 1000, 65535], -1024)
    data = make_dicom(
        np.array([[0, 1, 2, 3]], np.uint16),
        RescaleSlope=1,
        RescaleIntercept=-1024,
        VOILUTSequence=[lut],
    )
    np.testing.assert_array_equal(shown(data), [[0, 0, 3, 255]])


def test_a_voi_table_may_begin_above_32767(make_dicom: Any) -> None:
    lut = dicom_maker.table([0, 65535], 0)
    lut.LUTDescriptor = [2, 40000, 16]
    data = make_dicom(np.array([[39999, 40001]], np.uint16), VOILUTSequence=[lut])
    np.testing.assert_array_equal(shown(data), [[0, 255]])
