"""Fingerprints tell copies from other images."""

import numpy as np
import pytest

from cbmir_gui.core.records import ImageArray
from cbmir_gui.imaging.perceptual_hash import (
    HASH_BITS,
    hash_distances,
    perceptual_hash,
)
from cbmir_gui.imaging.thumbnails import shrink
from cbmir_gui.imaging.transforms import compress_as_jpeg


def picture(seed: int, side_px: int = 256) -> ImageArray:
    """Return (side_px, side_px): smooth blobs, as images are."""
    rng = np.random.default_rng(seed)
    x, y = np.meshgrid(*[np.linspace(0, 1, side_px)] * 2)
    total = np.zeros_like(x)
    for _ in range(12):
        center_x, center_y, size = rng.uniform(0.1, 0.9, 3)
        distance = (x - center_x) ** 2 + (y - center_y) ** 2
        total += rng.uniform(-1, 1) * np.exp(-distance / (0.02 * size))
    total -= total.min()
    return np.asarray(total / total.max() * 200 + 20, np.uint8)


def distance(first: ImageArray, second: ImageArray) -> int:
    hashes = np.array([[perceptual_hash(first)], [perceptual_hash(second)]], np.uint64)
    return int(hash_distances(hashes[0], hashes[1])[0, 0])


@pytest.mark.parametrize("seed", range(4))
def test_a_copy_is_near_and_another_image_is_far(seed: int) -> None:
    image = picture(seed)
    lighter = np.asarray(image.astype(int) * 11 // 10 + 5, np.uint8)
    for copy in (shrink(image, 100), compress_as_jpeg(image, 40), lighter):
        assert distance(image, copy) <= 4
    assert distance(image, picture(seed + 100)) > 16


def test_gray_pixels_in_color_have_the_same_fingerprint() -> None:
    image = picture(1)
    assert perceptual_hash(np.dstack([image] * 3)) == perceptual_hash(image)


@pytest.mark.parametrize("shape", [(1, 1), (3, 900), (7, 5, 3)])
def test_any_shape_has_a_fingerprint(shape: tuple[int, ...]) -> None:
    assert 0 <= perceptual_hash(np.full(shape, 9, np.uint8)) < 2**HASH_BITS


def test_distances_count_differing_bits() -> None:
    first = np.array([0, 2**63], np.uint64)
    second = np.array([0b1011, 2**64 - 1, 0], np.uint64)
    assert hash_distances(first, second).tolist() == [[3, 64, 0], [4, 63, 1]]
