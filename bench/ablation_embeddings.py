"""The embeddings that an ablation compares: each learns from some of the images."""

import numpy as np
from ablation_images import KINDS, Floats, Images, Mask, unit
from ablation_losses import (
    JointSoftmax,
    Labels,
    Loss,
    ProxySoftmax,
    SupervisedContrast,
    learn_map,
)
from ablation_measures import Embed
from numpy.typing import NDArray

from cbmir_gui.networks.embedding import FINER_WEIGHT, PLAIN_WEIGHT
from cbmir_gui.training.discriminants import SHRINKAGE, fit_directions

RATE = 1e-3
"""Of Adam, in `learned_with`."""
SEED = 1
LOSSES = ("contrast", "proxies", "joint")


def discriminants(
    blocks: tuple[int, ...] = (2, 3, 4, 5),
    kinds: tuple[str, ...] = KINDS,
    *,
    plain: float = PLAIN_WEIGHT,
    finer_weight: float = FINER_WEIGHT,
    shrinkage: float = SHRINKAGE,
    with_diagnoses: bool = True,
    standardised: bool = False,
) -> Embed:
    """Return an embedding like the shipped one, changed in some part."""

    def embed(images: Images, learned: Mask) -> Floats:
        values = images.part(blocks, kinds)
        if standardised:
            values = values / np.maximum(values[learned].std(axis=0), 1e-6)
        targets = images.fine if with_diagnoses else images.classes
        labels, _, weights = _labels(targets[learned], finer_weight)
        found = fit_directions(values[learned], labels, shrinkage, weights)
        return _beside_plain(images, values @ found.kernel + found.bias, plain)

    return embed


def learned_with(loss: str, num_epochs: int) -> Embed:
    """Return an embedding like the shipped one, its directions found by a loss."""

    def embed(images: Images, learned: Mask) -> Floats:
        labels, classes, weights = _labels(images.fine[learned], FINER_WEIGHT)
        dim = int(labels.max())  # one less than there are labels, as discriminants
        rng = np.random.default_rng(SEED)
        made = _make_loss(loss, labels, classes, weights.astype(np.float32), dim, rng)
        values = images.statistics
        found = learn_map(values[learned], made, dim, num_epochs, RATE, rng)
        return _beside_plain(images, found.of(values), PLAIN_WEIGHT)

    return embed


def _make_loss(
    loss: str,
    labels: Labels,
    classes: Labels,
    weights: Floats,
    dim: int,
    rng: np.random.Generator,
) -> Loss:
    if loss == "contrast":
        return SupervisedContrast(labels, weights)
    if loss == "proxies":
        return ProxySoftmax(labels, weights, dim, rng)
    return JointSoftmax(classes, labels, weights, dim, rng)


def _labels(
    targets: NDArray[np.str_], finer_weight: float
) -> tuple[Labels, Labels, NDArray[np.float64]]:
    """Return number of the finer label, of the class, and weight of each image."""
    names, labels = np.unique(targets, return_inverse=True)
    owners = np.array([name.split("/")[0] for name in names])
    has_finer = np.array([(owners == owner).sum() > 1 for owner in owners])
    _, classes = np.unique(owners, return_inverse=True)
    return labels, classes[labels], np.where(has_finer, finer_weight, 1.0)[labels]


def _beside_plain(images: Images, directions: Floats, plain: float) -> Floats:
    beside = plain * images.part((5,), ("gem",))
    learned = unit(directions)
    return np.concatenate([learned, beside], axis=1) if plain else learned


def plain_part(block: int, kind: str) -> Embed:
    """Return one statistic as it is."""
    return lambda images, _: images.part((block,), (kind,))


def whitened(images: Images, learned: Mask) -> Floats:
    """Return block 5's GeM, decorrelated to unit variance (PCA whitening)."""
    values = images.part((5,), ("gem",))
    mean = values[learned].mean(axis=0)
    _, scale, axes = np.linalg.svd(values[learned] - mean, full_matrices=False)
    spread = scale / np.sqrt(learned.sum())
    white = (values - mean) @ (axes.T / (spread + 0.05 * spread.max()))
    return np.asarray(white, np.float32)
