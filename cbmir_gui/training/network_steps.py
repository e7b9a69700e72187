"""The arithmetic of one training step, compiled; knows no files and no epochs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from cbmir_gui.core.records import ImageArray
from cbmir_gui.training.batches import Batch
from cbmir_gui.training.objectives import Objective
from cbmir_gui.training.recipe import Recipe


@dataclass(frozen=True, slots=True)
class StepResult:
    """Mean loss of a batch, and how many of its images were classified correctly."""

    loss: float
    num_correct: int
    """0 where the network has no classes."""


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

    def train(self, batch: Batch, rate: float) -> StepResult:
        """Change the weights once, with this learning rate."""
        self.optimizer.learning_rate.assign(rate)
        loss, correct = self._train(Batch(*map(tf.constant, batch)))
        return StepResult(float(loss), int(correct))

    def evaluate(self, batch: Batch) -> StepResult:
        """Compute loss and correct answers without changing anything."""
        loss, correct = self._evaluate(Batch(*map(tf.constant, batch)))
        return StepResult(float(loss), int(correct))

    def recalibrate(self, images: ImageArray) -> None:
        """Let the batch normalisation see one batch; no weight changes."""
        self._pass(tf.constant(images))

    def _train_step(self, batch: Batch) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            outputs = self._model(self._objective.prepare(batch.views), training=True)
            loss = self._objective.loss(outputs, batch)
        gradients = tape.gradient(loss, self._variables)
        self.optimizer.apply(gradients, self._variables)
        return loss, self._objective.num_correct(outputs, batch)

    def _evaluate_step(self, batch: Batch) -> tuple[tf.Tensor, tf.Tensor]:
        outputs = self._model(self._objective.prepare(batch.plain), training=False)
        loss = self._objective.loss(outputs, batch)
        return loss, self._objective.num_correct(outputs, batch)


def make_optimizer(recipe: Recipe) -> keras.optimizers.Optimizer:
    """Build the recipe's optimizer; the loop sets the rate before each step."""
    if recipe.optimizer == "adamw":
        optimizer = keras.optimizers.AdamW(1e-3, weight_decay=recipe.weight_decay)
        optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
        return optimizer
    if recipe.optimizer == "plain-sgd":
        return keras.optimizers.SGD(1e-3)
    if recipe.optimizer == "sgd":
        return keras.optimizers.SGD(1e-3, momentum=0.9, nesterov=True)
    return keras.optimizers.Adam(1e-3)


def set_trainable(model: keras.Model, trainable: str) -> None:
    """Freeze what is not to be trained: "head", "block5" (and head) or "all".

    Frozen batch normalisation runs in inference mode (Keras).
    """
    for layer in model.layers:
        layer.trainable = not is_frozen(layer.name, trainable)


def is_frozen(name: str, trainable: str) -> bool:
    """Tell whether `set_trainable` freezes the layer of this name."""
    frozen = {"all": (), "block5": range(1, 5), "head": range(1, 6)}[trainable]
    prefixes = tuple(
        prefix for number in frozen for prefix in (f"block{number}_", f"conv{number}")
    )
    return name.startswith(prefixes)


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
