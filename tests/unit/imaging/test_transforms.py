import numpy as np
import pytest

from cbmir_gui.imaging import transforms


def test_letterbox_keeps_the_aspect_and_pads_with_black() -> None:
    square = transforms.letterbox(np.full((100, 50), 200, np.uint8), 224)
    assert square.shape == (224, 224, 3)
    assert (square[:, 56:168] == 200).all()
    assert (square[:, :56] == 0).all()
    assert (square[:, 168:] == 0).all()


def test_letterbox_of_a_square_of_the_same_size_changes_nothing() -> None:
    image = np.random.default_rng(0).integers(0, 256, (224, 224, 3), np.uint8)
    np.testing.assert_array_equal(transforms.letterbox(image, 224), image)


def test_letterbox_goes_on_in_an_even_background() -> None:
    scan = np.full((100, 50), 255, np.uint8)
    scan[40:60, 15:35] = 30
    scan[0, :5] = 0  # a mark at the edge
    square = transforms.letterbox(scan, 200, continue_background=True)
    assert (square[:, :40] == 255).all()
    assert (square[:, -40:] == 255).all()
    assert (square[100, 100] == 30).all()


@pytest.mark.parametrize("is_flag_set", [True, False])
def test_letterbox_is_black_beside_an_uneven_edge(is_flag_set: bool) -> None:
    radiograph = np.tile(np.arange(200, dtype=np.uint8)[:, np.newaxis], (1, 50))
    square = transforms.letterbox(radiograph, 200, continue_background=is_flag_set)
    assert not square[:, :70].any()


def test_letterbox_survives_a_line_of_one_pixel() -> None:
    for continue_background in (False, True):
        line = np.zeros((1, 5000), np.uint8)
        square = transforms.letterbox(line, 32, continue_background)
        assert square.shape == (32, 32, 3)


def test_shrinking_averages_instead_of_picking() -> None:
    checkers = (np.indices((64, 64)).sum(axis=0) % 2 * 200).astype(np.uint8)
    small = transforms.resize(checkers, 32, 32)
    assert np.abs(small.astype(int) - 100).max() <= 1


def test_gray_of_rgb_is_the_luma() -> None:
    pixel = np.array([[[255, 0, 0]]], np.uint8)
    assert transforms.to_gray(pixel)[0, 0] == 76  # 0.299 * 255


def test_tones_follow_the_formula() -> None:
    pixels = np.array([[0, 128, 255]], np.uint8)
    result = transforms.adjust_tones(pixels, gain=0.5, offset=0.1, gamma=2.0)
    expected = [0.1 * 255, (0.5 * (128 / 255) ** 2 + 0.1) * 255, 0.6 * 255]
    np.testing.assert_allclose(result[0], expected, atol=0.51)


def test_an_identity_map_returns_the_image() -> None:
    image = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    identity = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    np.testing.assert_array_equal(transforms.warp(image, identity, 32, None), image)


def test_lower_resolution_removes_detail_but_keeps_the_size() -> None:
    image = np.random.default_rng(0).integers(0, 256, (128, 96), np.uint8)
    coarse = transforms.lower_resolution(image, 16)
    assert coarse.shape == image.shape
    assert coarse.std() < image.std() / 2


def test_jpeg_keeps_the_channel_order() -> None:
    image = np.zeros((32, 32, 3), np.uint8)
    image[:, :, 0] = 220
    view = transforms.compress_as_jpeg(image, 90)
    assert view[16, 16, 0] > 200
    assert view[16, 16, 2] < 20
