"""Whole DICOM files of a few pixels, against values computed by hand."""

import re
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
)

from cbmir_gui.core.errors import (
    DamagedImageError,
    FrameNotFoundError,
    ImageTooLargeError,
    NoPixelDataError,
    UnsupportedImageError,
)
from cbmir_gui.core.records import ImageArray
from cbmir_gui.imaging.dicom import read_dicom


def shown(data: bytes, frame: int = 1, window: str = "first") -> ImageArray:
    """Return the pixels of a file's bytes."""
    return read_dicom(data, "a.dcm", frame, window, as_stored=True).pixels


def item(**attributes: object) -> Dataset:
    """Return a data set."""
    ds = Dataset()
    for keyword, value in attributes.items():
        setattr(ds, keyword, value)
    return ds


def test_the_window_applies_to_rescaled_values(make_dicom: Any) -> None:
    # Stored 0, 1024, 1064, 1200, 4000 are -1024, 0, 40, 176, 2976 Hounsfield units.
    stored = np.array([[0, 1024, 1064, 1200, 4000]], np.uint16)
    data = make_dicom(
        stored, RescaleIntercept=-1024, RescaleSlope=1, WindowCenter=40, WindowWidth=400
    )
    # ((x - 39.5) / 399 + 0.5) * 255, rounded down
    np.testing.assert_array_equal(shown(data), [[0, 102, 127, 214, 255]])


def test_the_window_of_the_caller_replaces_that_of_the_file(make_dicom: Any) -> None:
    stored = np.array([[0, 50, 100]], np.uint16)
    data = make_dicom(stored, WindowCenter=1000, WindowWidth=10)
    np.testing.assert_array_equal(shown(data, window="50.5,101"), [[0, 127, 255]])
    np.testing.assert_array_equal(shown(data, window="minmax"), [[0, 127, 255]])


def test_the_first_valid_of_several_windows_is_used(make_dicom: Any) -> None:
    stored = np.array([[0, 50, 100]], np.uint16)
    data = make_dicom(stored, WindowCenter=[7, 50.5, 9], WindowWidth=[0, 101, 5])
    np.testing.assert_array_equal(shown(data), [[0, 127, 255]])


def test_without_a_window_the_range_of_the_frame_is_shown(make_dicom: Any) -> None:
    stored = np.array([[[-5, 0, 5]], [[100, 300, 200]]], np.int16)
    data = make_dicom(stored, num_frames=2)
    np.testing.assert_array_equal(shown(data, frame=1), [[0, 127, 255]])
    np.testing.assert_array_equal(shown(data, frame=2), [[0, 255, 127]])


def test_padding_does_not_count_unless_the_full_range_is_asked_for(
    make_dicom: Any,
) -> None:
    stored = np.array([[-2000, 0, 50, 100]], np.int16)
    data = make_dicom(stored, PixelPaddingValue=-2000)
    np.testing.assert_array_equal(shown(data), [[0, 0, 127, 255]])
    np.testing.assert_array_equal(shown(data, window="minmax"), [[0, 242, 248, 255]])


def test_a_padding_range_has_two_ends(make_dicom: Any) -> None:
    stored = np.array([[0, 5, 10, 110]], np.uint16)
    data = make_dicom(stored, PixelPaddingValue=0, PixelPaddingRangeLimit=9)
    np.testing.assert_array_equal(shown(data), [[0, 0, 0, 255]])


def test_monochrome1_is_inverted(make_dicom: Any) -> None:
    stored = np.array([[0, 51, 255]], np.uint8)
    data = make_dicom(stored, PhotometricInterpretation="MONOCHROME1")
    np.testing.assert_array_equal(shown(data), [[255, 204, 0]])


@pytest.mark.parametrize(
    ("modality", "image_type", "photometric", "is_inverted"),
    [
        ("PT", ["ORIGINAL", "PRIMARY"], "MONOCHROME2", True),
        ("PT", ["ORIGINAL", "PRIMARY"], "MONOCHROME1", False),
        ("NM", ["ORIGINAL", "PRIMARY", "WHOLE BODY"], "MONOCHROME2", True),
        ("NM", ["DERIVED", "PRIMARY", "RECON TOMO"], "MONOCHROME2", False),
        ("NM", ["DERIVED", "PRIMARY", "RECON GATED TOMO"], "MONOCHROME2", False),
        ("CT", ["ORIGINAL", "PRIMARY"], "MONOCHROME2", False),
    ],
)
def test_uptake_is_dark_where_it_is_read_so(
    make_dicom: Any,
    modality: str,
    image_type: list[str],
    photometric: str,
    is_inverted: bool,
) -> None:
    stored = np.array([[0, 50, 100]], np.uint16)
    data = make_dicom(
        stored,
        Modality=modality,
        ImageType=image_type,
        PhotometricInterpretation=photometric,
        WindowCenter=50.5,
        WindowWidth=101,
    )
    as_stored = shown(data)
    displayed = read_dicom(data, "a.dcm", 1).pixels
    if is_inverted:
        assert displayed[0, 0] > displayed[0, 2]
        np.testing.assert_allclose(displayed, 255.0 - as_stored, atol=1)
    elif photometric == "MONOCHROME1":
        assert displayed[0, 0] > displayed[0, 2]
        np.testing.assert_array_equal(displayed, as_stored)
    else:
        np.testing.assert_array_equal(displayed, as_stored)


