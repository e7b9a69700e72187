"""The training loop: stages, epochs, early stopping, checkpoints, progress."""

import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from cbmir_gui.core.errors import Cancelled, TrainingError
from cbmir_gui.core.records import EpochReport, TrainRequest
from cbmir_gui.engine.run_events import RunEvent, RunStep
from cbmir_gui.networks.registry import ARCHITECTURES
from cbmir_gui.networks.variables import get_variables, set_variables
from cbmir_gui.training import checkpoints
from cbmir_gui.training.checkpoints import TrainingState
from cbmir_gui.training.datasets import (
    ImageTable,
    LabelArray,
    TrainingData,
    plain_batches,
    training_batches,
)
from cbmir_gui.training.network_steps import (
    NetworkSteps,
    make_optimizer,
    optimizer_arrays,
    restore_optimizer,
    seed_dropout,
    set_trainable,
)
from cbmir_gui.training.objectives import Objective
from cbmir_gui.training.prefetch import prefetch
from cbmir_gui.training.recipe import Recipe, Stage, learning_rate

_LOGGER = logging.getLogger(__name__)
_RECALIBRATION_BATCHES = 40
_EVALUATION_BATCH = 16

Weights = dict[str, NDArray[np.float32]]
Report = Callable[[RunEvent], None]
IsStopped = Callable[[], bool]


@dataclass(frozen=True, slots=True, eq=False)
class TrainingResult:
    """The best weights of the last stage that was reached."""

    weights: Weights
    best: EpochReport
    epochs: tuple[EpochReport, ...]
    stopped: bool
    """Ended on request, before the recipe did."""


