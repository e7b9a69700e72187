"""A network of `networks.baselines`, trained from scratch within a time budget.

It is made for one line of a table: nothing of it is saved.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from cbmir_gui.core.errors import TrainingError
from cbmir_gui.core.progress import Progress
from cbmir_gui.core.records import FloatArray, ImageArray
from cbmir_gui.imaging.transforms import letterbox
from cbmir_gui.networks.baselines import BASELINES, FEATURES_LAYER, build_baseline
from cbmir_gui.networks.precision import keras_policy
from cbmir_gui.networks.variables import get_variables, set_variables
from cbmir_gui.networks.vgg16 import MEAN_RGB
from cbmir_gui.training.augmentation import centre_view
from cbmir_gui.training.batches import plain_batches, training_batches
from cbmir_gui.training.datasets import TABLE_SIZE_PX, TrainingData
from cbmir_gui.training.network_steps import NetworkSteps, seed_dropout
from cbmir_gui.training.objectives import Classification
from cbmir_gui.training.prefetch import prefetch
from cbmir_gui.training.recipe import Stage, learning_rate

_LABEL_SMOOTHING = 0.1
_BATCH_SIZE = 32
_SCHEDULE_STEPS = 1000
_EVALUATION_BATCH = 16


@dataclass(frozen=True, slots=True)
class BaselineLimits:
    """What ends the training, whichever comes first."""

    budget_s: float
    max_epochs: int = 30
    patience: int = 5
    seed: int = 1


@dataclass(frozen=True, slots=True)
class BaselineCost:
    """What the training took, and when it ended."""

    num_epochs: float
    """The last one may have been cut short by the budget."""
    seconds: float
    val_accuracy: float
    num_parameters: int


class TrainedBaseline:
    """The network with its best weights, as a source of features."""

    def __init__(
        self, model: keras.Model, classes: tuple[str, ...], cost: BaselineCost
    ) -> None:
        self.classes = classes
        self.cost = cost
        self._size_px = int(model.input.shape[1])
        features = model.get_layer(FEATURES_LAYER).output
        self.feature_dim = int(features.shape[-1])
        network = keras.Model(model.input, [features, model.output])
        self._run = tf.function(
            lambda batch: [
                tf.cast(value, tf.float32) for value in network(batch, training=False)
            ],
            autograph=False,
            reduce_retracing=True,
        )

    def preprocess(self, image: ImageArray) -> FloatArray:
        """Return (size_px, size_px, 3), as validation saw it."""
        view = centre_view(letterbox(image, TABLE_SIZE_PX), self._size_px)
        return view.astype(np.float32) - np.array(MEAN_RGB, np.float32)

    def run(self, batch: FloatArray) -> Mapping[str, FloatArray]:
        """Return "features" (n, feature_dim) and "probabilities" (n, num_classes)."""
        features, probabilities = self._run(tf.constant(batch, tf.float32))
        return {"features": features.numpy(), "probabilities": probabilities.numpy()}


def train_baseline(
    name: str, data: TrainingData, limits: BaselineLimits, progress: Progress
) -> TrainedBaseline:
    """Train with augmentation; the learning rate falls over the budget.

    The weights with the lowest loss on val are kept. How far it gets depends on the
    machine: two runs are alike, not equal.

    Raises
    ------
    TrainingError
        The loss is no longer a number.
    Cancelled
        `progress` asked to stop.
    """
    keras.backend.clear_session()
    keras.config.set_dtype_policy(keras_policy())
    keras.utils.set_random_seed(limits.seed)
    model = build_baseline(name, len(data.classes))
    return _Run(name, model, data, limits, progress).train()


class _Run:
    """One training; `train` runs it once."""

    def __init__(
        self,
        name: str,
        model: keras.Model,
        data: TrainingData,
        limits: BaselineLimits,
        progress: Progress,
    ) -> None:
        self._name = name
        self._model = model
        self._data = data
        self._limits = limits
        self._progress = progress
        objective = Classification(len(data.classes), _LABEL_SMOOTHING)
        optimizer = keras.optimizers.AdamW(1e-3, weight_decay=0.02)
        optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
        self._steps = NetworkSteps(model, objective, optimizer)
        size_px = BASELINES[name].image_size_px
        self._stage = Stage(
            size_px, limits.max_epochs, "all", 1e-3, 1e-5, _BATCH_SIZE, 20
        )
        self._num_steps = max(1, len(data.train) // _BATCH_SIZE)
        self._started = time.perf_counter()

    def train(self) -> TrainedBaseline:
        """Train to the first limit and put the best weights back."""
        best_loss, best_accuracy, best_epoch = float("inf"), 0.0, 0
        best = get_variables(self._model)
        num_done = 0
        for epoch in range(self._limits.max_epochs):
            num_done += self._run_epoch(epoch)
            loss, accuracy = self._validate()
            if loss < best_loss:
                best_loss, best_accuracy, best_epoch = loss, accuracy, epoch
                best = get_variables(self._model)
            if self._is_over() or epoch - best_epoch >= self._limits.patience:
                break
        set_variables(self._model, best, self._name)
        cost = BaselineCost(
            num_epochs=round(num_done / self._num_steps, 1),
            seconds=round(time.perf_counter() - self._started, 1),
            val_accuracy=best_accuracy,
            num_parameters=int(self._model.count_params()),
        )
        return TrainedBaseline(self._model, self._data.classes, cost)

    def _run_epoch(self, epoch: int) -> int:
        """Return how many steps the budget allowed."""
        seed = self._limits.seed
        seed_dropout(self._model, seed, epoch)
        size_px = self._stage.image_size_px
        batches = training_batches(
            self._data.train, _BATCH_SIZE, size_px, seed, epoch, change=True
        )
        num_done = 0
        for batch in prefetch(batches):
            self._progress(
                num_done, self._num_steps, f"Training {self._name}, epoch {epoch + 1}"
            )
            loss = self._steps.train(batch, self._rate(epoch, num_done)).loss
            self._refuse_unstable(loss)
            num_done += 1
            if self._is_over():
                break
        return num_done

    def _rate(self, epoch: int, step: int) -> float:
        warm_up = epoch * self._num_steps + step
        if warm_up < self._stage.warm_up_steps:
            return learning_rate(self._stage, warm_up, _SCHEDULE_STEPS)
        by_epochs = (epoch + step / self._num_steps) / self._limits.max_epochs
        by_time = (time.perf_counter() - self._started) / self._limits.budget_s
        share = min(1.0, max(by_epochs, by_time))
        position = max(self._stage.warm_up_steps, round(share * _SCHEDULE_STEPS))
        return learning_rate(self._stage, position, _SCHEDULE_STEPS)

    def _is_over(self) -> bool:
        return time.perf_counter() - self._started > self._limits.budget_s

    def _validate(self) -> tuple[float, float]:
        table = self._data.validation
        loss, num_correct = 0.0, 0
        for batch in plain_batches(table, _EVALUATION_BATCH, self._stage.image_size_px):
            result = self._steps.evaluate(batch)
            loss += result.loss * len(batch.labels)
            num_correct += result.num_correct
        # No weights would be the best, and the row that of a random network.
        self._refuse_unstable(loss)
        return loss / len(table), num_correct / len(table)

    def _refuse_unstable(self, loss: float) -> None:
        if not np.isfinite(loss):
            raise TrainingError(
                f"The training of '{self._name}' became unstable: the loss is "
                f"{loss}. Try it again with other data."
            )
