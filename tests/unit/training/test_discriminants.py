"""Linear discriminants against scikit-learn and against what defines them."""

import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from cbmir_gui.training.discriminants import fit_directions

NUM_CLASSES = 5


def make_data() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    labels = rng.integers(0, NUM_CLASSES, 300)
    centres = rng.normal(0, 3, (NUM_CLASSES, 8))
    noise = rng.normal(0, 1, (300, 8)) @ rng.normal(0, 1, (8, 8))
    return (centres[labels] + noise + 7).astype(np.float32), labels.astype(np.int64)


def project(features: np.ndarray, labels: np.ndarray, shrinkage: float) -> np.ndarray:
    directions = fit_directions(features, labels, shrinkage)
    return features @ directions.kernel + directions.bias


def test_scikit_learn_finds_the_same_directions() -> None:
    features, labels = make_data()
    ours = project(features, labels, 0.0)
    theirs = LinearDiscriminantAnalysis(solver="eigen").fit_transform(features, labels)
    assert ours.shape == theirs.shape == (300, NUM_CLASSES - 1)
    for column in range(NUM_CLASSES - 1):
        correlation = np.corrcoef(ours[:, column], theirs[:, column])[0, 1]
        assert abs(correlation) == pytest.approx(1.0, abs=1e-3)


def test_what_is_within_the_classes_has_unit_variance() -> None:
    features, labels = make_data()
    projected = project(features, labels, 0.0)
    means = np.stack([projected[labels == k].mean(axis=0) for k in range(NUM_CLASSES)])
    deviations = projected - means[labels]
    np.testing.assert_allclose(
        deviations.T @ deviations / len(labels), np.eye(NUM_CLASSES - 1), atol=1e-3
    )


def test_result_is_centred_on_the_images() -> None:
    features, labels = make_data()
    np.testing.assert_allclose(
        project(features, labels, 0.05).mean(axis=0), 0, atol=1e-4
    )


def test_more_features_than_images_are_no_trouble() -> None:
    rng = np.random.default_rng(1)
    features = rng.normal(0, 1, (12, 40)).astype(np.float32)
    labels = np.repeat(np.arange(3), 4)
    assert np.isfinite(project(features, labels, 0.05)).all()


def test_constant_features_give_finite_directions() -> None:
    labels = np.repeat(np.arange(2), 4)
    assert np.isfinite(project(np.ones((8, 5), np.float32), labels, 0.05)).all()


def test_one_class_is_refused() -> None:
    with pytest.raises(ValueError, match="two classes"):
        fit_directions(np.zeros((4, 3), np.float32), np.zeros(4, np.int64))
