"""The embedding that is fitted after a training."""

import numpy as np

from cbmir_gui.training.embedding import class_means


def test_class_means_are_the_mean_directions_of_unit_length() -> None:
    directions = np.array([[2, 0], [0, 5], [-3, 0], [7, 7]], np.float32)
    labels = np.array([0, 0, 1, -1])
    means = class_means(directions, labels, 2)
    half = np.sqrt(0.5)
    np.testing.assert_allclose(means, [[half, half], [-1, 0]], rtol=1e-6)


def test_image_without_a_direction_does_no_harm() -> None:
    directions = np.array([[0, 0], [0, 1], [1, 0]], np.float32)
    means = class_means(directions, np.array([0, 0, 1]), 2)
    assert np.isfinite(means).all()
