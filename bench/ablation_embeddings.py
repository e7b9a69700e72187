"""The embeddings that an ablation compares: each learns from some of the images."""

import numpy as np
from ablation_images import KINDS, Floats, Images, Mask, unit
from ablation_measures import Embed
from numpy.typing import NDArray

from cbmir_gui.networks.embedding import FINER_WEIGHT, PLAIN_WEIGHT
from cbmir_gui.training.discriminants import SHRINKAGE, fit_directions


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
        labels, weights = _labels(targets[learned], finer_weight)
        found = fit_directions(values[learned], labels, shrinkage, weights)
        return _beside_plain(images, values @ found.kernel + found.bias, plain)

    return embed


def _labels(
    targets: NDArray[np.str_], finer_weight: float
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return number of the finer label and weight of each image."""
    names, labels = np.unique(targets, return_inverse=True)
    owners = np.array([name.split("/")[0] for name in names])
    has_finer = np.array([(owners == owner).sum() > 1 for owner in owners])
    return labels, np.where(has_finer, finer_weight, 1.0)[labels]


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