class Trainer:
    """Train one network; goes on from the run folder's checkpoint if there is one.

    Parameters
    ----------
    epochs
        The epochs that an earlier process of the same run reported.
    """

    def __init__(
        self,
        model: keras.Model,
        objective: Objective,
        recipe: Recipe,
        request: TrainRequest,
        folder: Path,
        epochs: tuple[EpochReport, ...] = (),
    ) -> None:
        self._model = model
        self._objective = objective
        self._recipe = recipe
        self._request = request
        self._folder = folder
        self._has_classes = ARCHITECTURES[request.architecture].has_classes
        checkpoints.drop_unfinished(folder)
        self._state = checkpoints.load_state(folder) or TrainingState()
        # An epoch that was reported but not committed is run again.
        self._epochs = [e for e in epochs if e.epoch <= self._state.next_epoch]
        self._steps: NetworkSteps | None = None

    def run(
        self, data: TrainingData, report: Report, is_stopped: IsStopped
    ) -> TrainingResult:
        """Train to the end of the recipe, or until asked to stop.

        Raises
        ------
        TrainingError
            The loss is no longer a number, or the run began with other images.
        Cancelled
            Stopped before the first epoch ended.
        StorageError
            A checkpoint could not be written.
        """
        self._refuse_other_images(data)
        stopped = False
        while self._state.next_epoch < self._recipe.num_epochs and not stopped:
            stopped = not self._run_epoch(data, report, is_stopped)
        if not self._state.best_epoch:
            raise Cancelled
        best = next(e for e in self._epochs if e.epoch == self._state.best_epoch)
        weights = checkpoints.load_best(self._folder, best.epoch)
        return TrainingResult(weights, best, tuple(self._epochs), stopped)

    def _run_epoch(
        self, data: TrainingData, report: Report, is_stopped: IsStopped
    ) -> bool:
        """Train and validate one epoch; False if it was stopped in the middle."""
        epoch = self._state.next_epoch
        index, within = self._recipe.stage_of(epoch)
        stage = self._recipe.stages[index]
        if self._steps is None or within == 0:
            self._enter_stage(index, data.train)
        seed_dropout(self._model, self._request.seed, epoch)
        started = time.perf_counter()
        losses, correct, num_labelled, seen = [], 0, 0, 0
        batches = training_batches(
            data.train,
            stage.batch_size,
            stage.image_size_px,
            self._request.seed,
            epoch,
            change=self._request.augment and self._recipe.augment,
        )
        num_steps = max(1, len(data.train) // stage.batch_size)
        assert self._steps is not None
        for step, batch in enumerate(prefetch(batches), start=1):
            if is_stopped():
                return False
            rate = learning_rate(
                stage, within * num_steps + step - 1, stage.num_epochs * num_steps
            )
            result = self._steps.train(batch, rate)
            self._refuse_nan(result.loss)
            losses.append(result.loss)
            correct += result.num_correct
            num_labelled += self._count_labelled(batch.labels)
            seen += len(batch.labels)
            report(RunStep(epoch + 1, step, num_steps, result.loss))
        seconds = time.perf_counter() - started
        val_loss, val_accuracy = self._validate(data.validation, stage)
        self._refuse_nan(val_loss)
        self._finish_epoch(
            EpochReport(
                epoch=epoch + 1,
                num_epochs=self._recipe.num_epochs,
                train_loss=float(np.mean(losses)),
                val_loss=val_loss,
                train_accuracy=self._share(correct, num_labelled),
                val_accuracy=val_accuracy,
                seconds=seconds,
                images_per_second=seen / seconds,
                image_size=stage.image_size_px,
                best_epoch=0,
            ),
            report,
        )
        return True

    def _enter_stage(self, index: int, train: ImageTable) -> None:
        stage = self._recipe.stages[index]
        entered = self._state.stage == index and self._state.next_epoch > 0
        resumed = self._steps is None and self._state.next_epoch > 0
        optimizer = make_optimizer(self._recipe)
        if resumed:
            arrays = checkpoints.load_arrays(self._folder, self._state)
            weights = {
                k: v for k, v in arrays.items() if not k.startswith("optimizer/")
            }
            set_variables(self._model, weights, self._folder.name)
        if not entered and index > 0:
            best = checkpoints.load_best(self._folder, self._state.best_epoch)
            set_variables(self._model, best, self._folder.name)
            if stage.recalibrate:
                self._recalibrate(stage, train)
        set_trainable(self._model, stage.trainable)
        self._steps = NetworkSteps(self._model, self._objective, optimizer)
        if resumed and entered:
            restore_optimizer(optimizer, arrays)
        if not entered:
            # The former stage's best stays until this stage has an epoch of its own.
            self._state = replace(self._state, stage=index, best_loss=float("inf"))

    def _recalibrate(self, stage: Stage, train: ImageTable) -> None:
        set_trainable(self._model, "all")
        steps = NetworkSteps(self._model, self._objective, make_optimizer(self._recipe))
        batches = training_batches(
            train,
            stage.batch_size,
            stage.image_size_px,
            self._request.seed,
            self._state.next_epoch,
            change=self._request.augment and self._recipe.augment,
        )
        for number, batch in enumerate(prefetch(batches)):
            if number == _RECALIBRATION_BATCHES:
                break
            steps.recalibrate(batch.views)

    def _validate(self, table: ImageTable, stage: Stage) -> tuple[float, float]:
        assert self._steps is not None
        loss, correct = 0.0, 0
        for batch in plain_batches(table, _EVALUATION_BATCH, stage.image_size_px):
            result = self._steps.evaluate(batch)
            loss += result.loss * len(batch.labels)
            correct += result.num_correct
        num_labelled = self._count_labelled(table.labels)
        return loss / len(table), self._share(correct, num_labelled)

    def _finish_epoch(self, epoch: EpochReport, report: Report) -> None:
        """Keep the weights if they are the best, report, write the checkpoint.

        In this order: a committed epoch that nobody was told of would be missing in
        the history of a resumed run.
        """
        assert self._steps is not None
        weights = get_variables(self._model)
        state = replace(
            self._state,
            next_epoch=epoch.epoch,
            arrays_file=f"checkpoint-{epoch.epoch:03d}.h5",
        )
        if epoch.val_loss < state.best_loss:
            state = replace(state, best_epoch=epoch.epoch, best_loss=epoch.val_loss)
            checkpoints.save_best(self._folder, epoch.epoch, weights)
        index, within = self._recipe.stage_of(epoch.epoch - 1)
        if epoch.epoch - state.best_epoch >= self._request.patience:
            remaining = self._recipe.stages[index].num_epochs - within - 1
            _LOGGER.info("No better for %d epochs.", self._request.patience)
            state = replace(state, next_epoch=epoch.epoch + remaining)
        epoch = replace(epoch, best_epoch=state.best_epoch)
        report(epoch)
        arrays = {**weights, **optimizer_arrays(self._steps.optimizer)}
        checkpoints.save_checkpoint(self._folder, state, arrays)
        checkpoints.drop_best_except(self._folder, state.best_epoch)
        self._state = state
        self._epochs.append(epoch)

    def _share(self, correct: int, num_labelled: int) -> float:
        """Accuracy, or -1 for a network without classes."""
        return correct / max(1, num_labelled) if self._has_classes else -1.0

    def _count_labelled(self, labels: LabelArray) -> int:
        return int(np.count_nonzero(labels >= 0))

    def _refuse_other_images(self, data: TrainingData) -> None:
        """Refuse to go on: images may have moved between training and validation."""
        if self._state.data_sha256 not in {"", data.manifest_sha256}:
            raise TrainingError(
                f"The images that the training '{self._folder.name}' began with have "
                f"changed: other files, labels or splits. Start a new training."
            )
        self._state = replace(self._state, data_sha256=data.manifest_sha256)

    def _refuse_nan(self, loss: float) -> None:
        if not math.isfinite(loss):
            kept = (
                f"The weights of epoch {self._state.best_epoch} are kept."
                if self._state.best_epoch
                else "There are no earlier weights to keep."
            )
            raise TrainingError(
                f"The training became unstable: the loss is {loss}. {kept} Train "
                f"again with a smaller learning rate, other data or another seed."
            )