@pytest.mark.parametrize("as_stored", [True, False])
def test_a_falling_table_is_not_inverted_again(
    make_dicom: Any, as_stored: bool
) -> None:
    lut = item(LUTDescriptor=[3, 0, 16], LUTData=[65535, 32768, 0])
    lut["LUTDescriptor"].VR = lut["LUTData"].VR = "US"
    stored = np.array([[0, 1, 2]], np.uint16)
    data = make_dicom(stored, Modality="PT", VOILUTSequence=[lut])
    pixels = read_dicom(data, "a.dcm", 1, as_stored=as_stored).pixels
    assert pixels[0, 0] == 255
    assert pixels[0, 2] == 0


def test_a_voi_lut_comes_before_a_window(make_dicom: Any) -> None:
    lut = item(LUTDescriptor=[3, 1, 12], LUTData=[0, 4095, 2048])
    lut["LUTDescriptor"].VR = lut["LUTData"].VR = "US"
    stored = np.array([[0, 1, 2, 3, 9]], np.uint16)
    data = make_dicom(
        stored, VOILUTSequence=Sequence([lut]), WindowCenter=1, WindowWidth=2
    )
    np.testing.assert_array_equal(shown(data), [[0, 0, 255, 127, 127]])


def test_a_modality_lut_need_not_rise(make_dicom: Any) -> None:
    lut = item(LUTDescriptor=[3, 0, 16], LUTData=[100, 500, 300], ModalityLUTType="OD")
    lut["LUTDescriptor"].VR = lut["LUTData"].VR = "US"
    stored = np.array([[0, 1, 2]], np.uint8)
    data = make_dicom(stored, ModalityLUTSequence=Sequence([lut]))
    np.testing.assert_array_equal(shown(data), [[0, 255, 127]])


def test_an_x_ray_lut_that_linearises_the_detector_is_not_for_display(
    make_dicom: Any,
) -> None:
    lut = item(LUTDescriptor=[3, 0, 16], LUTData=[100, 500, 300], ModalityLUTType="OD")
    lut["LUTDescriptor"].VR = lut["LUTData"].VR = "US"
    data = make_dicom(
        np.array([[0, 1, 2]], np.uint8),
        ModalityLUTSequence=Sequence([lut]),
        Modality="XA",
        PixelIntensityRelationship="LOG",
    )
    np.testing.assert_array_equal(shown(data), [[0, 127, 255]])


def test_each_frame_of_an_enhanced_object_has_its_own_window(make_dicom: Any) -> None:
    stored = np.array([[[0, 50, 100]], [[0, 50, 100]]], np.uint16)
    groups = [
        item(
            FrameVOILUTSequence=Sequence([item(WindowCenter=center, WindowWidth=width)])
        )
        for center, width in ((50.5, 101), (100.5, 101))
    ]
    shared = item(
        PixelValueTransformationSequence=Sequence(
            [item(RescaleSlope=2, RescaleIntercept=0, RescaleType="US")]
        )
    )
    data = make_dicom(
        stored,
        num_frames=2,
        PerFrameFunctionalGroupsSequence=Sequence(groups),
        SharedFunctionalGroupsSequence=Sequence([shared]),
    )
    np.testing.assert_array_equal(shown(data, frame=1), [[0, 255, 255]])
    np.testing.assert_array_equal(shown(data, frame=2), [[0, 127, 255]])


def test_each_frame_of_an_enhanced_object_has_its_own_rescaling(
    make_dicom: Any,
) -> None:
    groups = [
        item(
            PixelValueTransformationSequence=Sequence(
                [item(RescaleSlope=slope, RescaleIntercept=-10, RescaleType="US")]
            )
        )
        for slope in (1, 2)
    ]
    window = item(
        FrameVOILUTSequence=Sequence([item(WindowCenter=50.5, WindowWidth=101)])
    )
    data = make_dicom(
        np.array([[[10, 60, 110]], [[5, 30, 55]]], np.uint16),
        num_frames=2,
        PerFrameFunctionalGroupsSequence=Sequence(groups),
        SharedFunctionalGroupsSequence=Sequence([window]),
    )
    np.testing.assert_array_equal(shown(data, frame=1), [[0, 127, 255]])
    np.testing.assert_array_equal(shown(data, frame=2), [[0, 127, 255]])


