"""Linear maps that a loss and Adam find, instead of linear discriminants.

NumPy alone: the maps are small, and the gradients are short enough to be written down.
Temperatures are those of the publications.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

BATCH_SIZE = 256
CONTRAST_TEMPERATURE = 0.1
PROXY_TEMPERATURE = 0.05
FINER_SHARE = 0.5
"""Of the loss of the finer labels beside that of the classes, as in `cbmir train`."""
_DECAYS = (0.9, 0.999)
_TINY = 1e-8

Array = NDArray[Any]
"""float32, or float64 where the features are."""
Labels = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class LinearMap:
    """features @ kernel + bias."""

    kernel: Array
    bias: Array

    def of(self, features: Array) -> Array:
        """Return (num_images, dim)."""
        return np.asarray(features @ self.kernel + self.bias)


class Loss(Protocol):
    """What is learned; it knows the labels of all images."""

    @property
    def parameters(self) -> Sequence[Array]:
        """Return what is learned beside the map, to be changed in place."""

    def gradients(self, mapped: Array, rows: Labels) -> tuple[Array, Sequence[Array]]:
        """Return the gradients by `mapped` and by `parameters`.

        Parameters
        ----------
        mapped : (num_rows, dim)
        rows : (num_rows,)
            Which images these are.
        """


class SupervisedContrast:
    """Images of a label are drawn together, all others apart (Khosla et al. 2020).

    The loss of an image i is -1 / |P(i)| times the sum over its positives p of
    log(exp(u_i u_p / t) / sum over a != i of exp(u_i u_a / t)), u being unit vectors;
    images without a positive in their batch have none.
    """

    def __init__(self, labels: Labels, weights: Array) -> None:
        self._labels = labels
        self._weights = weights

    @property
    def parameters(self) -> Sequence[Array]:
        """There are none."""
        return ()

    def gradients(self, mapped: Array, rows: Labels) -> tuple[Array, Sequence[Array]]:
        """See `Loss`."""
        units, lengths = _unit(mapped)
        labels = self._labels[rows]
        itself = np.eye(len(rows), dtype=bool)
        positive = (labels[:, np.newaxis] == labels) & ~itself
        num_positive = positive.sum(axis=1)
        scores = units @ units.T / CONTRAST_TEMPERATURE
        scores[itself] = -np.inf
        wanted = positive / np.maximum(num_positive, 1)[:, np.newaxis]
        weights = self._weights[rows] * (num_positive > 0)
        weights = weights / max(weights.sum(), _TINY)
        slopes = (_softmax(scores) - wanted) * weights[:, np.newaxis]
        slopes = slopes.astype(mapped.dtype) / CONTRAST_TEMPERATURE
        return _before_unit((slopes + slopes.T) @ units, units, lengths), ()


class ProxySoftmax:
    """One unit vector stands for each label (Zhai and Wu 2019, normalised softmax).

    The loss of an image is the cross-entropy of the softmax of its cosines with these
    proxies, over the temperature.
    """

    def __init__(
        self, labels: Labels, weights: Array, dim: int, rng: np.random.Generator
    ) -> None:
        self._labels = labels
        self._weights = weights
        shape = (int(labels.max()) + 1, dim)
        self._proxies = rng.standard_normal(shape).astype(weights.dtype)

    @property
    def parameters(self) -> Sequence[Array]:
        """Return the proxies, (num_labels, dim), of any length."""
        return (self._proxies,)

    def gradients(self, mapped: Array, rows: Labels) -> tuple[Array, Sequence[Array]]:
        """See `Loss`."""
        units, lengths = _unit(mapped)
        proxies, proxy_lengths = _unit(self._proxies)
        slopes = _cross_entropy_slopes(
            units @ proxies.T / PROXY_TEMPERATURE,
            self._labels[rows],
            self._weights[rows],
        )
        slopes = slopes / PROXY_TEMPERATURE
        of_proxies = _before_unit(slopes.T @ units, proxies, proxy_lengths)
        return _before_unit(slopes @ proxies, units, lengths), (of_proxies,)


class JointSoftmax:
    """A softmax of the classes and one of the finer labels, from one shared map."""

    def __init__(
        self,
        classes: Labels,
        finer: Labels,
        weights: Array,
        dim: int,
        rng: np.random.Generator,
    ) -> None:
        self._weights = weights
        self._targets = ((classes, 1.0), (finer, FINER_SHARE))
        self._heads: list[Array] = []
        for labels, _ in self._targets:
            shape = (dim + 1, int(labels.max()) + 1)
            head = rng.standard_normal(shape) / np.sqrt(dim)
            head[-1] = 0.0  # the biases
            self._heads.append(head.astype(weights.dtype))

    @property
    def parameters(self) -> Sequence[Array]:
        """Return each head's weights, with its biases as the last row."""
        return self._heads

    def gradients(self, mapped: Array, rows: Labels) -> tuple[Array, Sequence[Array]]:
        """See `Loss`."""
        total = np.zeros_like(mapped)
        of_heads = []
        weights = self._weights[rows]
        for (labels, share), head in zip(self._targets, self._heads, strict=True):
            scores = mapped @ head[:-1] + head[-1]
            slopes = share * _cross_entropy_slopes(scores, labels[rows], weights)
            total += slopes @ head[:-1].T
            of_heads.append(np.vstack([mapped.T @ slopes, slopes.sum(axis=0)]))
        return total, of_heads


