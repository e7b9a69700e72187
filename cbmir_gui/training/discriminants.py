"""The directions in which labelled features differ most: shrinkage LDA."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cbmir_gui.networks.registry import MAX_DIRECTIONS

FloatMatrix = NDArray[np.float64]
SHRINKAGE = 0.05
CLASS_SHRINKAGE = 0.01
"""Of `fit_class_scores`. On blurred, coarse and plain validation images it is better
than 0.05, learned from 60 images of each class as from 200."""
_SCALES = (0.0, *np.geomspace(0.0005, 1.0, 100))
"""Candidates of `fit_scale`."""


@dataclass(frozen=True, slots=True, eq=False)
class Directions:
    """An affine map: features @ kernel + bias."""

    kernel: NDArray[np.float32]
    """(feature_dim, num_directions)"""
    bias: NDArray[np.float32]
    """(num_directions,)"""


def fit_directions(
    features: NDArray[np.float32],
    labels: NDArray[np.int64],
    shrinkage: float = SHRINKAGE,
    weights: NDArray[np.float64] | None = None,
    max_directions: int = MAX_DIRECTIONS,
) -> Directions:
    """Find the map that spreads the classes and whitens what is within them.

    Maximises the scatter between the classes, S_b, over that within, S_w, with S_w
    shrunk towards its mean variance: (1 - s) S_w + s tr(S_w) / d I (Ledoit and Wolf
    2004; Fisher 1936, Rao 1948).

    Parameters
    ----------
    features : (num_images, feature_dim)
    labels : (num_images,)
        From 0; at least two different ones.
    weights : (num_images,), optional
        How much an image counts; by default all count the same.

    Returns
    -------
    As many directions as classes less one, at most `max_directions`, the most
    telling first, centred on the mean of the class means: a class of many images has
    its own place like any other.
    """
    classes, numbers = np.unique(labels, return_inverse=True)
    if len(classes) < 2:
        raise ValueError("Directions between classes need at least two classes.")
    feature_dim = features.shape[1]
    basis: FloatMatrix | None = None
    if len(features) < feature_dim:
        # Few images span few dimensions: outside them nothing differs between classes,
        # and what is shrunk is the same in all. So the fit is exact within, and fast.
        basis, _ = np.linalg.qr(features.T.astype(np.float64))
        features = np.asarray(features @ basis, np.float32)
    counts = np.ones(len(features)) if weights is None else weights
    shares = np.bincount(numbers, counts) / counts.sum()
    class_means = np.zeros((len(classes), features.shape[1]))
    within = np.zeros((features.shape[1], features.shape[1]))
    for number in range(len(classes)):  # all at once would double the features
        rows = numbers == number
        own, share = features[rows].astype(np.float64), counts[rows] / counts.sum()
        class_means[number] = share @ own / share.sum()
        own -= class_means[number]
        within += (own * share[:, np.newaxis]).T @ own
    mean = shares @ class_means
    spread = np.trace(within) / feature_dim
    within = (1 - shrinkage) * within
    within[np.diag_indices(len(within))] += max(shrinkage * spread, 1e-12)
    between = (class_means - mean) * np.sqrt(shares)[:, np.newaxis]
    # S_w = L L^T turns the problem into an ordinary one: the right singular vectors
    # of the whitened class means.
    inverse = np.linalg.inv(np.linalg.cholesky(within))
    _, _, vectors = np.linalg.svd(between @ inverse.T, full_matrices=False)
    num_directions = min(len(classes) - 1, feature_dim, max_directions)
    kernel: FloatMatrix = inverse.T @ vectors[:num_directions].T
    bias = -class_means.mean(axis=0) @ kernel
    if basis is not None:
        kernel = basis @ kernel
    return Directions(np.asarray(kernel, np.float32), np.asarray(bias, np.float32))


def fit_class_scores(
    features: NDArray[np.float32],
    labels: NDArray[np.int64],
    num_classes: int,
) -> Directions:
    """Find the affine map whose softmax is the posterior of each class.

    Linear discriminants give z of unit variance within a class; the score of a class
    is z . m - |m|^2 / 2 with its mean m, every class being as likely as any other
    (Fisher 1936, Rao 1948).

    Parameters
    ----------
    features : (num_images, feature_dim)
    labels : (num_images,)
        From 0; every number below `num_classes` has an image. Higher ones are classes
        that are not asked for: they help to learn what varies within a class.
    num_classes
        How many scores the map gives.

    Raises
    ------
    ValueError
        A number below `num_classes` has no image.
    """
    if not np.isin(np.arange(num_classes), labels).all():
        raise ValueError("Each class needs an image, to have a mean.")
    everything = features.shape[1]
    found = fit_directions(features, labels, CLASS_SHRINKAGE, max_directions=everything)
    z = features @ found.kernel + found.bias
    means = np.stack([z[labels == k].mean(axis=0) for k in range(num_classes)])
    bias = found.bias @ means.T - 0.5 * np.square(means).sum(axis=1)
    return Directions(
        np.asarray(found.kernel @ means.T, np.float32), np.asarray(bias, np.float32)
    )


def fit_scale(
    scores: NDArray[np.float32],
    head: NDArray[np.float32],
    labels: NDArray[np.int64],
) -> float:
    """Find the factor, 0 to 1, of `scores` that makes images' classes most likely.

    New images spread more than those that the directions were learned from, so that
    unscaled scores are surer than they are right (Guo et al. 2017).

    Parameters
    ----------
    scores : (num_images, num_classes)
        By `fit_class_scores`, of images that it has not seen.
    head : (num_images, num_classes)
        What is added to the scaled scores: logarithms of probabilities.
    labels : (num_images,)
        Of at least one image.

    Raises
    ------
    ValueError
        There is no image, or a score is not finite.
    """
    if not len(labels) or not np.isfinite(scores).all():
        raise ValueError("The factor is found with finite scores of some images.")
    return float(min(_SCALES, key=lambda s: _surprise(s * scores + head, labels)))


def _surprise(scores: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    """Return the mean negative log-likelihood of the true classes."""
    top = scores.max(axis=1, keepdims=True)
    log_sums = np.log(np.exp(scores - top).sum(axis=1)) + top[:, 0]
    return float(np.mean(log_sums - scores[np.arange(len(labels)), labels]))
