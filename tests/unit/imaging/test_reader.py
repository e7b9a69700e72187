"""One entrance for every file."""

import hashlib
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.uid import DeflatedExplicitVRLittleEndian, RLELossless

from cbmir_gui.core.errors import CbmirError, UnsupportedImageError
from cbmir_gui.imaging import content
from cbmir_gui.imaging.raster import encode_png
from cbmir_gui.imaging.reader import read_image


def test_a_suffix_decides_nothing(tmp_path: Path, make_dicom: Any) -> None:
    stored = np.array([[0, 255]], np.uint8)
    (tmp_path / "a.png").write_bytes(make_dicom(stored))
    (tmp_path / "b.dcm").write_bytes(encode_png(stored))
    assert read_image(tmp_path / "a.png").info.file_format == "DICOM"
    assert read_image(tmp_path / "b.dcm").info.file_format == "PNG"


def test_a_text_file_named_dcm_is_called_a_text_file(tmp_path: Path) -> None:
    path = tmp_path / "report.dcm"
    path.write_text("Patient: DOE^JOHN")
    with pytest.raises(UnsupportedImageError, match="it is a text file") as caught:
        read_image(path)
    assert "DOE" not in str(caught.value)


def test_the_frame_is_part_of_the_image_id(tmp_path: Path, make_dicom: Any) -> None:
    data = make_dicom(np.zeros((2, 1, 1), np.uint8), num_frames=2)
    (tmp_path / "a").write_bytes(data)
    expected = hashlib.sha256(data).hexdigest()
    assert read_image(tmp_path / "a", 1).info.image_id == f"{expected}:1"
    assert read_image(tmp_path / "a", 2).info.image_id == f"{expected}:2"


def test_a_window_that_is_none_is_not_blamed_on_the_file(
    tmp_path: Path, make_dicom: Any
) -> None:
    (tmp_path / "a").write_bytes(make_dicom(np.zeros((1, 1), np.uint8)))
    with pytest.raises(CbmirError, match="The window 'bone' cannot be used"):
        read_image(tmp_path / "a", window="bone")


@pytest.mark.parametrize("kind", ["native", "fragments", "deflated", "png"])
def test_a_mapped_file_shows_what_a_read_one_shows(
    tmp_path: Path, make_dicom: Any, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    stored = np.arange(600, dtype=np.uint8).reshape(2, 300, 1)
    path = tmp_path / "large"
    if kind == "png":
        path.write_bytes(encode_png(stored[0]))
    elif kind == "fragments":
        path.write_bytes(_rle(make_dicom(stored, num_frames=2)))
    else:
        options = (
            {"transfer_syntax": DeflatedExplicitVRLittleEndian}
            if kind == "deflated"
            else {}
        )
        path.write_bytes(make_dicom(stored, num_frames=2, **options))
    frame = 1 if kind == "png" else 2
    expected = read_image(path, frame)
    monkeypatch.setattr(content, "MAP_FROM_BYTES", 0)
    image = read_image(path, frame)
    np.testing.assert_array_equal(image.pixels, expected.pixels)
    assert image.info == expected.info


def _rle(data: bytes) -> bytes:
    ds = dcmread(io.BytesIO(data))
    ds.compress(RLELossless, generate_instance_uid=False)
    stream = io.BytesIO()
    ds.save_as(stream)
    return stream.getvalue()