def learn_map(
    features: Array,
    loss: Loss,
    dim: int,
    num_epochs: int,
    rate: float,
    rng: np.random.Generator,
) -> LinearMap:
    """Learn a map of standardised features; the result takes them as they are.

    Parameters
    ----------
    features : (num_images, feature_dim)
        In the order of the loss's labels.
    rate
        The learning rate, which stays.
    """
    mean = features.mean(axis=0)
    spread = np.maximum(features.std(axis=0), _TINY)
    inputs = (features - mean) / spread
    shape = (features.shape[1], dim)
    kernel = rng.standard_normal(shape) / np.sqrt(features.shape[1])
    kernel = kernel.astype(features.dtype)
    learned = [kernel, *loss.parameters]
    adam = _Adam(learned, rate)
    for _ in range(num_epochs):
        order = rng.permutation(len(features))
        num_batches = max(1, len(features) // BATCH_SIZE)
        for rows in np.array_split(order, num_batches):
            of_mapped, others = loss.gradients(inputs[rows] @ kernel, rows)
            adam.step([inputs[rows].T @ of_mapped, *others])
    kernel = kernel / spread[:, np.newaxis]
    return LinearMap(kernel, -mean @ kernel)


class _Adam:
    """Kingma and Ba 2015; changes arrays in place."""

    def __init__(self, arrays: Sequence[Array], rate: float) -> None:
        self._arrays = arrays
        self._rate = rate
        self._means = [np.zeros_like(array) for array in arrays]
        self._squares = [np.zeros_like(array) for array in arrays]
        self._num_steps = 0

    def step(self, gradients: Sequence[Array]) -> None:
        self._num_steps += 1
        first, second = (1 - decay**self._num_steps for decay in _DECAYS)
        state = zip(self._arrays, self._means, self._squares, gradients, strict=True)
        for array, mean, square, gradient in state:
            mean += (1 - _DECAYS[0]) * (gradient - mean)
            square += (1 - _DECAYS[1]) * (gradient * gradient - square)
            array -= self._rate * (mean / first) / (np.sqrt(square / second) + _TINY)


def _unit(vectors: Array) -> tuple[Array, Array]:
    """Return vectors of length 1, and what their lengths were."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    lengths = np.maximum(lengths, _TINY)
    return vectors / lengths, lengths


def _before_unit(of_units: Array, units: Array, lengths: Array) -> Array:
    """Return the gradient by vectors from the one by their unit vectors."""
    along = (of_units * units).sum(axis=1, keepdims=True)
    return np.asarray((of_units - along * units) / lengths)


def _softmax(scores: Array) -> Array:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def _cross_entropy_slopes(scores: Array, labels: Labels, weights: Array) -> Array:
    """Return the gradient by `scores` of the weighted mean cross-entropy."""
    slopes = _softmax(scores)
    slopes[np.arange(len(labels)), labels] -= 1.0
    return np.asarray(slopes * (weights / weights.sum())[:, np.newaxis])
