"""Train a model from labelled images: what `cbmir train` and the dialog start."""

import logging
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cbmir_gui.core.errors import Cancelled, CbmirError, TrainingError
from cbmir_gui.core.progress import Progress, no_progress
from cbmir_gui.core.records import EpochReport, ImageArray, ImageSource, TrainRequest
from cbmir_gui.engine.decoder_client import DecoderClient
from cbmir_gui.engine.run_events import (
    RunEvent,
    RunFailed,
    RunFinished,
    RunReading,
    RunSaving,
    RunStarted,
    RunStep,
    RunStopped,
)
from cbmir_gui.engine.run_folder import STOP_FILE
from cbmir_gui.networks.card import CARD_FILE, Card
from cbmir_gui.networks.model_store import find_model
from cbmir_gui.services.model_figures import measure_model
from cbmir_gui.services.training_runs import take_run
from cbmir_gui.sources.licences import read_licences
from cbmir_gui.sources.manifests import read_sources
from cbmir_gui.sources.splits import DEFAULT_FRACTIONS, draw_splits

if TYPE_CHECKING:
    from cbmir_gui.training.datasets import TrainingData
    from cbmir_gui.training.run_log import RunLog
    from cbmir_gui.training.trainer import TrainingResult

_LOGGER = logging.getLogger(__name__)
_VALIDATION_SHARE = 0.1
_READING_INTERVAL_S = 0.5


def train(
    request: TrainRequest,
    folder: Path | None = None,
    resume: bool = False,
    progress: Progress = no_progress,
) -> dict[str, Any]:
    """Train, save the model, and return its card.

    Parameters
    ----------
    folder
        The run folder; None makes one, or with `resume` finds the newest one of the
        model's name.
    resume
        Go on from the last checkpoint, with the configuration of the run folder.

    Raises
    ------
    DataError, TrainingError, ModelError, StorageError
    Cancelled
        Stopped before the first epoch ended: there is nothing to keep.
    """
    folder, request = take_run(request, folder, resume)
    from cbmir_gui.training.run_log import RunLog

    with RunLog(folder) as log:
        try:
            return _train(request, folder, log, progress)
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


def _train(
    request: TrainRequest, folder: Path, log: "RunLog", progress: Progress
) -> dict[str, Any]:
    data = _load(request, _reading_progress(folder, log, progress))
    log.write(
        RunStarted(
            name=request.name,
            num_epochs=request.epochs,
            num_train=len(data.train),
            num_validation=len(data.validation),
            num_classes=len(data.classes),
        )
    )
    result = _run_loop(request, folder, data, log, progress)
    log.write(RunSaving())
    card = _save(request, data, result, progress)
    ended = RunStopped if result.stopped else RunFinished
    try:
        card = measure_model(card, request, progress)
    except Cancelled:
        ended = RunStopped
    except CbmirError as error:
        raise TrainingError(
            f"The model '{card.name}' is trained and saved, but its figures could not "
            f"be measured: {error} 'cbmir evaluate' measures them."
        ) from error
    path = str(find_model(card.name) / CARD_FILE)
    log.write(ended(model=card.name, card=path))
    return asdict(card)


def _run_loop(
    request: TrainRequest,
    folder: Path,
    data: "TrainingData",
    log: "RunLog",
    progress: Progress,
) -> "TrainingResult":
    from cbmir_gui.training.preparation import build_network, make_objective
    from cbmir_gui.training.recipe import make_recipe
    from cbmir_gui.training.run_log import read_epochs
    from cbmir_gui.training.trainer import Trainer

    recipe = make_recipe(request)
    trainer = Trainer(
        build_network(request, recipe, data),
        make_objective(request, recipe, data),
        recipe,
        request,
        folder,
        read_epochs(folder),
    )

    def report(event: RunEvent) -> None:
        log.write(event)
        if isinstance(event, RunStep):
            done = (event.epoch - 1) * event.num_steps + event.step
            total = recipe.num_epochs * event.num_steps
            progress(done, total, f"Epoch {event.epoch}, loss {event.loss:.3f}")
        elif isinstance(event, EpochReport):
            _LOGGER.info("Epoch %d: loss %.4f", event.epoch, event.val_loss)

    return trainer.run(data, report, (folder / STOP_FILE).exists)


def _save(
    request: TrainRequest,
    data: "TrainingData",
    result: "TrainingResult",
    progress: Progress,
) -> Card:
    from cbmir_gui.networks.model_store import save_model
    from cbmir_gui.training.embedding import with_embedding
    from cbmir_gui.training.finished_model import make_card, plain_weights
    from cbmir_gui.training.history import curves_png, history_csv
    from cbmir_gui.training.recipe import make_recipe

    licences = read_licences(
        Path(request.data), "" if request.second_head else request.set_name
    )
    weights, embedding_dim = plain_weights(result.weights), 0
    if (request.architecture, request.variant) == ("vgg16", "default"):
        weights, embedding_dim = with_embedding(weights, data, request.name, progress)
    recipe = make_recipe(request)
    card = make_card(
        request.name, request, recipe, data, result, licences, embedding_dim
    )
    extra_files = {
        "history.csv": history_csv(result.epochs),
        "curves.png": curves_png(result.epochs, request.name),
    }
    return save_model(card, weights, extra_files)


def _split_sources(request: TrainRequest) -> list[ImageSource]:
    """Read DATA; where a split is absent, draw it by group."""
    splits = request.splits or tuple(DEFAULT_FRACTIONS)
    sources = read_sources(Path(request.data), request.set_name, splits, request.label)
    if any(source.split == "val" for source in sources):
        return sources
    # The manifest knows no validation part: take it from the training part.
    unsplit = [
        replace(source, split="") for source in sources if source.split == "train"
    ]
    shares = {"train": 1 - _VALIDATION_SHARE, "val": _VALIDATION_SHARE}
    return draw_splits(unsplit, shares)


def _companions(request: TrainRequest, sources: list[ImageSource]) -> list[ImageSource]:
    """Return the images outside the set, for the second head."""
    if not (request.second_head and request.set_name):
        return []
    known = {source.path for source in sources}
    others = _split_sources(replace(request, set_name=""))
    return [source for source in others if source.path not in known]


def _load(request: TrainRequest, progress: Progress) -> "TrainingData":
    from cbmir_gui.networks.registry import ARCHITECTURES
    from cbmir_gui.training.datasets import load_training_data
    from cbmir_gui.training.preparation import check_request
    from cbmir_gui.training.second_head import with_teacher

    sources = _split_sources(request)
    check_request(request)
    min_classes = 1 if request.architecture == "autoencoder" else 2
    with DecoderClient() as decoder:

        def decode(source: ImageSource) -> ImageArray:
            return decoder.decode(Path(source.path), source.frame).pixels

        data = load_training_data(
            sources,
            decode,
            progress,
            min_classes,
            _companions(request, sources),
            ARCHITECTURES[request.architecture].square_size_px,
        )
    if request.teacher:
        data = with_teacher(data, request.teacher, progress)
    return data


def _reading_progress(folder: Path, log: "RunLog", progress: Progress) -> Progress:
    """Tell the run's followers how far reading is, and stop if they ask for it."""
    last = 0.0

    def report(done: int, total: int, text: str = "") -> None:
        nonlocal last
        progress(done, total, text)
        now = time.monotonic()
        if now - last < _READING_INTERVAL_S:
            return
        last = now
        log.write(RunReading(done, total))
        if (folder / STOP_FILE).exists():
            raise Cancelled

    return report
