import numpy as np
import pytest

from cbmir_gui.features.base import extract_one
from cbmir_gui.features.extractors.lbp import (
    LbpExtractor,
    block_histograms,
    local_binary_patterns,
)


@pytest.mark.parametrize(
    ("pixels", "expected"),
    [
        ([[9, 9, 9], [9, 5, 9], [9, 9, 9]], 0b11111111),
        ([[1, 1, 1], [1, 5, 1], [1, 1, 1]], 0),
        ([[5, 1, 1], [1, 5, 1], [1, 1, 1]], 0b00000001),
        ([[1, 9, 1], [1, 5, 9], [1, 1, 1]], 0b00001010),
        ([[1, 1, 1], [9, 5, 1], [1, 1, 1]], 0b10000000),
    ],
)
def test_patterns_are_the_hand_computed_ones(
    pixels: list[list[int]], expected: int
) -> None:
    assert local_binary_patterns(np.array(pixels, np.float32)).tolist() == [[expected]]


def test_a_flat_image_falls_into_one_bin_per_block() -> None:
    histograms = block_histograms(np.full((50, 50), 7, np.float32)).reshape(9, 59)
    assert (histograms.max(axis=1) == 1).all()
    assert histograms.sum() == 9


def test_noise_falls_mostly_into_the_bin_of_irregular_patterns() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (224, 224)).astype(np.uint8)
    features = extract_one(LbpExtractor(), noise).features[0]
    frequencies = features.reshape(9, 59) ** 2
    assert np.allclose(frequencies.sum(axis=1), 1)
    assert (frequencies.argmax(axis=1) == 58).all()


def test_brightness_does_not_matter() -> None:
    image = np.random.default_rng(1).integers(0, 100, (224, 224)).astype(np.uint8)
    extractor = LbpExtractor()
    dark = extract_one(extractor, image).features
    bright = extract_one(extractor, image + np.uint8(100)).features
    assert np.array_equal(dark, bright)
