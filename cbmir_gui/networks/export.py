"""Trained networks as files for other programs: Keras and ONNX, in float32.

Both take what the card's preprocessing makes of an image. The ONNX graph has two
outputs: ``features`` of the model's default layer, and ``output``, the network's own,
i.e. class probabilities, or for an autoencoder the image.
"""

import importlib.util
import logging
import warnings
from pathlib import Path

import keras
import numpy as np

from cbmir_gui.core.errors import ModelError
from cbmir_gui.networks.loading import architecture_of, load_network

KERAS_SUFFIX = ".keras"
_CONVERTERS = ("tf2onnx", "onnx")


def write_keras(name: str, path: Path) -> None:
    """Write the network as Keras saves it: layers by name, no code.

    Parameters
    ----------
    path
        Ends with ``.keras``.

    Raises
    ------
    ModelNotFoundError, ModelDamagedError
    OSError
        It cannot be written.
    """
    _, model = load_network(name, "float32")
    model.save(path)


def write_onnx(name: str, path: Path) -> None:
    """Write the network as an ONNX graph; needs the extra ``onnx``.

    Raises
    ------
    ModelNotFoundError, ModelDamagedError
    ModelError
        The converter is not installed.
    OSError
        It cannot be written.
    """
    _require_converters()
    card, model = load_network(name, "float32")
    features = architecture_of(card).feature_outputs(model)[card.default_layer]
    outputs = {"features": features, "output": model.output}
    exported = keras.Model(model.input, outputs, name=model.name)
    # Keras exports only what has been called once.
    exported(np.zeros((1, *model.input.shape[1:]), np.float32))
    logging.getLogger("tf2onnx").setLevel(logging.WARNING)
    with warnings.catch_warnings():
        # Keras' own patch of tf2onnx asks NumPy 2 for names of NumPy 1.
        warnings.simplefilter("ignore", FutureWarning)
        exported.export(path, format="onnx", verbose=False)


def _require_converters() -> None:
    missing = [name for name in _CONVERTERS if importlib.util.find_spec(name) is None]
    if missing:
        raise ModelError(
            f"Writing ONNX needs the packages {' and '.join(_CONVERTERS)}, but "
            f"{' and '.join(missing)} cannot be found. Install them with "
            f"'pip install tf2onnx onnx' in the environment of this program."
        )
