"""Compressed DICOM frames, encoded here with other libraries' encoders."""

import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from pydicom import dcmread
from pydicom.encaps import encapsulate, encapsulate_extended
from pydicom.uid import (
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from cbmir_gui.core.errors import (
    DamagedImageError,
    FrameNotFoundError,
    UnsupportedImageError,
)
from cbmir_gui.core.records import ImageArray
from cbmir_gui.imaging.dicom import read_dicom

DEFLATED_FRAMES = b"1.2.840.10008.1.2.8.1\0"
MPEG2 = "1.2.840.10008.1.2.4.100"


def shown(data: bytes, frame: int = 1) -> ImageArray:
    """Return the pixels of a file's bytes."""
    return read_dicom(data, "a.dcm", frame).pixels


def compressed(data: bytes, syntax: str) -> bytes:
    """Compress an uncompressed file with pydicom's encoders."""
    ds = dcmread(io.BytesIO(data))
    ds.compress(syntax, generate_instance_uid=False)
    stream = io.BytesIO()
    ds.save_as(stream)
    return stream.getvalue()


def jpeg(pixels: NDArray[np.uint8], **options: Any) -> bytes:
    """Encode with Pillow."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=100, **options)
    return stream.getvalue()


@pytest.fixture(scope="module")
def smooth() -> NDArray[np.uint8]:
    """Return 32 x 48 pixels that JPEG keeps within 2 grey levels."""
    return (np.add.outer(np.arange(32), np.arange(48)) * 3).astype(np.uint8)


@pytest.mark.parametrize("syntax", [RLELossless, JPEG2000Lossless, JPEGLSLossless])
@pytest.mark.parametrize("dtype", ["u1", "u2", "i2"])
def test_lossless_codecs_change_nothing(
    make_dicom: Any, syntax: str, dtype: str
) -> None:
    stored = np.arange(3072, dtype=np.int64).astype(dtype).reshape(48, 64)
    plain = make_dicom(stored)
    np.testing.assert_array_equal(shown(compressed(plain, syntax)), shown(plain))


@pytest.mark.parametrize("syntax", [RLELossless, JPEG2000Lossless, JPEGLSLossless])
def test_colours_survive_lossless_codecs(make_dicom: Any, syntax: str) -> None:
    stored = np.arange(9216, dtype=np.uint16).astype(np.uint8).reshape(48, 64, 3)
    data = compressed(make_dicom(stored), syntax)
    np.testing.assert_array_equal(shown(data), stored)


@pytest.mark.parametrize(
    "syntax", [RLELossless, JPEG2000Lossless, JPEGLSLossless, JPEGBaseline8Bit]
)
def test_planes_that_a_header_claims_of_a_compressed_stream_do_not_matter(
    make_dicom: Any, syntax: str
) -> None:
    stored = np.repeat(np.arange(3072, dtype=np.uint8).reshape(32, 32, 3), 2, axis=1)
    if syntax == JPEGBaseline8Bit:
        encoded = encapsulate([jpeg(stored, subsampling=0)])
        data = make_dicom(stored, syntax, pixel_data=encoded)
    else:
        data = compressed(make_dicom(stored), syntax)
    ds = dcmread(io.BytesIO(data))
    shown_as = []
    for planar in (0, 1):
        ds.PlanarConfiguration = planar
        stream = io.BytesIO()
        ds.save_as(stream)
        shown_as.append(shown(stream.getvalue()))
    np.testing.assert_array_equal(*shown_as)


def test_only_the_frame_that_is_asked_for_is_decoded(make_dicom: Any) -> None:
    stored = np.arange(1800, dtype=np.uint8).reshape(3, 20, 30)
    data = compressed(make_dicom(stored, num_frames=3), RLELossless)
    plain = make_dicom(stored, num_frames=3)
    for frame in (1, 2, 3):
        np.testing.assert_array_equal(shown(data, frame), shown(plain, frame))
    with pytest.raises(FrameNotFoundError):
        shown(data, 4)
    # A frame behind a damaged one is still read.
    damaged = data.replace(stored[0].tobytes()[:16], bytes(16), 1)
    np.testing.assert_array_equal(shown(damaged, 3), shown(plain, 3))


def test_an_extended_offset_table_finds_the_frames(
    make_dicom: Any, smooth: NDArray[np.uint8]
) -> None:
    frames = [jpeg(smooth), jpeg(255 - smooth)]
    values, offsets, lengths = encapsulate_extended(frames)
    data = make_dicom(
        np.stack([smooth, smooth]),
        JPEGBaseline8Bit,
        num_frames=2,
        pixel_data=values,
        ExtendedOffsetTable=offsets,
        ExtendedOffsetTableLengths=lengths,
    )
    assert shown(data, 1)[0, 0] < 9
    assert shown(data, 2)[0, 0] > 246


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize(
    "syntax", [JPEGBaseline8Bit, JPEGExtended12Bit, JPEGLosslessSV1]
)
def test_8_bit_jpeg_is_read_whatever_process_is_declared(
    make_dicom: Any, smooth: NDArray[np.uint8], syntax: str, progressive: bool
) -> None:
    encoded = encapsulate([jpeg(smooth, progressive=progressive)])
    data = make_dicom(
        smooth, syntax, pixel_data=encoded, WindowCenter=128, WindowWidth=256
    )
    np.testing.assert_allclose(shown(data), smooth, atol=2)


def test_8_bit_jpeg_in_a_16_bit_object_is_read(
    make_dicom: Any, smooth: NDArray[np.uint8]
) -> None:
    data = make_dicom(
        smooth.astype(np.uint16),
        JPEGBaseline8Bit,
        pixel_data=encapsulate([jpeg(smooth)]),
        WindowCenter=128,
        WindowWidth=256,
    )
    np.testing.assert_allclose(shown(data), smooth, atol=2)


def test_colour_jpeg_becomes_rgb(make_dicom: Any) -> None:
    stored = np.full((16, 16, 3), [200, 100, 50], np.uint8)
    data = make_dicom(
        stored,
        JPEGBaseline8Bit,
        pixel_data=encapsulate([jpeg(stored)]),
        PhotometricInterpretation="YBR_FULL_422",
    )
    np.testing.assert_allclose(shown(data), stored, atol=2)


def test_frames_that_are_deflated_one_by_one_are_read(make_dicom: Any) -> None:
    stored = np.arange(1200, dtype=np.uint8).reshape(2, 20, 30)
    frames = []
    for frame in stored:
        deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        frames.append(deflater.compress(frame.tobytes()) + deflater.flush())
    written = make_dicom(
        stored, JPEGBaseline8Bit, num_frames=2, pixel_data=encapsulate(frames)
    )
    data = written.replace(JPEGBaseline8Bit.encode(), DEFLATED_FRAMES)
    plain = make_dicom(stored, num_frames=2)
    np.testing.assert_array_equal(shown(data, 2), shown(plain, 2))


def test_a_stream_of_another_size_is_refused_before_decoding(
    make_dicom: Any, smooth: NDArray[np.uint8]
) -> None:
    encoded = bytearray(jpeg(smooth))
    struct.pack_into(">HH", encoded, encoded.index(b"\xff\xc0") + 5, 65_500, 65_500)
    data = make_dicom(
        smooth, JPEGBaseline8Bit, pixel_data=encapsulate([bytes(encoded)])
    )
    with pytest.raises(DamagedImageError, match="its pixel data 65500 x 65500"):
        shown(data)


def test_a_stream_that_is_cut_off_is_damaged(
    make_dicom: Any, smooth: NDArray[np.uint8]
) -> None:
    encoded = encapsulate([jpeg(smooth)[:-50]])
    with pytest.raises(DamagedImageError, match="cut off"):
        shown(make_dicom(smooth, JPEGBaseline8Bit, pixel_data=encoded))


def test_a_file_that_ends_in_a_fragment_is_damaged(make_dicom: Any) -> None:
    data = compressed(
        make_dicom(np.arange(600, dtype=np.uint8).reshape(20, 30)), RLELossless
    )
    with pytest.raises(DamagedImageError, match="cut off"):
        shown(data[:-100])


def test_uncompressed_data_declared_as_compressed_are_damaged(make_dicom: Any) -> None:
    data = make_dicom(np.zeros((4, 4), np.uint8))
    declared = data.replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.5\0")
    with pytest.raises(DamagedImageError, match="not compressed as it says"):
        shown(declared)


def test_another_codec_than_declared_is_damaged(
    make_dicom: Any, smooth: NDArray[np.uint8]
) -> None:
    data = make_dicom(smooth, JPEG2000Lossless, pixel_data=encapsulate([jpeg(smooth)]))
    with pytest.raises(DamagedImageError, match="are not 'JPEG 2000"):
        shown(data)


def test_video_is_refused_by_name(make_dicom: Any) -> None:
    data = make_dicom(
        np.zeros((4, 4), np.uint8), MPEG2, pixel_data=encapsulate([bytes(8)])
    )
    with pytest.raises(UnsupportedImageError, match="'MPEG2 Main Profile"):
        shown(data)
