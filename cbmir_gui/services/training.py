"""Train a model from labelled images: what `cbmir train` and the dialog start."""

import json
import logging
import os
import re
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cbmir_gui.core.errors import Cancelled, CbmirError, StorageError, TrainingError
from cbmir_gui.core.paths import runs_dir
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
from cbmir_gui.engine.run_folder import (
    CONFIG_FILE,
    STOP_FILE,
    find_process,
    write_process_file,
)
from cbmir_gui.networks.card import CARD_FILE, Card
from cbmir_gui.networks.model_store import check_name, find_model, model_folders
from cbmir_gui.services.model_figures import measure_model
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
    folder = folder or _choose_folder(request, resume)
    if resume:
        request = _read_request(folder)
    request = _with_name(request)
    _claim(folder, request)
    from cbmir_gui.training.run_log import RunLog

    with RunLog(folder) as log:
        try:
            return _train(request, folder, log, progress)
        except Cancelled:
            log.write(RunStopped())
            raise
        except CbmirError as error:
            log.write(RunFailed(str(error)))
            raise
        except KeyboardInterrupt:
            log.write(RunFailed("The training was interrupted; --resume goes on."))
            raise
        except Exception:
            log.write(RunFailed("The training failed unexpectedly; see its log."))
            raise


def find_run(name: str) -> Path:
    """Return the newest run folder of the model called `name`.

    Raises
    ------
    TrainingError
        There is none.
    """
    folders = [
        path.parent
        for path in runs_dir().glob(f"*/{CONFIG_FILE}")
        if not name or _read_request(path.parent).name == name
    ]
    if not folders:
        raise TrainingError(
            f"There is no training run '{name}' to go on with. Start it without "
            f"--resume."
        )
    return max(folders, key=lambda path: path.stat().st_mtime)


def _train(
    request: TrainRequest, folder: Path, log: "RunLog", progress: Progress
) -> dict[str, Any]:
    sources = _split_sources(request)
    data = _load(request, sources, _reading_progress(folder, log, progress))
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
    card = measure_model(_save(request, data, result), request, progress)
    path = str(find_model(card.name) / CARD_FILE)
    ended = RunStopped if result.stopped else RunFinished
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
        build_network(request, recipe, len(data.classes)),
        make_objective(request, recipe, len(data.classes)),
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
    request: TrainRequest, data: "TrainingData", result: "TrainingResult"
) -> Card:
    from cbmir_gui.networks.model_store import save_model
    from cbmir_gui.training.finished_model import make_card, plain_weights
    from cbmir_gui.training.history import curves_png, history_csv
    from cbmir_gui.training.recipe import make_recipe

    licences = read_licences(Path(request.data), request.set_name)
    card = make_card(
        request.name, request, make_recipe(request), data, result, licences
    )
    extra_files = {
        "history.csv": history_csv(result.epochs),
        "curves.png": curves_png(result.epochs, request.name),
    }
    return save_model(card, plain_weights(result.weights), extra_files)


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


def _load(
    request: TrainRequest, sources: list[ImageSource], progress: Progress
) -> "TrainingData":
    from cbmir_gui.training.datasets import load_training_data

    min_classes = 1 if request.architecture == "autoencoder" else 2
    with DecoderClient() as decoder:

        def decode(source: ImageSource) -> ImageArray:
            return decoder.decode(Path(source.path), source.frame).pixels

        return load_training_data(sources, decode, progress, min_classes)


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


def _with_name(request: TrainRequest) -> TrainRequest:
    """Choose a name where none is given, and refuse a taken one before training."""
    if request.name:
        check_name(request.name)
        if request.name in model_folders():
            raise TrainingError(
                f"There is already a model '{request.name}'. Choose another name, or "
                f"delete that model first."
            )
        return request
    stem = re.sub(r"[^A-Za-z0-9]+", "-", Path(request.data).stem).strip("-") or "data"
    base = f"{request.architecture}-{stem}"[:60]
    number = 1
    while (name := base if number == 1 else f"{base}-{number}") in model_folders():
        number += 1
    return replace(request, name=name)


def _choose_folder(request: TrainRequest, resume: bool) -> Path:
    if resume:
        return find_run(request.name)
    stem = request.name or request.architecture
    check_name(stem)
    return runs_dir() / f"{time.strftime('%Y%m%d-%H%M%S')}-{stem}"


def _read_request(folder: Path) -> TrainRequest:
    try:
        stored = json.loads((folder / CONFIG_FILE).read_text(encoding="utf-8"))
        stored["splits"] = tuple(stored["splits"])
        return TrainRequest(**stored)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TrainingError(
            f"'{folder.name}' is not a training run: its {CONFIG_FILE} cannot be "
            f"read. Choose another run, or start a new one."
        ) from error


def _claim(folder: Path, request: TrainRequest) -> None:
    """Write configuration and process file; one process works on a run at a time."""
    process = find_process(folder)
    if process is not None and process.pid != os.getpid():
        raise TrainingError(
            f"The training '{folder.name}' is running already. Follow it in the "
            f"Retrain window, or stop it first."
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / STOP_FILE).unlink(missing_ok=True)
        text = json.dumps(asdict(request), indent=2)
        (folder / CONFIG_FILE).write_text(text, encoding="utf-8")
        write_process_file(folder)
    except OSError as error:
        raise StorageError("The run folder", error.strerror or str(error)) from error
