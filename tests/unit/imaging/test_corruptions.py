import numpy as np
import pytest

from cbmir_gui.core.errors import CbmirError
from cbmir_gui.core.records import ImageArray
from cbmir_gui.imaging.corruptions import (
    CORRUPTIONS,
    Corruption,
    add_border,
    choose_corruptions,
    crop,
    scale_contrast,
    shift_brightness,
)


def noise(*shape: int) -> ImageArray:
    return np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)


def named(name: str) -> Corruption:
    (corruption,) = choose_corruptions(name)
    return corruption


@pytest.mark.parametrize("corruption", CORRUPTIONS, ids=lambda item: item.name)
@pytest.mark.parametrize("shape", [(96, 64), (64, 96, 3), (1, 1), (5, 300, 3)])
def test_any_picture_is_changed_alike_each_time_and_the_input_stays(
    corruption: Corruption, shape: tuple[int, ...]
) -> None:
    pixels = noise(*shape)
    before = pixels.copy()
    first, again = corruption.apply(pixels), corruption.apply(pixels)
    assert np.array_equal(pixels, before)
    assert np.array_equal(first, again)
    assert first.dtype == np.uint8
    assert first.ndim == pixels.ndim
    if min(shape[:2]) > 50:
        # The picture is above the resolution that the shrinking leaves.
        assert first.shape != pixels.shape or (first != pixels).any()


def test_a_small_picture_is_blurred_as_much_as_a_large_one() -> None:
    small = np.zeros((64, 64), np.uint8)
    small[:, 32:] = 200
    large = np.repeat(np.repeat(small, 4, axis=0), 4, axis=1)
    blurred = named("blur").apply(large).reshape(64, 4, 64, 4).mean(axis=(1, 3))
    alike = named("blur").apply(small).astype(float)
    assert 0 < alike[32, 31] < 200
    # 41 if both were blurred over the same number of pixels.
    assert np.abs(blurred - alike).max() < 25


def test_64_px_are_left_of_the_resolution() -> None:
    stripes = np.zeros((256, 256), np.uint8)
    stripes[:, ::2] = 255
    gray = named("resolution").apply(stripes)
    assert gray.shape == (256, 256)
    assert np.ptp(gray) < 3
    tiny = noise(64, 48)
    assert np.array_equal(named("resolution").apply(tiny), tiny)


def test_a_border_surrounds_the_whole_picture() -> None:
    pixels = noise(50, 100, 3)
    framed = add_border(pixels, 255)
    assert framed.shape == (70, 120, 3)
    assert np.array_equal(framed[10:60, 10:110], pixels)
    assert (framed[:10] == 255).all()
    assert (framed[:, 110:] == 255).all()


def test_a_crop_is_a_part_whose_place_depends_on_the_picture() -> None:
    places = set()
    for number in range(8):
        pixels = np.arange(100 * 50).reshape(100, 50).astype(np.uint8)
        pixels[0, 0] = number
        pixels[-1, -1] = 99
        part = crop(pixels)
        assert part.shape == (80, 40)
        windows = np.lib.stride_tricks.sliding_window_view(pixels, (80, 40))
        matches = np.argwhere((windows == part).all(axis=(2, 3)))
        assert len(matches) > 0
        places.add(tuple(matches[0]))
    assert len(places) > 1


def test_tones_move_by_the_stated_amount_and_are_clipped() -> None:
    levels = np.array([[0, 100, 127, 128, 250]], np.uint8)
    assert shift_brightness(levels, 0.2).tolist() == [[51, 151, 178, 179, 255]]
    assert shift_brightness(levels, -0.2).tolist() == [[0, 49, 76, 77, 199]]
    assert scale_contrast(levels, 0.6).tolist() == [[51, 111, 127, 128, 201]]
    assert scale_contrast(levels, 1.5).tolist() == [[0, 86, 127, 128, 255]]


def test_an_unknown_name_lists_what_there_is() -> None:
    assert choose_corruptions("") == ()
    assert choose_corruptions("all") == CORRUPTIONS
    with pytest.raises(CbmirError, match=r"no corruption 'fog'.*all.*blur.*jpeg"):
        choose_corruptions("fog")


def test_names_are_unique() -> None:
    assert len({item.name for item in CORRUPTIONS}) == len(CORRUPTIONS)
