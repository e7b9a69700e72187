"""Small versions of an image."""

from pathlib import Path

import numpy as np
import pytest

from cbmir_gui.imaging.preview import read_preview
from cbmir_gui.imaging.raster import write_png
from cbmir_gui.imaging.reader import read_image
from cbmir_gui.imaging.thumbnails import make_thumbnail, shrink


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((400, 100), (192, 48)),
        ((100, 400, 3), (48, 192, 3)),
        ((50, 60), (50, 60)),
        ((5000, 3), (192, 1)),
    ],
)
def test_a_thumbnail_keeps_the_aspect_and_never_grows(
    tmp_path: Path, shape: tuple[int, ...], expected: tuple[int, ...]
) -> None:
    path = tmp_path / "thumbnail"
    path.write_bytes(make_thumbnail(np.full(shape, 90, np.uint8)))
    image = read_image(path)
    assert image.info.file_format == "JPEG"
    assert image.pixels.shape == expected
    np.testing.assert_allclose(image.pixels, 90, atol=2)


def test_shrinking_averages_fine_patterns() -> None:
    stripes = np.tile(np.array([0, 255], np.uint8), (64, 32))
    np.testing.assert_allclose(shrink(stripes, 32), 127, atol=1)


def test_a_preview_is_small_but_knows_the_full_size(tmp_path: Path) -> None:
    write_png(tmp_path / "a.png", np.zeros((300, 600), np.uint8))
    image = read_preview(tmp_path / "a.png", max_side_px=100, thumbnail=True)
    assert image.pixels.shape == (50, 100)
    assert (image.info.width, image.info.height) == (600, 300)
    assert image.thumbnail.startswith(b"\xff\xd8")


def test_a_preview_is_the_image_itself_unless_asked_otherwise(tmp_path: Path) -> None:
    write_png(tmp_path / "a.png", np.zeros((30, 60), np.uint8))
    image = read_preview(tmp_path / "a.png")
    assert image.pixels.shape == (30, 60)
    assert image.thumbnail == b""
