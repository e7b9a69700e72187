"""Batches that fit the memory: looked at beforehand, and halved where one did not."""

import logging
import math

import keras
import tensorflow as tf

from cbmir_gui.core.errors import TrainingError
from cbmir_gui.training.memory import available_bytes

OUT_OF_MEMORY = (MemoryError, tf.errors.ResourceExhaustedError)
"""What a step raises where the memory is not enough for its batch."""
_SMALLEST_BATCH = 2
_LOGGER = logging.getLogger(__name__)


def halved(batch_size: int) -> int:
    """Return half of a batch that does not fit.

    Raises
    ------
    TrainingError
        It could not be smaller.
    """
    if batch_size // 2 < _SMALLEST_BATCH:
        raise TrainingError(
            f"There is not enough memory to train, not even on {_SMALLEST_BATCH} "
            f"images at once. Close other programs, or choose smaller images."
        )
    _LOGGER.warning(
        "There is not enough memory: going on with batches of %d images.",
        batch_size // 2,
    )
    return batch_size // 2


def fitting_batch(model: keras.Model, size_px: int, batch_size: int) -> int:
    """Halve a batch until it fits the memory that is left.

    It is left as it is on a graphics card, where one too large is an error that can
    be caught, and where features are learned from, which need little.

    Raises
    ------
    TrainingError
        Not even the smallest one fits.
    """
    is_of_images = len(model.input.shape) == 4
    if tf.config.list_physical_devices("GPU") or not is_of_images:
        return batch_size
    needed = bytes_per_image(model, size_px)
    gradients = sum(
        math.prod(weights.shape) * tf.as_dtype(weights.dtype).size
        for weights in model.trainable_weights
    )
    available = available_bytes() - gradients
    while batch_size * needed > available:
        batch_size = halved(batch_size)
    return batch_size


def bytes_per_image(model: keras.Model, size_px: int) -> int:
    """Return about what a training step needs for one image; rather too little.

    From the first layer that learns on, what every layer says is kept for the
    gradients; beside it the largest one is there twice.
    """
    layers = model.layers
    sides = [side or size_px for side in model.input.shape[1:]]
    network = keras.Model(model.input, [layer.output for layer in layers])
    sizes: list[int] = [
        math.prod(shape) * tf.as_dtype(layer.output.dtype).size
        for layer, shape in zip(
            layers, network.compute_output_shape((1, *sides)), strict=True
        )
    ]
    learns = [bool(layer.trainable_weights) for layer in layers]
    first = learns.index(True) if any(learns) else len(layers)
    return 2 * max(sizes) + sum(sizes[first:])
