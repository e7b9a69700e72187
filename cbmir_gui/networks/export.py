"""Trained networks as files for other programs: Keras and ONNX, in float32.

Both take (n, height, width, channels), which the card's preprocessing makes of images.
The ONNX graph has two outputs: ``features`` of the model's default layer, and
``output``, the network's own: class probabilities, or for an autoencoder the image.
"""

import contextlib
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np

from cbmir_gui.networks.loading import architecture_of, load_network


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
    with _without_warnings():
        model.save(path)


def write_onnx(name: str, path: Path) -> None:
    """Write the network as an ONNX graph; needs the extra ``onnx``.

    Raises
    ------
    ModelNotFoundError, ModelDamagedError
    ImportError
        The converter is not installed.
    OSError
        It cannot be written.
    """
    card, model = load_network(name, "float32")
    features = architecture_of(card).feature_outputs(model)[card.default_layer]
    outputs = {"features": features, "output": model.outputs[0]}
    exported = keras.Model(model.input, outputs, name=model.name)
    # Keras exports only what has been called once.
    exported(np.zeros((1, *model.input.shape[1:]), np.float32))
    logging.getLogger("tf2onnx").setLevel(logging.WARNING)
    with _without_warnings():
        exported.export(path, format="onnx", verbose=False)


@contextlib.contextmanager
def _without_warnings() -> Iterator[None]:
    """Pass over what Keras and its patch of tf2onnx ask NumPy 2 for, as of NumPy 1."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", FutureWarning)
        yield
