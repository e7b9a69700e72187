"""What the convolutions say of the unchanged images, kept for whoever comes next.

The embedding is fitted to it, and the new model's figures need not compute it again.
"""

import math
from collections.abc import Callable, Mapping

import keras
import numpy as np
import tensorflow as tf

from cbmir_gui.features.known_inputs import KnownInputs, digest_of
from cbmir_gui.networks.registry import BASE_MAPS, STATISTICS, Architecture
from cbmir_gui.networks.variables import hash_variables
from cbmir_gui.training.batches import FeatureArray
from cbmir_gui.training.memory import available_bytes

INPUT = "input"
"""Name of the network's own input among its outputs."""
Look = Callable[[tf.Tensor], Mapping[str, tf.Tensor]]
_MEMORY_SHARE = 0.25
"""Of what is free, that the maps may take: they only save time."""


class BaseOutputs:
    """Collects what the convolutions say of the images of a training.

    Parameters
    ----------
    model
        The network that learns or has learned, in this process's precision.
    has_embedding
        Whether the embedding's statistics will be wanted.
    num_images
        As many images will be added.
    """

    def __init__(
        self,
        architecture: Architecture,
        model: keras.Model,
        num_images: int,
        *,
        has_embedding: bool,
    ) -> None:
        self.tensors: dict[str, keras.KerasTensor] = {}
        """Named outputs that whoever runs the network asks for, too."""
        if architecture.after_base:
            maps = architecture.after_base(model)[BASE_MAPS]
            if _num_bytes(architecture, model, maps, num_images) <= (
                _MEMORY_SHARE * available_bytes()
            ):
                self.tensors[BASE_MAPS] = maps
        if has_embedding and architecture.embedding:
            self.tensors[STATISTICS] = architecture.embedding.statistics(model)
        self._base = keras.Model(model.input, self.tensors) if self.tensors else None
        self._num_images = num_images
        self._rows: dict[bytes, int] = {}
        self._num_added = 0
        self._values: dict[str, FeatureArray] = {}

    def add(self, outputs: Mapping[str, FeatureArray]) -> None:
        """Keep what was said of the next images: `tensors`, and their `INPUT`."""
        inputs = outputs[INPUT]
        rows = slice(self._num_added, self._num_added + len(inputs))
        for name in self.tensors:
            values = outputs[name]
            if name not in self._values:
                shape = (self._num_images, *values.shape[1:])
                self._values[name] = np.empty(shape, np.float32)
            self._values[name][rows] = values
        for number, values in enumerate(inputs):
            self._rows.setdefault(digest_of(values), rows.start + number)
        self._num_added = rows.stop

    def known(self) -> KnownInputs | None:
        """Return all that was kept; None if nothing was."""
        if self._base is None:
            return None
        return KnownInputs(hash_variables(self._base), self._rows, self._values)


def compile_look(
    model: keras.Model,
    prepare: Callable[[tf.Tensor], tf.Tensor],
    tensors: Mapping[str, keras.KerasTensor],
    *,
    with_input: bool = False,
) -> Look:
    """Return what turns uint8 pixels into tensors of the network, as float32.

    Parameters
    ----------
    prepare
        Turns the pixels into the network's input.
    with_input
        That is returned, too, by the name `INPUT`.
    """
    network = keras.Model(model.input, dict(tensors))

    def look(images: tf.Tensor) -> dict[str, tf.Tensor]:
        inputs = prepare(images)
        outputs = network(inputs, training=False)
        if with_input:
            outputs = {**outputs, INPUT: inputs}
        return {name: tf.cast(value, tf.float32) for name, value in outputs.items()}

    compiled: Look = tf.function(look, reduce_retracing=True, autograph=False)
    return compiled


def _num_bytes(
    architecture: Architecture,
    model: keras.Model,
    maps: keras.KerasTensor,
    num_images: int,
) -> int:
    """Return what the maps take; a network that learns may take images of any size."""
    side = architecture.input_size_px
    inputs = (num_images, side, side, model.input.shape[-1])
    shape = keras.Model(model.input, maps).compute_output_shape(inputs)
    return math.prod(map(int, shape)) * np.dtype(np.float32).itemsize
