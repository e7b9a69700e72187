"""A film is parsed once, whatever else is read between."""

from pathlib import Path

import numpy as np
import pytest
from pydicom.uid import DeflatedExplicitVRLittleEndian

from cbmir_gui.core.errors import DamagedImageError
from cbmir_gui.imaging import last_dicom
from cbmir_gui.imaging.reader import read_image


@pytest.fixture
def film(tmp_path: Path, make_dicom) -> Path:
    """Write two frames behind a long header."""
    path = tmp_path / "film"
    stored = np.array([[[0, 9], [9, 9]], [[9, 0], [9, 9]]], np.uint8)
    data = make_dicom(stored, num_frames=2, TableOfYBreakPoints=[0.0] * 4000)
    path.write_bytes(data)
    return path


def refuse_to_parse(*_arguments: object) -> None:
    raise AssertionError("It is parsed again.")


def test_frames_of_one_file_are_read_from_one_data_set(
    film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = read_image(film, 1), read_image(film, 2)
    monkeypatch.setattr(last_dicom, "parse_dicom", refuse_to_parse)
    for frame, known in ((1, first), (2, second)):
        again = read_image(film, frame)
        np.testing.assert_array_equal(again.pixels, known.pixels)
        assert again.info == known.info
    assert first.pixels[0, 0] == second.pixels[0, 1] == 0


def test_a_file_that_has_changed_is_parsed_anew(film: Path) -> None:
    read_image(film)
    data = film.read_bytes()
    place = data.index(b"\x28\x00\x10\x00US\x02\x00") + 8
    film.write_bytes(data[:place] + b"\x01" + data[place + 1 :])
    assert read_image(film, 1).pixels.shape == (1, 2)


def test_what_is_damaged_is_not_mistaken_for_the_last_file(
    film: Path, tmp_path: Path
) -> None:
    read_image(film)
    (tmp_path / "cut").write_bytes(film.read_bytes()[:400])
    for _ in range(2):
        with pytest.raises(DamagedImageError):
            read_image(tmp_path / "cut")
    assert read_image(film, 1).info.num_frames == 2


def test_the_bytes_of_the_file_are_not_kept(film: Path, tmp_path: Path, make_dicom):
    read_image(film)
    assert last_dicom._LAST.file is not None
    assert last_dicom._LAST.file.data == b""
    inflated = make_dicom(
        np.zeros((2, 2), np.uint8),
        DeflatedExplicitVRLittleEndian,
        TableOfYBreakPoints=[0.0] * 4000,
    )
    (tmp_path / "deflated").write_bytes(inflated)
    read_image(tmp_path / "deflated")
    assert last_dicom._LAST.file is None


def test_a_header_that_would_take_much_memory_is_not_kept(
    film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(last_dicom, "_LARGEST_BYTES", 20_000)
    monkeypatch.setattr(last_dicom, "_LAST", last_dicom._Last())
    read_image(film)
    assert last_dicom._LAST.file is None
