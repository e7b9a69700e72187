"""What a network is trained for: its input, its target and its loss."""

from typing import Any, Protocol

import keras
import tensorflow as tf

from cbmir_gui.imaging.transforms import LUMA
from cbmir_gui.networks.dcnn import INPUT_SIZE_PX, MEAN_GRAY
from cbmir_gui.networks.vgg16 import MEAN_RGB
from cbmir_gui.training.batches import Batch

Outputs = Any
"""A tensor, or tensors by name: what the network returns."""

FINE_WEIGHT = 0.5
TEACHER_WEIGHT = 1.0


class Objective(Protocol):
    """What a network is trained for: its input, target and loss.

    A `Batch` holds tensors here.
    """

    def prepare(self, images: tf.Tensor) -> tf.Tensor:
        """Turn uint8 pixels into the network's input."""

    def loss(self, outputs: Outputs, batch: Batch) -> tf.Tensor:
        """Return the mean loss of a batch."""

    def num_correct(self, outputs: Outputs, batch: Batch) -> tf.Tensor:
        """Return how many labelled images were classified correctly."""


class Classification:
    """Cross-entropy with label smoothing on images minus the ImageNet mean."""

    def __init__(self, num_classes: int, label_smoothing: float) -> None:
        self._num_classes = num_classes
        self._smoothing = label_smoothing

    def prepare(self, images: tf.Tensor) -> tf.Tensor:
        """Subtract the mean of each channel."""
        return tf.cast(images, tf.float32) - tf.constant(MEAN_RGB)

    def loss(self, outputs: tf.Tensor, batch: Batch) -> tf.Tensor:
        """Return the smoothed cross-entropy."""
        return smoothed_cross_entropy(
            outputs, batch.labels, self._num_classes, self._smoothing
        )

    def num_correct(self, outputs: tf.Tensor, batch: Batch) -> tf.Tensor:
        """Count the images whose most probable class is the true one."""
        hits = tf.equal(tf.argmax(outputs, axis=1), batch.labels)
        return tf.reduce_sum(tf.cast(hits, tf.int32))


class GrayClassification(Classification):
    """The same on the luma of the central 224 px, minus the mean, for the DCNN."""

    def prepare(self, images: tf.Tensor) -> tf.Tensor:
        """Return (n, 224, 224, 1)."""
        edge = (images.shape[1] - INPUT_SIZE_PX) // 2
        centre = images[:, edge : edge + INPUT_SIZE_PX, edge : edge + INPUT_SIZE_PX]
        luma = tf.cast(centre, tf.float32) * tf.constant(LUMA)
        return tf.reduce_sum(luma, axis=-1, keepdims=True) - MEAN_GRAY


class JointClassification(Classification):
    """Classes, finer classes and a teacher's features at once.

    The loss is CE(classes) + 0.5 CE(fine classes) + 1 (1 - cosine to the teacher);
    each term is a mean over the images that have its target. Outputs are those of
    `second_head.add_second_head`.
    """

    def __init__(
        self, num_classes: int, num_fine_classes: int, label_smoothing: float
    ) -> None:
        super().__init__(num_classes, label_smoothing)
        self._num_fine_classes = num_fine_classes

    def loss(self, outputs: dict[str, tf.Tensor], batch: Batch) -> tf.Tensor:
        """Return the sum of the terms that the network has outputs for."""
        total = super().loss(outputs["probabilities"], batch)
        if "fine" in outputs:
            total += FINE_WEIGHT * smoothed_cross_entropy(
                outputs["fine"],
                batch.fine_labels,
                self._num_fine_classes,
                self._smoothing,
            )
        if "imitation" in outputs:
            cosine = tf.reduce_sum(outputs["imitation"] * batch.teacher, axis=1)
            total += TEACHER_WEIGHT * tf.reduce_mean(1.0 - cosine)
        return total

    def num_correct(self, outputs: dict[str, tf.Tensor], batch: Batch) -> tf.Tensor:
        """Count the images whose most probable class is the true one."""
        return super().num_correct(outputs["probabilities"], batch)


class Reconstruction:
    """Mean squared error against the unchanged image, in the range 0-1."""

    def prepare(self, images: tf.Tensor) -> tf.Tensor:
        """Scale to 0-1."""
        return tf.cast(images, tf.float32) / 255.0

    def loss(self, outputs: tf.Tensor, batch: Batch) -> tf.Tensor:
        """Return the mean squared error."""
        return tf.reduce_mean(tf.square(outputs - self.prepare(batch.plain)))

    def num_correct(self, outputs: tf.Tensor, batch: Batch) -> tf.Tensor:
        """Return 0: there are no classes."""
        del outputs, batch
        return tf.constant(0)


def smoothed_cross_entropy(
    probabilities: tf.Tensor, labels: tf.Tensor, num_classes: int, smoothing: float
) -> tf.Tensor:
    """Return the mean over the labelled images (label >= 0); 0 if there are none."""
    losses = keras.losses.categorical_crossentropy(
        tf.one_hot(tf.maximum(labels, 0), num_classes),
        probabilities,
        label_smoothing=smoothing,
    )
    labelled = tf.cast(labels >= 0, losses.dtype)
    return tf.reduce_sum(losses * labelled) / tf.maximum(tf.reduce_sum(labelled), 1.0)
