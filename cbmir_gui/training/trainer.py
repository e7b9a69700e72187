"""The training loop: stages, epochs, early stopping, checkpoints, progress."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import keras

from cbmir_gui.core.errors import Cancelled, TrainingError
from cbmir_gui.core.records import EpochReport, TrainRequest
from cbmir_gui.engine.run_events import RunBatchSize, RunEvent, RunStep
from cbmir_gui.networks.registry import ARCHITECTURES
from cbmir_gui.networks.variables import get_variables, set_variables
from cbmir_gui.training import checkpoints
from cbmir_gui.training.batch_memory import OUT_OF_MEMORY, fitting_batch, halved
from cbmir_gui.training.batches import (
    Batch,
    LearningData,
    Table,
    plain_batches,
    training_batches,
)
from cbmir_gui.training.checkpoints import TrainingState
from cbmir_gui.training.early_stopping import next_state
from cbmir_gui.training.epoch_steps import IsStopped, UnstableError, learn, validate
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
from cbmir_gui.training.training_result import TrainingResult, Weights

_RECALIBRATION_BATCHES = 40
_EVALUATION_BATCH = 16

Report = Callable[[RunEvent], None]


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
        # What the first epoch begins again with; dropped when it has ended.
        self._start: Weights = {} if self._state.next_epoch else get_variables(model)

    def run(
        self, data: LearningData, report: Report, is_stopped: IsStopped
    ) -> TrainingResult:
        """Train to the end of the recipe, or until asked to stop.

        Where the memory will not be enough for a batch, a smaller one is taken; where
        it was not, the epoch begins again with half of it. A loss that is no longer a
        number ends the training; the best epoch before it counts.

        Raises
        ------
        TrainingError
            The loss is no longer a number in the first epoch, the memory is not even
            enough for two images, or the run began with other images or frozen layers.
        Cancelled
            Stopped before the first epoch ended.
        StorageError
            A checkpoint could not be written.
        """
        self._state = checkpoints.with_same_data(
            self._state, data.manifest_sha256, data.base_sha256, self._folder.name
        )
        stopped = False
        problem = ""
        while self._state.next_epoch < self._recipe.num_epochs and not stopped:
            try:
                stopped = not self._run_epoch(data, report, is_stopped)
            except OUT_OF_MEMORY:
                self._halve_batch()
                report(RunBatchSize(self._state.batch_size))
            except UnstableError as error:
                problem = self._describe_unstable(error)
                break
        if not self._state.best_epoch:
            if problem:
                raise TrainingError(problem)
            raise Cancelled
        best = next(e for e in self._epochs if e.epoch == self._state.best_epoch)
        weights = checkpoints.load_best(self._folder, best.epoch)
        return TrainingResult(weights, best, tuple(self._epochs), stopped, problem)

    def _run_epoch(
        self, data: LearningData, report: Report, is_stopped: IsStopped
    ) -> bool:
        """Train and validate one epoch; False if it was stopped before its end."""
        epoch = self._state.next_epoch
        index, within = self._recipe.stage_of(epoch)
        stage = self._recipe.stages[index]
        if self._steps is None or within == 0:
            if not self._enter_stage(index, data.train, is_stopped):
                return False
            self._lower_batch(stage, report)
        seed_dropout(self._model, self._request.seed, epoch)
        batch_size = self._batch_size(stage)
        num_steps = max(1, len(data.train) // batch_size)
        assert self._steps is not None
        sums = learn(
            self._steps,
            self._training_batches(data.train, stage, epoch),
            lambda step: learning_rate(
                stage, within * num_steps + step, stage.num_epochs * num_steps
            ),
            lambda step, loss: report(RunStep(epoch + 1, step, num_steps, loss)),
            is_stopped,
        )
        if sums is None:
            return False
        measured = self._validate(data.validation, stage, is_stopped)
        if measured is None:
            return False
        val_loss, val_accuracy = measured
        self._finish_epoch(
            EpochReport(
                epoch=epoch + 1,
                num_epochs=self._recipe.num_epochs,
                train_loss=sums.mean_loss,
                val_loss=val_loss,
                train_accuracy=sums.accuracy if self._has_classes else -1.0,
                val_accuracy=val_accuracy,
                seconds=sums.seconds,
                images_per_second=sums.images_per_second,
                image_size=stage.image_size_px,
                best_epoch=0,
            ),
            report,
        )
        return True

    def _enter_stage(self, index: int, train: Table, is_stopped: IsStopped) -> bool:
        """Prepare the first epoch of a stage; False if it was stopped meanwhile."""
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
            if stage.recalibrate and not self._recalibrate(stage, train, is_stopped):
                return False
        set_trainable(self._model, stage.trainable)
        self._steps = NetworkSteps(self._model, self._objective, optimizer)
        if resumed and entered:
            restore_optimizer(optimizer, arrays)
        if not entered:
            # The former stage's best stays until this stage has an epoch of its own.
            self._state = replace(self._state, stage=index, best_loss=float("inf"))
        return True

    def _recalibrate(self, stage: Stage, train: Table, is_stopped: IsStopped) -> bool:
        set_trainable(self._model, "all")
        steps = NetworkSteps(self._model, self._objective, make_optimizer(self._recipe))
        batches = self._training_batches(train, stage, self._state.next_epoch)
        for number, batch in enumerate(prefetch(batches)):
            if number == _RECALIBRATION_BATCHES:
                break
            if is_stopped():
                return False
            steps.recalibrate(batch.views)
        return True

    def _training_batches(
        self, train: Table, stage: Stage, epoch: int
    ) -> Iterator[Batch]:
        return training_batches(
            train,
            self._batch_size(stage),
            stage.image_size_px,
            self._request.seed,
            epoch,
            change=self._request.augment and self._recipe.augment,
        )

    def _validate(
        self, table: Table, stage: Stage, is_stopped: IsStopped
    ) -> tuple[float, float] | None:
        """Return loss and accuracy, -1 for a network without classes.

        None if it was stopped before the last image.
        """
        assert self._steps is not None
        batch_size = min(_EVALUATION_BATCH, self._batch_size(stage))
        batches = plain_batches(table, batch_size, stage.image_size_px)
        sums = validate(self._steps, batches, is_stopped)
        if sums is None:
            return None
        return sums.mean_loss, sums.accuracy if self._has_classes else -1.0

    def _finish_epoch(self, epoch: EpochReport, report: Report) -> None:
        """Keep the weights if they are the best, report, write the checkpoint.

        In this order: a committed epoch that nobody was told of would be missing in
        the history of a resumed run.
        """
        assert self._steps is not None
        weights = get_variables(self._model)
        state = next_state(self._state, epoch, self._recipe, self._request.patience)
        if state.best_epoch == epoch.epoch:
            checkpoints.save_best(self._folder, epoch.epoch, weights)
        epoch = replace(epoch, best_epoch=state.best_epoch)
        report(epoch)
        arrays = {**weights, **optimizer_arrays(self._steps.optimizer)}
        checkpoints.save_checkpoint(self._folder, state, arrays)
        checkpoints.drop_best_except(self._folder, state.best_epoch)
        self._state = state
        self._start = {}
        self._epochs.append(epoch)

    def _batch_size(self, stage: Stage) -> int:
        return min(stage.batch_size, self._state.batch_size or stage.batch_size)

    def _lower_batch(self, stage: Stage, report: Report) -> None:
        """Take smaller batches, and say so, if these will not fit the memory."""
        batch_size = self._batch_size(stage)
        fitting = fitting_batch(self._model, stage.image_size_px, batch_size)
        if fitting < batch_size:
            self._state = replace(self._state, batch_size=fitting)
            report(RunBatchSize(fitting))

    def _halve_batch(self) -> None:
        """Go back to the last checkpoint, or to the start, with half the batch."""
        index, _ = self._recipe.stage_of(self._state.next_epoch)
        batch_size = halved(self._batch_size(self._recipe.stages[index]))
        if self._start:
            set_variables(self._model, self._start, self._folder.name)
        self._steps = None
        self._state = replace(
            checkpoints.load_state(self._folder) or TrainingState(),
            batch_size=batch_size,
            data_sha256=self._state.data_sha256,
            base_sha256=self._state.base_sha256,
        )

    def _describe_unstable(self, error: UnstableError) -> str:
        kept = (
            f"The weights of epoch {self._state.best_epoch} are kept."
            if self._state.best_epoch
            else "There are no earlier weights to keep."
        )
        return (
            f"The training became unstable in epoch {self._state.next_epoch + 1}: the "
            f"loss is {error}. {kept} Train again with other data, another seed or "
            f"fewer layers."
        )
