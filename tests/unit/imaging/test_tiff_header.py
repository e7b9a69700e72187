"""Directories of TIFF, BigTIFF and EXIF, damaged ones too."""

import dicom_maker
import numpy as np
import pytest
import seeds

from cbmir_gui.core.errors import DamagedImageError
from cbmir_gui.imaging.raster import read_raster
from cbmir_gui.imaging.tiff_header import exif_orientation, read_tiff_header

OFFSET_AT = 8
"""Where a BigTIFF names its first directory, in 64 bits."""


def test_a_big_tiff_is_read() -> None:
    image = read_raster(seeds.seeds()["tiff big"], "a.tif", "TIFF")
    np.testing.assert_array_equal(image.pixels, dicom_maker.ramp("u1"))


@pytest.mark.parametrize("offset", [2**40, 2**63, 2**64 - 1])
def test_a_directory_beyond_every_memory_is_cut_off(offset: int) -> None:
    data = bytearray(seeds.seeds()["tiff big"])
    data[OFFSET_AT : OFFSET_AT + 8] = offset.to_bytes(8, "little")
    with pytest.raises(DamagedImageError, match="cut off"):
        read_tiff_header(bytes(data), "a.tif", 1)
    assert exif_orientation(bytes(data)) == 1
