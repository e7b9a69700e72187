"""Variables of a Keras network by "layer/variable", out of it and into it."""

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
    targets = {
        f"{layer.name}/{variable.name}": variable
        for layer in model.layers
        for variable in layer.weights
    }
    wrong = sorted(targets.keys() ^ weights.keys())
    wrong += [
        name
        for name in targets.keys() & weights.keys()
        if tuple(targets[name].shape) != weights[name].shape
    ]
    if wrong:
        raise ModelDamagedError(
            model_name, f"its weights do not fit the architecture at '{wrong[0]}'"
        )
    for name, variable in targets.items():
        variable.assign(weights[name])