@pytest.mark.parametrize(
    "syntax",
    [ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian],
)
def test_every_encoding_shows_the_same(
    make_dicom: Any, ramp: NDArray[np.uint16], syntax: str
) -> None:
    np.testing.assert_array_equal(
        shown(make_dicom(ramp, syntax)), shown(make_dicom(ramp))
    )


@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "u4", "i4", "f4", "f8"])
def test_every_depth_is_shown_from_its_smallest_to_its_largest(
    make_dicom: Any, dtype: str
) -> None:
    stored = np.array([[1, 3, 2, 5]], dtype)
    data = make_dicom(stored)
    np.testing.assert_array_equal(shown(data), [[0, 127, 63, 255]])


def test_bits_beyond_those_stored_are_ignored(make_dicom: Any) -> None:
    # 12 bits stored; an overlay stands in the upper four.
    stored = np.array([[0xF000, 0x1FFF, 0x2800]], np.uint16)
    data = make_dicom(stored, BitsStored=12, HighBit=11)
    np.testing.assert_array_equal(shown(data), [[0, 255, 127]])


def test_the_sign_of_12_bits_is_extended(make_dicom: Any) -> None:
    # 0x0800 is -2048, 0x0000 is 0, 0x07FF is 2047.
    stored = np.array([[0x0800, 0x0000, 0x07FF]], np.uint16)
    data = make_dicom(stored, BitsStored=12, HighBit=11, PixelRepresentation=1)
    np.testing.assert_array_equal(shown(data), [[0, 127, 255]])


def test_stored_bits_may_end_at_the_top(make_dicom: Any) -> None:
    stored = np.array([[0x0000, 0xFFFF, 0x8000]], np.uint16)
    data = make_dicom(stored, BitsStored=12, HighBit=15)
    np.testing.assert_array_equal(shown(data), [[0, 255, 127]])


def test_single_bits_are_read_across_bytes(make_dicom: Any) -> None:
    # Two frames of 5 bits: 10110, 01001; the first pixel is the lowest bit.
    bits = np.packbits([1, 0, 1, 1, 0, 0, 1, 0, 0, 1], bitorder="little").tobytes()
    data = make_dicom(
        np.zeros((2, 1, 5), np.uint8),
        num_frames=2,
        pixel_data=bits,
        BitsAllocated=1,
        BitsStored=1,
        HighBit=0,
    )
    np.testing.assert_array_equal(shown(data, 1), [[255, 0, 255, 255, 0]])
    np.testing.assert_array_equal(shown(data, 2), [[0, 255, 0, 0, 255]])


