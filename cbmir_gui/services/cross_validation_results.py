"""The document of a cross-validation on disk: read, go on with, write, sum up."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from cbmir_gui.core.durability import replace_file, storage_errors
from cbmir_gui.core.errors import TrainingError
from cbmir_gui.core.records import ImageSource, TrainRequest
from cbmir_gui.evaluation.classification import figures_of_matrix
from cbmir_gui.training.datasets import hash_sources

RESULTS_FILE = "cross-validation.json"

Document = dict[str, Any]


def open_document(
    folder: Path,
    request: TrainRequest,
    num_folds: int,
    sources: Sequence[ImageSource],
    companions: Sequence[ImageSource],
) -> Document:
    """Return the document of an earlier call, or a new one.

    Raises
    ------
    TrainingError
        That of other options or images has the name, or it is damaged.
    """
    wanted = {
        "request": json.loads(json.dumps(asdict(request))),
        "num_folds": num_folds,
        "data_sha256": hash_sources([*sources, *companions]),
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


def save_document(folder: Path, document: Document) -> None:
    """Write the document; a crash leaves the old one or the new one.

    Raises
    ------
    StorageError
    """
    with storage_errors("The cross-validation's results"):
        folder.mkdir(parents=True, exist_ok=True)
        replace_file(folder / RESULTS_FILE, json.dumps(document, indent=2))


def summarise(folds: Sequence[Document]) -> Document:
    """Return mean and standard deviation of the figures, and those of all folds."""
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
