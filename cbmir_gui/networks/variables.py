"""Variables of a Keras network by "layer/variable", out of it and into it."""

import hashlib
from collections.abc import Mapping

import keras
import numpy as np
from numpy.typing import NDArray

from cbmir_gui.core.errors import ModelDamagedError


def get_variables(model: keras.Model) -> dict[str, NDArray[np.float32]]:
    """Return copies of all weights, e.g. "block1_conv1/kernel".

    State that is no weight (seeds of dropout) is left out.
    """
    return {
        f"{layer.name}/{variable.name}": np.array(variable.numpy(), np.float32)
        for layer in model.layers
        for variable in layer.weights
    }


def set_variables(
    model: keras.Model, weights: Mapping[str, NDArray[np.float32]], model_name: str
) -> None:
    """Assign all weights; nothing is assigned unless all of them fit.

    Raises
    ------
    ModelDamagedError
        A name is missing or unknown, or a shape differs.
    """
    shapes = {name: array.shape for name, array in weights.items()}
    check_shapes(model, shapes, model_name)
    for name, variable in _variables(model).items():
        variable.assign(weights[name])


def hash_variables(model: keras.Model) -> str:
    """Return the SHA-256 of all weights in hex."""
    digest = hashlib.sha256()
    for name, array in sorted(get_variables(model).items()):
        digest.update(name.encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def check_shapes(
    model: keras.Model, shapes: Mapping[str, tuple[int, ...]], model_name: str
) -> None:
    """Check that arrays of these shapes are all weights of a network.

    Raises
    ------
    ModelDamagedError
        A name is missing or unknown, or a shape differs.
    """
    targets = _variables(model)
    wrong = sorted(targets.keys() ^ shapes.keys())
    wrong += [
        name
        for name in targets.keys() & shapes.keys()
        if tuple(targets[name].shape) != shapes[name]
    ]
    if wrong:
        raise ModelDamagedError(
            model_name,
            f"its weights do not fit this version's architecture at '{wrong[0]}'",
        )


def _variables(model: keras.Model) -> dict[str, keras.Variable]:
    return {
        f"{layer.name}/{variable.name}": variable
        for layer in model.layers
        for variable in layer.weights
    }
