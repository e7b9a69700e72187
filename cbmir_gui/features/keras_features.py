"""Features of a trained network's layers; a model's card makes it an extractor."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from cbmir_gui.core.records import ExtractorInfo, FloatArray, ImageArray
from cbmir_gui.features.base import Extraction
from cbmir_gui.features.keys import extractor_info
from cbmir_gui.features.known_inputs import KnownInputs
from cbmir_gui.imaging.transforms import LUMA, letterbox
from cbmir_gui.networks.dcnn import MEAN_GRAY
from cbmir_gui.networks.loading import architecture_of, load_network
from cbmir_gui.networks.variables import hash_variables
from cbmir_gui.networks.vgg16 import MEAN_RGB


@dataclass(frozen=True, slots=True, eq=False)
class NetworkOutputs:
    """Features of several layers from one pass."""

    features: dict[str, FloatArray]
    """(num_images, feature_dim) by layer."""
    probabilities: FloatArray | None
    """(num_images, num_classes)"""


class KerasNetwork:
    """A loaded network whose layers can be read in one pass; safe for threads."""

    def __init__(self, name: str) -> None:
        self.card, model = load_network(name)
        self._architecture = architecture_of(self.card)
        self._inputs = model.input
        after_base = self._architecture.after_base
        self._after_base = after_base(model) if after_base else {}
        self._known: KnownInputs | None = None
        self._probabilities = model.outputs[0] if self.card.classes else None
        self._tensors: Mapping[str, Any] = self._architecture.feature_outputs(model)
        self._functions: dict[tuple[tuple[str, ...], bool], Any] = {}
        self._lock = threading.Lock()

    def preprocess(self, image: ImageArray) -> FloatArray:
        """Fit into a square, then normalise, as when the model was trained.

        Returns
        -------
        (input_size_px, input_size_px, num_channels)
        """
        fitted = letterbox(
            image,
            self._architecture.square_size_px,
            self._architecture.continues_background,
        )
        square = fitted.astype(np.float32)
        if self._architecture.preprocessing == "unit-range":
            return square / np.float32(255)
        if self._architecture.preprocessing == "centre-of-256-gray-minus-mean":
            return centre_in_gray(square, self.card.input_size_px) - MEAN_GRAY
        return square - np.array(MEAN_RGB, np.float32)

    def remember(self, known: KnownInputs) -> bool:
        """Pass these inputs through no convolution again.

        Returns
        -------
        False, and nothing is remembered, if the convolutions of this network are
        others, or not all that follows them can be computed from what is known.
        """
        if not self._after_base or self._after_base.keys() - known.values.keys():
            return False
        base = keras.Model(self._inputs, self._after_base)
        if hash_variables(base) != known.base_sha256:
            return False
        self._known = known
        return True

    def run(self, batch: FloatArray, layers: tuple[str, ...]) -> NetworkOutputs:
        """Read some layers, and the class probabilities where there are classes."""
        known = self._known
        rows = known.rows_of(batch) if known else None
        if known is None or rows is None:
            outputs = self._function(layers)(tf.constant(batch, tf.float32))
        else:
            outputs = self._function(layers, after_base=True)(
                [known.values[name][rows] for name in self._after_base]
            )
        features = {layer: outputs[layer].numpy() for layer in layers}
        probabilities = outputs.get("probabilities")
        return NetworkOutputs(
            features, None if probabilities is None else probabilities.numpy()
        )

    def _function(self, layers: tuple[str, ...], *, after_base: bool = False) -> Any:
        key = layers, after_base
        with self._lock:
            if key not in self._functions:
                inputs = list(self._after_base.values()) if after_base else self._inputs
                self._functions[key] = self._compile(layers, inputs)
            return self._functions[key]

    def _compile(self, layers: tuple[str, ...], inputs: Any) -> Any:
        tensors = {layer: self._tensors[layer] for layer in layers}
        if self._probabilities is not None:
            tensors["probabilities"] = self._probabilities
        model = keras.Model(inputs, tensors)

        def outputs(batch: tf.Tensor) -> dict[str, tf.Tensor]:
            values = model(batch, training=False)
            return {name: tf.cast(value, tf.float32) for name, value in values.items()}

        signature = [
            tf.nest.map_structure(lambda t: tf.TensorSpec(t.shape, tf.float32), inputs)
        ]
        # Autograph has nothing to convert, and leaves files behind when killed.
        return tf.function(outputs, input_signature=signature, autograph=False)


def centre_in_gray(square: FloatArray, size_px: int) -> FloatArray:
    """Return the luma of the central `size_px` of a square.

    Parameters
    ----------
    square : (side_px, side_px, 3)
        RGB, 0-255.

    Returns
    -------
    (size_px, size_px, 1)
        0-255.
    """
    edge = (square.shape[0] - size_px) // 2
    centre = square[edge : edge + size_px, edge : edge + size_px]
    return centre @ np.array(LUMA, np.float32)[:, np.newaxis]


class KerasExtractor:
    """One layer of a network, as the rest of the program sees it."""

    def __init__(self, network: KerasNetwork, layer: str) -> None:
        self._network = network
        self._info = extractor_info(network.card, layer)

    @property
    def info(self) -> ExtractorInfo:
        """Return model, layer, feature_dim, default metric, key, number of classes."""
        return self._info

    @property
    def classes(self) -> tuple[str, ...]:
        """Return the classes in the order of the probabilities."""
        return self._network.card.classes

    def preprocess(self, image: ImageArray) -> FloatArray:
        """Return (input_size_px, input_size_px, num_channels)."""
        return self._network.preprocess(image)

    def extract(self, batch: FloatArray) -> Extraction:
        """Return the layer's values, flattened, and the class probabilities."""
        layer = self._info.layer
        outputs = self._network.run(batch, (layer,))
        return Extraction(outputs.features[layer], outputs.probabilities)
