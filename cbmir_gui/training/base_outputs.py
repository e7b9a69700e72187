"""What the convolutions say of the unchanged images, kept for whoever comes next.

The embedding is fitted to it, and the new model's figures need not compute it again.
"""

import math
from collections.abc import Mapping

import keras
import numpy as np

from cbmir_gui.features.known_inputs import KnownInputs, digest_of
from cbmir_gui.networks.registry import MAPS, STATISTICS, Architecture
from cbmir_gui.networks.variables import hash_variables
from cbmir_gui.training.batches import FeatureArray
from cbmir_gui.training.memory import available_bytes

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
            maps = architecture.after_base(model)[MAPS]
            if _num_bytes(architecture, model, maps, num_images) <= (
                _MEMORY_SHARE * available_bytes()
            ):
                self.tensors[MAPS] = maps
        if has_embedding and architecture.embedding:
            self.tensors[STATISTICS] = architecture.embedding.statistics(model)
        self._base = keras.Model(model.input, self.tensors) if self.tensors else None
        self._num_images = num_images
        self._rows: dict[bytes, int] = {}
        self._num_added = 0
        self._values: dict[str, FeatureArray] = {}

    def add(self, inputs: FeatureArray, outputs: Mapping[str, FeatureArray]) -> None:
        """Keep what was said of the next images, by the names of `tensors`."""
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
