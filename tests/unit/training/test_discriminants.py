"""Linear discriminants against scikit-learn and against what defines them."""

import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from cbmir_gui.training.discriminants import (
    fit_class_scores,
    fit_directions,
    fit_scale,
)

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


def test_result_is_centred_between_the_classes() -> None:
    features, labels = make_data()
    keep = (labels != 0) | (np.arange(len(labels)) < 20)  # a class of few images
    features, labels = features[keep], labels[keep]
    projected = project(features, labels, 0.05)
    means = np.stack([projected[labels == k].mean(axis=0) for k in range(NUM_CLASSES)])
    np.testing.assert_allclose(means.mean(axis=0), 0, atol=1e-3)


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


def make_clouds(
    counts: tuple[int, ...], rng: np.random.Generator, centres: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    labels = np.repeat(np.arange(len(counts)), counts)
    noise = rng.normal(0, 1, (len(labels), centres.shape[1]))
    return (centres[labels] + noise).astype(np.float32), labels


@pytest.mark.parametrize("counts", [(300, 300), (540, 60), (800, 100, 100)])
def test_scores_are_fair_to_small_classes_and_no_surer_than_right(
    counts: tuple[int, ...],
) -> None:
    rng = np.random.default_rng(0)
    num_classes = len(counts)
    centres = rng.normal(0, 0.18, (num_classes, 100))
    features, labels = make_clouds(counts, rng, centres)
    held_out, held_out_labels = make_clouds((60,) * num_classes, rng, centres)
    new, new_labels = make_clouds((1000,) * num_classes, rng, centres)
    map_ = fit_class_scores(features, labels, num_classes)
    no_head = np.zeros((len(held_out), num_classes), np.float32)
    scale = fit_scale(held_out @ map_.kernel + map_.bias, no_head, held_out_labels)
    powers = np.exp(scale * (new @ map_.kernel + map_.bias))
    probabilities = powers / powers.sum(axis=1, keepdims=True)
    hits = probabilities.argmax(axis=1) == new_labels
    recalls = [hits[new_labels == k].mean() for k in range(num_classes)]
    assert min(recalls) > max(recalls) - 0.15
    sureness = probabilities.max(axis=1).mean()
    assert hits.mean() - 0.12 < sureness < hits.mean() + 0.06


def test_scores_are_those_of_bayes_with_equal_shares() -> None:
    rng = np.random.default_rng(3)
    centres = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 9.0]])
    features, labels = make_clouds((4000, 1000, 2000), rng, centres)
    map_ = fit_class_scores(features, labels, 2)
    assert map_.kernel.shape == (2, 2)
    points = rng.normal(0, 3, (50, 2)).astype(np.float32)
    scores = points @ map_.kernel + map_.bias
    expected = np.stack([-0.5 * ((points - c) ** 2).sum(axis=1) for c in centres[:2]])
    np.testing.assert_allclose(
        scores[:, 1] - scores[:, 0], expected[1] - expected[0], atol=0.5
    )


def test_scale_weighs_the_scores_against_what_the_head_knows() -> None:
    rng = np.random.default_rng(4)
    labels = rng.integers(0, 2, 2000)
    telling = rng.normal(0, 1, (2000, 2)) + 2 * np.eye(2)[labels]
    noise = rng.normal(0, 1, (2000, 2)).astype(np.float32)
    telling = telling.astype(np.float32)
    assert fit_scale(telling, 0 * noise, labels) > 0.9
    assert fit_scale(noise, np.log(np.eye(2)[labels] * 0.9 + 0.05), labels) < 0.05


def test_an_image_that_counts_four_times_is_four_copies() -> None:
    features, labels = make_data()
    weights = np.where(labels < 2, 4.0, 1.0)
    weighed = fit_directions(features, labels, weights=weights)
    rows = np.repeat(np.arange(len(labels)), weights.astype(int))
    copied = fit_directions(features[rows], labels[rows])
    mapped, expected = (features @ d.kernel + d.bias for d in (weighed, copied))
    signs = np.sign((mapped * expected).sum(axis=0))
    np.testing.assert_allclose(mapped * signs, expected, rtol=1e-3, atol=1e-3)


def test_scores_need_an_image_of_each_class() -> None:
    features, labels = make_data()
    with pytest.raises(ValueError, match="Each class needs an image"):
        fit_class_scores(features, labels, NUM_CLASSES + 1)


def test_scores_know_more_classes_than_an_embedding_has_directions() -> None:
    rng = np.random.default_rng(2)
    centres = 30 * np.eye(140)
    features, labels = make_clouds((3,) * 140, rng, centres)
    map_ = fit_class_scores(features, labels, 140)
    new, new_labels = make_clouds((1,) * 140, rng, centres)
    assert ((new @ map_.kernel + map_.bias).argmax(axis=1) == new_labels).all()


@pytest.mark.parametrize("num_images", [0, 2])
def test_scale_is_not_found_without_finite_scores(num_images: int) -> None:
    scores = np.full((num_images, 2), np.nan, np.float32)
    with pytest.raises(ValueError, match="finite scores of some images"):
        fit_scale(scores, scores, np.zeros(num_images, np.int64))


def test_useless_scores_are_switched_off() -> None:
    labels = np.arange(40) % 2
    wrong = (10 * np.eye(2)[1 - labels]).astype(np.float32)
    assert fit_scale(wrong, np.zeros((40, 2), np.float32), labels) == 0


def test_few_images_of_many_values_give_the_same_map() -> None:
    rng = np.random.default_rng(5)
    features = rng.normal(0, 1, (20, 30)).astype(np.float32)
    labels = np.arange(20) % 3
    found = fit_directions(features, labels, shrinkage=0.2)
    # A copy of each image changes neither means nor scatter, but takes the long way.
    twice = fit_directions(
        np.concatenate([features, features]), np.tile(labels, 2), shrinkage=0.2
    )
    points = rng.normal(0, 1, (7, 30)).astype(np.float32)
    mapped, expected = (points @ d.kernel + d.bias for d in (found, twice))
    signs = np.sign((mapped * expected).sum(axis=0))
    np.testing.assert_allclose(mapped * signs, expected, rtol=1e-3, atol=1e-4)
