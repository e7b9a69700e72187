"""Train and test on every fold of labelled images; killed, it goes on where it was.

::

    <runs>/<name>/
        cross-validation.json    request, folds done so far, and their summary
        fold-01.csv              manifest of a fold (`folds`)
    <runs>/<name>-fold-01/       the training run of that fold
"""

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from cbmir_gui.core.errors import Cancelled, StorageError, TrainingError
from cbmir_gui.core.paths import libraries_dir, runs_dir
from cbmir_gui.core.progress import Progress, no_progress
from cbmir_gui.core.records import ImageSource, TrainRequest
from cbmir_gui.engine.decoder_client import DecoderClient
from cbmir_gui.engine.run_folder import is_run_folder
from cbmir_gui.evaluation.classification import figures_of_matrix
from cbmir_gui.features.registry import close_network
from cbmir_gui.networks.card import Card
from cbmir_gui.networks.model_store import (
    check_name,
    delete_model,
    load_card,
    model_folders,
)
from cbmir_gui.services.evaluation import EvaluationRequest, evaluate
from cbmir_gui.services.feature_cache import CACHE_FOLDER
from cbmir_gui.services.folds import draw_folds, write_fold
from cbmir_gui.services.labelled_data import read_labelled
from cbmir_gui.services.model_figures import measure_model
from cbmir_gui.services.search_choices import NO_FILTER, PREDICTED, PRIOR
from cbmir_gui.services.training import train
from cbmir_gui.training.datasets import hash_sources

RESULTS_FILE = "cross-validation.json"
DEFAULT_SPLITS = ("train", "val")
_FIGURES = ("accuracy", "mean_average_precision", "precision_at_1", "precision_at_20")
_FILTERED = "mean_average_precision"

Document = dict[str, Any]


def cross_validate(
    request: TrainRequest,
    num_folds: int,
    keep_models: bool = False,
    progress: Progress = no_progress,
) -> Document:
    """Train and test every fold that has not been yet; return the document of all.

    Parameters
    ----------
    request
        How each fold is trained. `splits` narrows DATA first (empty: train and val);
        `name` names the cross-validation, and with "-fold-01" the models.
    keep_models
        Else a fold's model, checkpoints and features are deleted once its figures are
        written: they would fill the disk.

    Returns
    -------
    dict
        ``name, data, set, num_folds, num_images, folds: [...], summary: {figure: {mean,
        sd}}, classification``; sd is that of the sample (n - 1), null for one fold;
        "classification" is of all folds together (`evaluation.classification`).

    Raises
    ------
    TrainingError
        There is another cross-validation of that name.
    DataError, ModelError, StorageError
    Cancelled
        What is done is kept; the same call goes on.
    """
    check_name(request.name)
    sources = read_labelled(
        request.data, request.set_name, request.splits or DEFAULT_SPLITS, request.label
    )
    sources = [source for source in sources if source.class_name]
    folds = draw_folds(sources, num_folds, request.seed)
    folder = runs_dir() / request.name
    document = _open(folder, request, num_folds, sources)
    _save(folder, document)
    done = {fold["fold"] for fold in document["folds"]}
    for number, fold in enumerate(folds, start=1):
        if number in done:
            continue
        run = _FoldRun(request, folder, number, num_folds, progress)
        document["folds"].append(run.run(fold))
        document |= _summarise(document["folds"])
        _save(folder, document)
        if not keep_models:
            run.clear()
    return document


