"""The arithmetic of one training step, compiled; knows no files and no epochs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import keras
import numpy as np
import tensorflow as tf

from cbmir_gui.core.records import ImageArray
from cbmir_gui.networks.vgg16 import MEAN_RGB
from cbmir_gui.training.datasets import LabelArray
from cbmir_gui.training.recipe import Recipe


@dataclass(frozen=True, slots=True)
class StepResult:
    """Mean loss of a batch, and how many of its images were classified correctly."""

    loss: float
    num_correct: int
    """0 where the network has no classes."""


class Objective(Protocol):
    """What a network is trained for: its input, target and loss."""

    def prepare(self, images: tf.Tensor) -> tf.Tensor:
        """Turn uint8 pixels into the network's input."""

    def loss(
        self, outputs: tf.Tensor, plain: tf.Tensor, labels: tf.Tensor
    ) -> tf.Tensor:
        """Return the mean loss of a batch."""

    def num_correct(self, outputs: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        """Return how many images were classified correctly."""


class Classification:
    """Cross-entropy with label smoothing on images minus the ImageNet mean."""

    def __init__(self, num_classes: int, label_smoothing: float) -> None:
        self._num_classes = num_classes
        self._smoothing = label_smoothing

    def prepare(self, images: tf.Tensor) -> tf.Tensor:
        """Subtract the mean of each channel."""
        return tf.cast(images, tf.float32) - tf.constant(MEAN_RGB)

    def loss(
        self, outputs: tf.Tensor, plain: tf.Tensor, labels: tf.Tensor
    ) -> tf.Tensor:
        """Return the smoothed cross-entropy."""
        del plain
        targets = tf.one_hot(labels, self._num_classes)
        losses = keras.losses.categorical_crossentropy(
            targets, outputs, label_smoothing=self._smoothing
        )
        return tf.reduce_mean(losses)

    def num_correct(self, outputs: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        """Count the images whose most probable class is the true one."""
        hits = tf.equal(tf.argmax(outputs, axis=1), labels)
        return tf.reduce_sum(tf.cast(hits, tf.int32))


class Reconstruction:
    """Mean squared error against the unchanged image, in the range 0-1."""

    def prepare(self, images: tf.Tensor) -> tf.Tensor:
        """Scale to 0-1."""
        return tf.cast(images, tf.float32) / 255.0

    def loss(
        self, outputs: tf.Tensor, plain: tf.Tensor, labels: tf.Tensor
    ) -> tf.Tensor:
        """Return the mean squared error."""
        del labels
        return tf.reduce_mean(tf.square(outputs - self.prepare(plain)))

    def num_correct(self, outputs: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        """Return 0: there are no classes."""
        del outputs, labels
        return tf.constant(0)


class NetworkSteps:
    """Compiled training and validation steps of one stage.

    Parameters
    ----------
    model
        Its trainable variables, as they are now, are what the optimizer changes.
    """

    def __init__(
        self,
        model: keras.Model,
        objective: Objective,
        optimizer: keras.optimizers.Optimizer,
    ) -> None:
        self._model = model
        self._objective = objective
        self.optimizer = optimizer
        self._variables: Sequence[Any] = model.trainable_variables
        optimizer.build(self._variables)
        self._train = tf.function(self._train_step, reduce_retracing=True)
        self._evaluate = tf.function(self._evaluate_step, reduce_retracing=True)
        self._pass = tf.function(
            lambda images: model(objective.prepare(images), training=True),
            reduce_retracing=True,
        )

    def train(
        self, views: ImageArray, plain: ImageArray, labels: LabelArray, rate: float
    ) -> StepResult:
        """Change the weights once.

        Parameters
        ----------
        views, plain : (num_images, size_px, size_px, 3)
            Changed images, and the same images unchanged.
        labels : (num_images,)
        rate
            Learning rate of this step.
        """
        self.optimizer.learning_rate.assign(rate)
        loss, correct = self._train(
            tf.constant(views), tf.constant(plain), tf.constant(labels)
        )
        return StepResult(float(loss), int(correct))

    def evaluate(self, images: ImageArray, labels: LabelArray) -> StepResult:
        """Compute loss and correct answers without changing anything."""
        loss, correct = self._evaluate(tf.constant(images), tf.constant(labels))
        return StepResult(float(loss), int(correct))

    def recalibrate(self, images: ImageArray) -> None:
        """Let the batch normalisation see one batch; no weight changes."""
        self._pass(tf.constant(images))

    def _train_step(
        self, views: tf.Tensor, plain: tf.Tensor, labels: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            outputs = self._model(self._objective.prepare(views), training=True)
            loss = self._objective.loss(outputs, plain, labels)
        gradients = tape.gradient(loss, self._variables)
        self.optimizer.apply(gradients, self._variables)
        return loss, self._objective.num_correct(outputs, labels)

    def _evaluate_step(
        self, images: tf.Tensor, labels: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        outputs = self._model(self._objective.prepare(images), training=False)
        loss = self._objective.loss(outputs, images, labels)
        return loss, self._objective.num_correct(outputs, labels)


def make_optimizer(recipe: Recipe) -> keras.optimizers.Optimizer:
    """Build the recipe's optimizer; the loop sets the rate before each step."""
    if recipe.optimizer == "adamw":
        optimizer = keras.optimizers.AdamW(1e-3, weight_decay=recipe.weight_decay)
        optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
        return optimizer
    if recipe.optimizer == "sgd":
        return keras.optimizers.SGD(1e-3, momentum=0.9, nesterov=True)
    return keras.optimizers.Adam(1e-3)


def set_trainable(model: keras.Model, trainable: str) -> None:
    """Freeze what is not to be trained: "head", "block5" (and head) or "all".

    Frozen batch normalisation runs in inference mode (Keras).
    """
    frozen = {"all": (), "block5": range(1, 5), "head": range(1, 6)}[trainable]
    prefixes = tuple(f"block{number}_" for number in frozen)
    for layer in model.layers:
        layer.trainable = not (prefixes and layer.name.startswith(prefixes))


def seed_dropout(model: keras.Model, seed: int, epoch: int) -> None:
    """Make the dropout of an epoch depend on `seed` and `epoch` only.

    A resumed run then drops what the unbroken one would have dropped.
    """
    for number, layer in enumerate(model.layers):
        if isinstance(layer, keras.layers.Dropout):
            layer.seed_generator.state.assign([seed * 1000 + number, epoch])


def optimizer_arrays(
    optimizer: keras.optimizers.Optimizer,
) -> dict[str, np.ndarray[Any, np.dtype[np.float32]]]:
    """Return the optimizer's state by its position."""
    return {
        f"optimizer/{number:04d}": np.array(variable.numpy(), np.float32)
        for number, variable in enumerate(optimizer.variables)
    }


def restore_optimizer(
    optimizer: keras.optimizers.Optimizer,
    arrays: dict[str, np.ndarray[Any, np.dtype[np.float32]]],
) -> None:
    """Put back what `optimizer_arrays` returned, for the same network and stage."""
    for number, variable in enumerate(optimizer.variables):
        value = arrays[f"optimizer/{number:04d}"]
        variable.assign(value.astype(variable.dtype))
