"""Batch normalisation that training from scratch needs and a finished network has not.

The layer after `name` is called ``name_bn``; `fold_batch_norm` removes it exactly.
"""

from collections.abc import Mapping

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

_SUFFIX = "_bn"
_MOMENTUM = 0.9
_EPSILON = 1e-3

Weights = Mapping[str, NDArray[np.float32]]
"""Arrays by "layer/variable", e.g. "block1_conv1/kernel"."""


def normalise(
    hidden: keras.KerasTensor, name: str, batch_norm: bool
) -> keras.KerasTensor:
    """Normalise the output of the layer `name`, or pass it on as it is."""
    if not batch_norm:
        return hidden
    return layers.BatchNormalization(
        momentum=_MOMENTUM, epsilon=_EPSILON, name=f"{name}{_SUFFIX}"
    )(hidden)


def fold_batch_norm(weights: Weights) -> dict[str, NDArray[np.float32]]:
    """Fold every batch normalisation into the layer before it.

    With y = gamma * (Wx + b - mean) / sqrt(variance + epsilon) + beta, the folded layer
    has W' = W * s and b' = (b - mean) * s + beta, where s = gamma / sqrt(variance +
    epsilon). The result predicts what the network predicted in inference mode.
    """
    folded = {}
    for name, array in weights.items():
        layer, _, variable = name.partition("/")
        if layer.endswith(_SUFFIX):
            continue
        if f"{layer}{_SUFFIX}/gamma" not in weights:
            folded[name] = np.asarray(array, np.float32)
            continue
        normal = f"{layer}{_SUFFIX}"
        scale = weights[f"{normal}/gamma"] / np.sqrt(
            weights[f"{normal}/moving_variance"] + _EPSILON
        )
        if variable == "kernel":
            folded[name] = np.asarray(array * scale, np.float32)
        else:
            shifted = (array - weights[f"{normal}/moving_mean"]) * scale
            folded[name] = np.asarray(shifted + weights[f"{normal}/beta"], np.float32)
    return folded
