"""Train a model from labelled images: what `cbmir train` and the dialog start."""

import contextlib
import logging
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cbmir_gui.core.errors import Cancelled, CbmirError, TrainingError
from cbmir_gui.core.progress import Progress, no_progress
from cbmir_gui.core.records import EpochReport, TrainRequest
from cbmir_gui.engine.run_events import (
    RunEvent,
    RunFailed,
    RunFinished,
    RunSaving,
    RunStarted,
    RunStep,
    RunStopped,
)
from cbmir_gui.networks.card import CARD_FILE, Card
from cbmir_gui.networks.model_store import find_model
from cbmir_gui.services.left_out import list_left_out, listing_left_out
from cbmir_gui.services.model_figures import measure_model
from cbmir_gui.services.saved_models import find_saved
from cbmir_gui.services.start_features import SeenImages, keep_features_of_start
from cbmir_gui.services.training_data import load_images, reading_progress
from cbmir_gui.services.training_runs import take_run
from cbmir_gui.sources.licences import read_licences

if TYPE_CHECKING:
    from cbmir_gui.training.batches import LearningData
    from cbmir_gui.training.datasets import TrainingData
    from cbmir_gui.training.objectives import Objective
    from cbmir_gui.training.run_log import RunLog
    from cbmir_gui.training.training_result import TrainingResult

_LOGGER = logging.getLogger(__name__)


def train(
    request: TrainRequest,
    folder: Path | None = None,
    resume: bool = False,
    progress: Progress = no_progress,
    *,
    is_compared: bool = True,
) -> dict[str, Any]:
    """Train, save the model, and return its card.

    Parameters
    ----------
    folder
        The run folder; None makes one, or with `resume` finds the newest one of the
        model's name.
    resume
        Go on from the last checkpoint, with the configuration of the run folder; a
        model that the run has saved already is only measured.
    is_compared
        Whether the new model may be compared with the one that it starts from: what
        the latter says of the images is kept then, if it costs little.

    Raises
    ------
    DataError, LibraryError, ModelError, StorageError
    TrainingError
        Among others: the learning became unstable, or the figures could not be
        measured. The message then names the model that was saved all the same.
    Cancelled
        Stopped before the first epoch ended: there is nothing to keep.
    """
    from cbmir_gui.training.run_log import RunLog

    with take_run(request, folder, resume) as (folder, request), RunLog(folder) as log:
        try:
            run = _Run(request, folder, log, progress, is_compared=is_compared)
            saved = find_saved(request) if resume else None
            return asdict(run.train() if saved is None else run.finish(saved))
        except Cancelled:
            log.write_last(RunStopped())
            raise
        except CbmirError as error:
            log.write_last(RunFailed(str(error)))
            raise
        except KeyboardInterrupt:
            log.write_last(RunFailed("The training was interrupted; --resume goes on."))
            raise
        except Exception:
            log.write_last(RunFailed("The training failed unexpectedly; see its log."))
            raise


