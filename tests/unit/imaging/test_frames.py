from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from cbmir_gui.core.errors import DamagedImageError, FrameNotFoundError
from cbmir_gui.core.records import MIDDLE_FRAME
from cbmir_gui.imaging.dicom import read_dicom
from cbmir_gui.imaging.frames import choose_frame
from cbmir_gui.imaging.reader import read_image


@pytest.mark.parametrize(
    ("num_frames", "middle"), [(1, 1), (2, 1), (3, 2), (10, 5), (75, 38)]
)
def test_no_frame_means_the_middle_one(num_frames: int, middle: int) -> None:
    assert choose_frame("a.dcm", MIDDLE_FRAME, num_frames) == middle


def test_a_named_frame_is_taken() -> None:
    assert [choose_frame("a.dcm", frame, 3) for frame in (1, 2, 3)] == [1, 2, 3]


@pytest.mark.parametrize("frame", [-1, 4])
def test_a_frame_that_is_not_there_is_refused(frame: int) -> None:
    with pytest.raises(FrameNotFoundError, match="Choose a frame from 1 to 3"):
        choose_frame("a.dcm", frame, 3)


def test_the_middle_page_of_a_tiff_is_read_and_named(tmp_path: Path) -> None:
    path = tmp_path / "pages.tif"
    pages = [np.full((4, 6), 50 * number, np.uint8) for number in (1, 2, 3)]
    cv2.imwritemulti(str(path), pages)
    image = read_image(path)
    assert (image.pixels == 100).all()
    assert (image.info.frame, image.info.num_frames) == (2, 3)
    assert image.info.image_id == read_image(path, frame=2).info.image_id


def test_the_middle_frame_of_a_dicom_file_is_read_and_named(make_dicom: Any) -> None:
    stored = np.stack(
        [np.array([[0, peak, 255]], np.uint8) for peak in (10, 20, 30, 40)]
    )
    image = read_dicom(make_dicom(stored, num_frames=4), "a.dcm")
    assert image.pixels[0, 1] == 20
    assert (image.info.frame, image.info.num_frames) == (2, 4)


def test_the_first_frame_stands_for_a_file_whose_middle_one_is_damaged(
    make_dicom: Any, tmp_path: Path
) -> None:
    data = make_dicom(np.full((4, 8, 8), 9, np.uint16), num_frames=4)
    path = tmp_path / "cut.dcm"
    path.write_bytes(data[: -3 * 128])
    assert read_image(path).info.frame == 1
    with pytest.raises(DamagedImageError):
        read_image(path, frame=2)
    path.write_bytes(data[: -4 * 128])
    with pytest.raises(DamagedImageError, match="cut off"):
        read_image(path)