def test_two_samples_of_12_bits_stand_in_three_bytes(make_dicom: Any) -> None:
    # 0x123 and 0xFFF: 23 F1 FF
    data = make_dicom(
        np.zeros((1, 2), np.uint16),
        pixel_data=b"\x23\xf1\xff",
        BitsAllocated=12,
        BitsStored=12,
        HighBit=11,
        WindowCenter=2048,
        WindowWidth=4096,
    )
    np.testing.assert_array_equal(shown(data), [[0x123 * 255 // 4095, 255]])


def test_missing_bits_are_named(make_dicom: Any) -> None:
    data = make_dicom(np.zeros((1, 2), np.uint8), BitsAllocated=None)
    with pytest.raises(DamagedImageError, match=r"does not say .*\(BitsAllocated\)"):
        shown(data)


def test_planes_of_colour_are_put_together(make_dicom: Any) -> None:
    stored = np.array([[[10, 20, 30], [40, 50, 60]]], np.uint8)
    planes = stored.transpose(2, 0, 1).tobytes()
    data = make_dicom(stored, pixel_data=planes, PlanarConfiguration=1)
    np.testing.assert_array_equal(shown(data), stored)


def test_colours_of_16_bits_keep_their_upper_byte(make_dicom: Any) -> None:
    stored = np.array([[[0x1234, 0xABCD, 0xFFFF]]], np.uint16)
    np.testing.assert_array_equal(shown(make_dicom(stored)), [[[0x12, 0xAB, 0xFF]]])


def test_ybr_full_becomes_rgb(make_dicom: Any) -> None:
    # Pure red, green, blue and gray in YCbCr, rounded (PS3.3 C.7.6.3.1.2).
    ybr = [[76, 85, 255], [150, 44, 21], [29, 255, 107], [128, 128, 128]]
    rgb = [[254, 0, 0], [0, 255, 1], [0, 0, 254], [128, 128, 128]]
    data = make_dicom(np.array([ybr], np.uint8), PhotometricInterpretation="YBR_FULL")
    np.testing.assert_allclose(shown(data), [rgb], atol=1)


def test_ybr_full_422_gives_two_pixels_one_colour(make_dicom: Any) -> None:
    data = make_dicom(
        np.zeros((1, 2, 3), np.uint8),
        pixel_data=bytes([76, 150, 85, 255]),
        PhotometricInterpretation="YBR_FULL_422",
    )
    np.testing.assert_allclose(shown(data), [[[254, 0, 0], [255, 74, 74]]], atol=1)


def test_a_wrong_claim_of_subsampling_is_recognised(make_dicom: Any) -> None:
    stored = np.array([[[76, 85, 255], [150, 44, 21]]], np.uint8)
    data = make_dicom(stored, PhotometricInterpretation="YBR_FULL_422")
    np.testing.assert_allclose(shown(data), [[[254, 0, 0], [0, 255, 1]]], atol=1)


def test_what_is_too_long_for_a_code_is_not_passed_on(make_dicom: Any) -> None:
    data = make_dicom(np.zeros((1, 1), np.uint8), PatientComments="x" * 100)
    # The comment's tag becomes that of Body Part Examined.
    misplaced = data.replace(b"\x10\0\0\x40LT", b"\x18\0\x15\0CS")
    assert misplaced != data
    assert read_dicom(misplaced, "a.dcm").info.body_part == ""


def test_a_file_without_a_preamble_is_read(make_dicom: Any) -> None:
    data = make_dicom(np.array([[0, 255]], np.uint8))[132:]
    np.testing.assert_array_equal(shown(data), [[0, 255]])


def test_the_patient_is_described_by_a_digest_only(make_dicom: Any) -> None:
    data = make_dicom(
        np.zeros((1, 1), np.uint8),
        PatientName="CANARY^NAME",
        PatientID="CANARY-ID",
        PatientBirthDate="19700101",
        Modality="CT",
        BodyPartExamined="CHEST",
    )
    info = read_dicom(data, "a.dcm").info
    assert re.fullmatch("[0-9a-f]{64}", info.patient_digest)
    assert "CANARY" not in f"{info!r}"
    assert (info.modality, info.body_part) == ("CT", "CHEST")


def test_a_file_that_names_no_patient_has_no_digest(make_dicom: Any) -> None:
    info = read_dicom(make_dicom(np.zeros((1, 1), np.uint8)), "a.dcm").info
    assert info.patient_digest == ""


@pytest.mark.parametrize("frame", [3, -1])
def test_a_frame_that_is_not_there_is_named(make_dicom: Any, frame: int) -> None:
    data = make_dicom(np.zeros((2, 1, 1), np.uint8), num_frames=2)
    with pytest.raises(FrameNotFoundError, match="Choose a frame from 1 to 2"):
        shown(data, frame)


def test_pixel_data_that_are_cut_off_are_counted(make_dicom: Any) -> None:
    data = make_dicom(np.zeros((10, 10), np.uint16))[:-50]
    with pytest.raises(DamagedImageError, match="200 bytes of pixel data were"):
        shown(data)


def test_a_header_may_not_ask_for_more_pixels_than_the_limit(make_dicom: Any) -> None:
    data = make_dicom(np.zeros((1, 1), np.uint8), Rows=65535, Columns=65535)
    with pytest.raises(ImageTooLargeError, match=r"65,535 x 65,535"):
        shown(data)


def test_an_object_without_pixels_says_what_it_is(make_dicom: Any) -> None:
    data = make_dicom(np.zeros((1, 1), np.uint8), Modality="SR")
    without = data[: data.rindex(b"\xe0\x7f\x10\x00")]
    with pytest.raises(NoPixelDataError, match="holds no pixel data"):
        shown(without)


def test_unknown_colours_are_refused(make_dicom: Any) -> None:
    data = make_dicom(np.zeros((1, 1), np.uint8), PhotometricInterpretation="HSV")
    with pytest.raises(UnsupportedImageError, match="'HSV'"):
        shown(data)


def test_colours_that_are_no_word_of_the_standard_are_not_quoted(
    make_dicom: Any,
) -> None:
    data = make_dicom(np.zeros((1, 1), np.uint8), PhotometricInterpretation="DOE")
    with pytest.raises(UnsupportedImageError, match="'UNKNOWN'"):
        shown(data)


@pytest.mark.parametrize("slope", [b"1e999 ", b"abcdef", b"0     ", b"      "])
def test_a_slope_that_is_no_number_is_ignored(make_dicom: Any, slope: bytes) -> None:
    data = make_dicom(np.array([[0, 255]], np.uint8), RescaleSlope="123456")
    damaged = data.replace(b"123456", slope)
    assert damaged != data
    np.testing.assert_array_equal(shown(damaged), [[0, 255]])
