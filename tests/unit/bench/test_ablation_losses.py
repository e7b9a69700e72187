"""The losses that linear maps of the ablation are learned with."""

from collections.abc import Callable

import numpy as np
import pytest
from ablation_losses import (
    CONTRAST_TEMPERATURE,
    FINER_SHARE,
    PROXY_TEMPERATURE,
    JointSoftmax,
    Loss,
    ProxySoftmax,
    SupervisedContrast,
    learn_map,
)
from numpy.typing import NDArray

Array = NDArray[np.float64]
DIM = 3
RATE = 1e-2

Make = Callable[[NDArray[np.int64], Array], Loss]


def make_contrast(labels: NDArray[np.int64], weights: Array) -> Loss:
    return SupervisedContrast(labels, weights)


def make_proxies(labels: NDArray[np.int64], weights: Array) -> Loss:
    return ProxySoftmax(labels, weights, DIM, np.random.default_rng(5))


def make_joint(labels: NDArray[np.int64], weights: Array) -> Loss:
    return JointSoftmax(labels // 2, labels, weights, DIM, np.random.default_rng(5))


NUM_EPOCHS = {make_contrast: 40, make_proxies: 400, make_joint: 100}
MAKERS = tuple(NUM_EPOCHS)


def noisy_images(
    labels: NDArray[np.int64], rng: np.random.Generator, noise: float = 5.0
) -> Array:
    """Return features of which a few tell the label, and many of which do not."""
    features = rng.standard_normal((len(labels), 40))
    features[:, 4:] *= noise
    features[np.arange(len(labels)), labels] += 4.0
    return features


def nearest_share(
    vectors: Array, labels: NDArray[np.int64], learned: NDArray[np.bool_]
) -> float:
    """Return how many of the others have the label of their nearest learned one."""
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    first = (units[~learned] @ units[learned].T).argmax(axis=1)
    return float(np.mean(labels[learned][first] == labels[~learned]))


def shares(
    make: Make, labels: NDArray[np.int64], told: NDArray[np.int64]
) -> tuple[float, float]:
    """Return the nearest share by raw distance, and by a map that was told labels."""
    rng = np.random.default_rng(2)
    features = noisy_images(labels, rng)
    learned = np.arange(len(labels)) < 2 * len(labels) // 3
    loss = make(told[learned], np.ones(learned.sum()))
    found = learn_map(features[learned], loss, DIM, NUM_EPOCHS[make], RATE, rng)
    assert found.kernel.shape == (40, DIM)
    before = nearest_share(features, told, learned)
    return before, nearest_share(found.of(features), told, learned)


@pytest.mark.parametrize("make", MAKERS)
def test_a_map_tells_apart_what_raw_distance_does_not(make: Make) -> None:
    labels = np.random.default_rng(1).integers(4, size=450)
    before, after = shares(make, labels, labels)
    assert before < 0.5
    assert after > 0.85


@pytest.mark.parametrize("make", MAKERS)
def test_random_labels_stay_at_chance(make: Make) -> None:
    rng = np.random.default_rng(1)
    labels, told = rng.integers(4, size=(2, 450))
    _, after = shares(make, labels, told)
    assert 0.15 < after < 0.35


@pytest.mark.parametrize("make", MAKERS)
def test_the_same_seed_gives_the_same_map(make: Make) -> None:
    labels = np.arange(40) % 4
    features = noisy_images(labels, np.random.default_rng(3))
    first, second = (
        learn_map(
            features, make(labels, np.ones(40)), DIM, 2, RATE, np.random.default_rng(4)
        )
        for _ in range(2)
    )
    np.testing.assert_array_equal(first.kernel, second.kernel)
    np.testing.assert_array_equal(first.bias, second.bias)


def unit(vectors: Array) -> Array:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def contrast_loss(
    mapped: Array, labels: NDArray[np.int64], weights: Array, _: Loss
) -> float:
    """Equation 2 of Khosla et al. 2020, term by term."""
    units = unit(mapped)
    total = weight = 0.0
    for i, anchor in enumerate(units):
        others = [a for a in range(len(units)) if a != i]
        scores = {a: float(anchor @ units[a]) / CONTRAST_TEMPERATURE for a in others}
        positives = [p for p in others if labels[p] == labels[i]]
        if not positives:
            continue
        log_sum = np.log(sum(np.exp(score) for score in scores.values()))
        mean = np.mean([scores[p] - log_sum for p in positives])
        total -= weights[i] * mean
        weight += weights[i]
    return float(total / weight)


def cross_entropy(scores: Array, labels: NDArray[np.int64], weights: Array) -> float:
    logs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    own = logs[np.arange(len(labels)), labels]
    return float(-(own @ weights) / weights.sum())


def proxy_loss(
    mapped: Array, labels: NDArray[np.int64], weights: Array, loss: Loss
) -> float:
    scores = unit(mapped) @ unit(loss.parameters[0]).T / PROXY_TEMPERATURE
    return cross_entropy(scores, labels, weights)


def joint_loss(
    mapped: Array, labels: NDArray[np.int64], weights: Array, loss: Loss
) -> float:
    of_classes, of_finer = (mapped @ head[:-1] + head[-1] for head in loss.parameters)
    classes = cross_entropy(of_classes, labels // 2, weights)
    return classes + FINER_SHARE * cross_entropy(of_finer, labels, weights)


@pytest.mark.parametrize(
    ("make", "value"),
    [
        (make_contrast, contrast_loss),
        (make_proxies, proxy_loss),
        (make_joint, joint_loss),
    ],
)
def test_gradients_are_those_of_the_published_loss(
    make: Make, value: Callable[..., float]
) -> None:
    rng = np.random.default_rng(6)
    # The last label has a single image, which has no other to be drawn to.
    labels = np.array([0, 0, 1, 1, 1, 2, 2, 3])
    weights = rng.uniform(1, 4, len(labels))
    mapped = rng.standard_normal((len(labels), DIM))
    loss = make(labels, weights)
    of_mapped, of_parameters = loss.gradients(mapped, np.arange(len(labels)))

    def change(array: Array) -> Array:
        slopes = np.zeros_like(array)
        for place in np.ndindex(array.shape):
            kept = array[place]
            array[place] = kept + 1e-6
            above = value(mapped, labels, weights, loss)
            array[place] = kept - 1e-6
            below = value(mapped, labels, weights, loss)
            array[place] = kept
            slopes[place] = (above - below) / 2e-6
        return slopes

    np.testing.assert_allclose(of_mapped, change(mapped), atol=1e-6)
    for parameter, gradient in zip(loss.parameters, of_parameters, strict=True):
        np.testing.assert_allclose(gradient, change(parameter), atol=1e-6)
