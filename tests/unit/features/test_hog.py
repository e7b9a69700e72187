import numpy as np
import pytest

from cbmir_gui.features.base import extract_one
from cbmir_gui.features.extractors.hog import (
    FEATURE_DIM,
    HogExtractor,
    block_features,
    cell_histograms,
)


def ramp(down: float, right: float) -> np.ndarray:
    """Return (128, 128) with the same gradient everywhere."""
    rows, columns = np.mgrid[:128, :128]
    return (down * rows + right * columns).astype(np.float32)


@pytest.mark.parametrize(
    ("down", "right", "shares"),
    [
        # 90 degrees lie in the middle of bin 4; 0 and 180 halfway between 8 and 0.
        (1.0, 0.0, {4: 1.0}),
        (-1.0, 0.0, {4: 1.0}),
        (0.0, 1.0, {8: 0.5, 0: 0.5}),
        (np.tan(np.deg2rad(30)), 1.0, {1: 1.0}),
        (np.tan(np.deg2rad(35)), 1.0, {1: 0.75, 2: 0.25}),
    ],
)
def test_a_gradient_is_shared_by_the_nearest_orientations(
    down: float, right: float, shares: dict[int, float]
) -> None:
    cells = cell_histograms(ramp(down, right))
    expected = np.zeros(9)
    for number, share in shares.items():
        expected[number] = share * 16 * 16 * np.hypot(down, right)
    np.testing.assert_allclose(cells[3, 4], expected, rtol=1e-3, atol=0.05)


def test_a_flat_image_has_no_gradients() -> None:
    features = block_features(np.full((128, 128), 90, np.float32))
    assert features.shape == (FEATURE_DIM,)
    assert not features.any()


def test_blocks_are_unit_vectors() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (128, 128)).astype(np.float32)
    blocks = block_features(noise).reshape(49, 36)
    np.testing.assert_allclose(np.linalg.norm(blocks, axis=1), 1, rtol=1e-3)


def test_contrast_does_not_matter() -> None:
    image = np.random.default_rng(1).integers(0, 100, (128, 128)).astype(np.uint8)
    extractor = HogExtractor()
    dull = extract_one(extractor, image).features
    strong = extract_one(extractor, image * np.uint8(2)).features
    np.testing.assert_allclose(dull, strong, atol=1e-4)