class _FoldRun:
    """The training and the figures of one fold."""

    def __init__(
        self,
        request: TrainRequest,
        folder: Path,
        number: int,
        num_folds: int,
        progress: Progress,
    ) -> None:
        name = f"{request.name}-fold-{number:02d}"
        self._number = number
        self._title = f"Fold {number} of {num_folds}"
        self._manifest = folder / f"fold-{number:02d}.csv"
        self._run_folder = runs_dir() / name
        # The manifest's column is the class, whatever the label was.
        self._request = replace(
            request,
            data=str(self._manifest),
            name=name,
            set_name="",
            splits=(),
            label="class",
        )
        self._given_progress = progress

    def run(self, sources: Sequence[ImageSource]) -> Document:
        """Train unless the model is there already, and measure it on the fold."""
        card = self._trained(sources)
        counts = [source.split for source in sources]
        free = self._evaluate(card, NO_FILTER)
        figures = {name: free[name] for name in _FIGURES}
        if card.classes:
            for name in (PREDICTED, PRIOR):
                figures[f"{_FILTERED}_{name}"] = self._evaluate(card, name)[_FILTERED]
        return {
            "fold": self._number,
            "num_train": counts.count("train"),
            "num_val": counts.count("val"),
            "num_test": counts.count("test"),
            "layer": card.default_layer,
            "metric": card.default_metric,
            "num_epochs": card.training["num_epochs"],
            "seconds": card.training["seconds"],
            "figures": figures,
            "confusion_matrix": free["confusion_matrix"],
        }

    def clear(self) -> None:
        """Delete what only this fold needed."""
        close_network(self._request.name)
        delete_model(self._request.name)
        caches = libraries_dir() / CACHE_FOLDER
        shutil.rmtree(caches / self._request.name, ignore_errors=True)
        for path in self._run_folder.glob("*.h5"):
            path.unlink(missing_ok=True)

    def _trained(self, sources: Sequence[ImageSource]) -> Card:
        name = self._request.name
        if name not in model_folders():
            _write_manifest(self._manifest, sources)
            resume = is_run_folder(self._run_folder)
            train(self._request, self._run_folder, resume, self._progress)
        card = load_card(name)
        if card.training["stopped_by_user"]:
            # It is not what the others are; its run goes on the next time.
            delete_model(name)
            raise Cancelled
        if "test" not in card.metrics:
            card = measure_model(card, self._request, self._progress)
        return card

    def _evaluate(self, card: Card, class_filter: str) -> Document:
        request = EvaluationRequest(
            queries=str(self._manifest),
            splits=("test",),
            database_splits=("train", "val"),
            model=card.name,
            layer=card.default_layer,
            class_filter=class_filter,
        )
        with DecoderClient() as decoder:
            return evaluate(request, decoder, self._progress)

    def _progress(self, done: int, total: int, text: str = "") -> None:
        self._given_progress(done, total, f"{self._title}: {text}")


def _open(
    folder: Path, request: TrainRequest, num_folds: int, sources: Sequence[ImageSource]
) -> Document:
    """Return the document of an earlier call, or a new one."""
    wanted = {
        "request": json.loads(json.dumps(asdict(request))),
        "num_folds": num_folds,
        "data_sha256": hash_sources(sources),
    }
    path = folder / RESULTS_FILE
    if path.is_file():
        return _go_on(path, wanted)
    return {
        "name": request.name,
        "data": Path(request.data).name,
        "set": request.set_name,
        "num_images": len(sources),
        **wanted,
        "folds": [],
        "summary": {},
        "classification": None,
    }


def _go_on(path: Path, wanted: Document) -> Document:
    name = path.parent.name
    try:
        document: Document = json.loads(path.read_text(encoding="utf-8"))
        stored = {key: document[key] for key in wanted}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TrainingError(
            f"The cross-validation '{name}' cannot go on: its {RESULTS_FILE} is "
            f"damaged. Choose another name."
        ) from error
    if stored != wanted:
        raise TrainingError(
            f"There is a cross-validation '{name}' with other options or images. Give "
            f"the same ones to go on with it, or choose another name."
        )
    return document


def _save(folder: Path, document: Document) -> None:
    temporary = folder / f"{RESULTS_FILE}.{os.getpid()}.new"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with temporary.open("w", encoding="utf-8") as stream:
            json.dump(document, stream, indent=2)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(folder / RESULTS_FILE)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise StorageError("The cross-validation's results", error) from error


def _write_manifest(path: Path, sources: Sequence[ImageSource]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_fold(path, sources)
    except OSError as error:
        raise StorageError("The manifest of a fold", error) from error


def _summarise(folds: Sequence[Document]) -> Document:
    summary = {}
    for name in folds[0]["figures"]:
        values = [fold["figures"][name] for fold in folds]
        if None in values:
            continue
        spread = float(np.std(values, ddof=1)) if len(values) > 1 else None
        summary[name] = {"mean": float(np.mean(values)), "sd": spread}
    return {"summary": summary, "classification": _classification(folds)}


def _classification(folds: Sequence[Document]) -> Document | None:
    """Return the figures of all folds' confusion matrices together."""
    matrices = [fold["confusion_matrix"] for fold in folds]
    if any(matrix is None or matrix["of"] != "classifier" for matrix in matrices):
        return None
    classes = sorted({name for matrix in matrices for name in matrix["classes"]})
    total = np.zeros((len(classes), len(classes)), np.int64)
    for matrix in matrices:
        rows = [classes.index(name) for name in matrix["classes"]]
        total[np.ix_(rows, rows)] += np.array(matrix["matrix"], np.int64)
    return figures_of_matrix(total, classes)