class _Run:
    """One training, step by step; `train` runs it."""

    def __init__(
        self,
        request: TrainRequest,
        folder: Path,
        log: "RunLog",
        progress: Progress,
        *,
        is_compared: bool,
    ) -> None:
        from cbmir_gui.training.run_control import RunControl

        self._request = request
        self._folder = folder
        self._log = log
        self._progress = progress
        self._is_compared = is_compared
        self._control = RunControl(folder, log.write)
        self._reading = reading_progress(progress, log.write, self._control.is_stopped)

    def train(self) -> Card:
        """Read, learn, save and measure."""
        from cbmir_gui.training.recipe import make_recipe

        with listing_left_out(self._folder):
            data = load_images(self._request, self._reading, self._folder)
        list_left_out(self._folder, data.failed)
        self._log.write(
            RunStarted(
                name=self._request.name,
                num_epochs=make_recipe(self._request).num_epochs,
                num_train=len(data.train),
                num_validation=len(data.validation),
                num_classes=len(data.classes),
                num_failed=len(data.failed),
            )
        )
        result = self._learn(data)
        self._log.write(RunSaving())
        card, seen = self._save(data, result)
        return self._finish(card, result.stopped, result.problem, seen)

    def finish(self, card: Card) -> Card:
        """Measure the model that an earlier process of the run has saved."""
        stopped = bool(card.training.get("stopped_by_user"))
        if stopped and "val" in card.metrics:
            raise TrainingError(
                f"The training was stopped, and its best weights are the model "
                f"'{card.name}'. To go on with it, delete that model first."
            )
        self._log.write(RunSaving())
        return self._finish(card, stopped, str(card.training.get("problem", "")))

    def _finish(
        self, card: Card, stopped: bool, problem: str, seen: SeenImages | None = None
    ) -> Card:
        card = self._measure(card, stopped, problem, seen)
        if problem:
            raise TrainingError(f"{problem} They are the model '{card.name}'.")
        if not stopped:
            self._drop_leftovers()
        return card

    def _learn(self, data: "TrainingData") -> "TrainingResult":
        from cbmir_gui.training.head_features import train_head
        from cbmir_gui.training.preparation import build_network, make_objective
        from cbmir_gui.training.recipe import make_recipe
        from cbmir_gui.training.run_log import read_epochs
        from cbmir_gui.training.trainer import Trainer

        request = self._request
        recipe = make_recipe(request)
        network = build_network(request, recipe, data, self._folder)
        objective = make_objective(request, recipe, data)
        epochs = read_epochs(self._folder)

        def report(event: RunEvent) -> None:
            self._log.write(event)
            if isinstance(event, RunStep):
                done = (event.epoch - 1) * event.num_steps + event.step
                total = recipe.num_epochs * event.num_steps
                text = f"Epoch {event.epoch}, loss {event.loss:.3f}"
                self._progress(done, total, text)
            elif isinstance(event, EpochReport):
                _LOGGER.info("Epoch %d: loss %.4f", event.epoch, event.val_loss)

        def learn(
            model: Any, objective: "Objective", tables: "LearningData"
        ) -> "TrainingResult":
            folder = self._folder
            trainer = Trainer(model, objective, recipe, request, folder, epochs)
            return trainer.run(tables, report, self._control.is_stopped)

        if request.trainable == "head":
            return train_head(
                network, objective, recipe, request, data, self._reading, learn
            )
        return learn(network, objective, data)

    def _save(
        self, data: "TrainingData", result: "TrainingResult"
    ) -> tuple[Card, SeenImages | None]:
        from cbmir_gui.networks.model_store import save_model
        from cbmir_gui.training.embedding import with_embedding
        from cbmir_gui.training.finished_model import make_card, plain_weights
        from cbmir_gui.training.history import curves_png, history_csv
        from cbmir_gui.training.preparation import make_objective
        from cbmir_gui.training.recipe import make_recipe

        request = self._request
        licences = read_licences(
            Path(request.data), "" if request.second_head else request.set_name
        )
        recipe = make_recipe(request)
        embedded = with_embedding(
            plain_weights(result.weights),
            data,
            request,
            make_objective(request, recipe, data).prepare,
            self._progress,
            result.known,
        )
        card = make_card(
            request.name,
            request,
            recipe,
            data,
            result,
            licences,
            embedded.embedding_dim,
        )
        extra_files = {
            "history.csv": history_csv(result.epochs),
            "curves.png": curves_png(result.epochs, request.name),
        }
        card = save_model(card, embedded.weights, extra_files)
        if embedded.known is None:
            return card, None
        sources = [
            source
            for table in (data.train, data.validation)
            for source, label in zip(table.sources, table.labels, strict=True)
            if label >= 0
        ]
        has_same = request.trainable == "head" and self._is_compared
        start = request.weights if has_same else ""
        return card, SeenImages(embedded.known, sources, start)

    def _measure(
        self, card: Card, stopped: bool, problem: str, seen: SeenImages | None
    ) -> Card:
        """Measure the new model, and tell how the run ended."""
        from cbmir_gui.features.registry import close_network, open_network

        path = str(find_model(card.name) / CARD_FILE)
        ended: RunFinished | RunStopped = RunFinished(card.name, path)
        if stopped or problem:
            ended = RunStopped(card.name, path, problem)

        def progress(done: int, total: int, text: str = "") -> None:
            self._progress(done, total, text)
            # Who has stopped the learning still wants to know how good the model is.
            if not stopped and self._control.is_stopped():
                raise Cancelled

        try:
            if seen:
                open_network(card.name).remember(seen.known)
            card = measure_model(card, self._request, progress)
        except Cancelled:
            ended = RunStopped(card.name, path, problem)
        except CbmirError as error:
            raise TrainingError(
                f"The model '{card.name}' is trained and saved, but its figures could "
                f"not be measured: {error} --resume measures them."
            ) from error
        finally:
            close_network(card.name)
        if seen and isinstance(ended, RunFinished):
            # Who stops it from here on finds everything done that was asked for.
            with contextlib.suppress(Cancelled, KeyboardInterrupt):
                keep_features_of_start(seen, progress)
        self._log.write(ended)
        return card

    def _drop_leftovers(self) -> None:
        """Delete what only going on with the run would have needed.

        The best weights stay where another training can go on from them.
        """
        from cbmir_gui.training.checkpoints import drop_checkpoint
        from cbmir_gui.training.recipe import make_recipe

        network = (self._request.architecture, self._request.variant)
        has_batch_norm = make_recipe(self._request).batch_norm
        keep_best = network == ("vgg16", "default") and has_batch_norm
        drop_checkpoint(self._folder, keep_best)
