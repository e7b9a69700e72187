"""How large an image may claim to be."""

from typing import Any

import dicom_maker
import pytest
import seeds
from dicom_elements import elements
from pydicom.encaps import encapsulate
from pydicom.uid import JPEG2000Lossless

from cbmir_gui.core.errors import DamagedImageError, ImageTooLargeError
from cbmir_gui.imaging.dicom import read_dicom
from cbmir_gui.imaging.limits import (
    MAX_CODED_SAMPLES,
    check_frame_density,
    check_frame_size,
    check_samples,
)
from cbmir_gui.imaging.raster import read_raster


def test_a_large_frame_needs_data() -> None:
    check_frame_density("a.dcm", 4096, 4096, 1)  # of this size, blank images are read
    check_frame_density("a.dcm", 11_000, 11_000, 240_000)
    with pytest.raises(DamagedImageError, match="only 230,000 bytes for them"):
        check_frame_density("a.dcm", 11_000, 11_000, 230_000)


@pytest.mark.parametrize(("width", "height"), [(0, 5), (5, -1)])
def test_an_empty_frame_is_damaged(width: int, height: int) -> None:
    with pytest.raises(DamagedImageError, match="its header says"):
        check_frame_size("a.dcm", width, height)


def test_a_frame_beyond_the_limit_is_refused() -> None:
    with pytest.raises(ImageTooLargeError, match="at most"):
        check_frame_size("a.dcm", 2**14, 2**14)


def test_a_small_stream_of_a_huge_image_is_refused_before_decoding(
    make_dicom: Any,
) -> None:
    small = dicom_maker.compressed(make_dicom(dicom_maker.ramp("u2")), JPEG2000Lossless)
    start = small.index(b"\xff\x4f\xff\x51")
    stream = bytearray(small[start:])
    stream[8:16] = (11_000).to_bytes(4, "big") * 2  # Xsiz, Ysiz
    stream[24:32] = (11_000).to_bytes(4, "big") * 2  # XTsiz, YTsiz
    data = make_dicom(
        dicom_maker.ramp("u2"),
        JPEG2000Lossless,
        pixel_data=encapsulate([bytes(stream)]),
        Rows=11_000,
        Columns=11_000,
    )
    with pytest.raises(DamagedImageError, match="11,000 x 11,000 pixels, but there"):
        read_dicom(data, "a.dcm")


def test_a_frame_that_its_codec_cannot_decode_in_time_is_refused() -> None:
    check_samples("a.dcm", MAX_CODED_SAMPLES, MAX_CODED_SAMPLES)
    with pytest.raises(ImageTooLargeError, match="Export it uncompressed"):
        check_samples("a.dcm", MAX_CODED_SAMPLES + 1, MAX_CODED_SAMPLES)


def test_a_small_png_of_a_huge_image_is_refused_before_decoding() -> None:
    png = seeds.seeds()["png"]
    huge = png[:16] + (11_000).to_bytes(4, "big") * 2 + png[24:]
    with pytest.raises(DamagedImageError, match="only 158 bytes"):
        read_raster(huge, "a.png", "PNG")


def test_the_walk_through_elements_finds_what_pydicom_wrote() -> None:
    tags = [element.tag for element in elements(seeds.seeds()["ct"])]
    assert tags[0] == 0x00020000
    assert {0x00280010, 0x00280011, 0x00281050, 0x7FE00010} <= set(tags)
    assert tags == sorted(tags)
