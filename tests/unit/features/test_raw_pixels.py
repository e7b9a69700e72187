import numpy as np

from cbmir_gui.features.base import extract_one
from cbmir_gui.features.extractors.raw_pixels import RawPixelExtractor


def test_a_small_gray_image_is_its_own_feature() -> None:
    image = np.arange(784).reshape(28, 28).astype(np.uint8)
    features = extract_one(RawPixelExtractor(), image).features
    assert np.array_equal(features[0], image.ravel() / np.float32(255))


def test_the_aspect_is_kept_on_black() -> None:
    image = np.full((10, 20, 3), 255, np.uint8)
    square = RawPixelExtractor().preprocess(image)
    assert square[7:21].min() == 1
    assert square[:7].max() == square[21:].max() == 0
