"""Stories of trained models and of the checkpoints of a training."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from story import Story, report

from cbmir_gui.core.errors import CbmirError
from cbmir_gui.networks import model_store
from cbmir_gui.networks.card import Card
from cbmir_gui.services import model_import
from cbmir_gui.services.model_export import export_model
from cbmir_gui.training.checkpoints import (
    TrainingState,
    drop_best_except,
    load_arrays,
    load_best,
    load_state,
    save_best,
    save_checkpoint,
)

_EXPORTED = "exported.cbmir"


def _model(number: int, figure: float) -> Card:
    return Card(
        name=f"model-{number}",
        architecture="vgg16",
        variant="default",
        classes=("a", "b"),
        layers={"fc1": 4},
        default_layer="fc1",
        default_metric="cosine",
        preprocessing="none",
        input_size_px=8,
        weights_sha256="",
        created="2026-01-01",
        metrics={"accuracy": figure},
    )


def _arrays(number: int) -> dict[str, np.ndarray]:
    return {"fc1/kernel": np.full((64, 4), number, np.float32)}


def _models_after(num_steps: int) -> dict[str, float]:
    """Return the figure of each model."""
    models: dict[str, float] = {}
    for step in range(num_steps):
        number, change = divmod(step, 4)
        if change == 0:
            models[f"model-{number}"] = 0.0
        elif change == 1:
            models[f"model-{number}"] = 0.5
        elif change == 2:
            models[f"imported-{number}"] = 0.25
        elif number % 2:
            del models[f"model-{number}"]
        else:
            del models[f"imported-{number}"]
    return models


@contextlib.contextmanager
def _home(folder: Path) -> Iterator[None]:
    former = os.environ.get("CBMIR_HOME")
    os.environ["CBMIR_HOME"] = str(folder)
    try:
        yield
    finally:
        os.environ.pop("CBMIR_HOME")
        if former is not None:
            os.environ["CBMIR_HOME"] = former


def _prepare_models(folder: Path) -> None:
    (folder / "trained_models").mkdir(parents=True)
    with _home(folder):
        model_store.save_model(_model(0, 0.25), _arrays(9), {"history.csv": b"1\n"})
        export_model("model-0", folder / _EXPORTED)
        model_store.delete_model("model-0")


def _tell_models(folder: Path, num_steps: int) -> None:
    # Its arrays are those of no architecture, and Keras would take its time.
    model_import.check_network = lambda folder: None
    with _home(folder):
        for step in range(num_steps):
            number, change = divmod(step, 4)
            if change == 0:
                extra = {"history.csv": b"epoch\n1\n"}
                model_store.save_model(_model(number, 0.0), _arrays(number), extra)
            elif change == 1:
                card = model_store.load_card(f"model-{number}")
                model_store.update_card(replace(card, metrics={"accuracy": 0.5}))
            elif change == 2:
                model_import.import_model(folder / _EXPORTED, f"imported-{number}")
            elif number % 2:
                model_store.delete_model(f"model-{number}")
            else:
                model_store.delete_model(f"imported-{number}")
            report(step)


def _models_problem(folder: Path, num_done: int) -> str:
    with _home(folder):
        found = {}
        for name, model_folder in model_store.model_folders().items():
            if model_folder.parent.parent != folder:
                continue  # shipped
            try:
                found[name] = model_store.verify_model(name).metrics["accuracy"]
            except CbmirError as error:
                return str(error)
    if found not in (_models_after(num_done), _models_after(num_done + 1)):
        return f"the models are {found}"
    return ""


# A training: after each epoch a checkpoint, and the weights of the best one.


def _prepare_checkpoints(folder: Path) -> None:
    (folder / "run").mkdir(parents=True)


def _tell_checkpoints(folder: Path, num_steps: int) -> None:
    run = folder / "run"
    for step in range(num_steps):
        epoch = step + 1
        save_best(run, epoch, _arrays(epoch))
        state = TrainingState(
            next_epoch=epoch, best_epoch=epoch, arrays_file=f"checkpoint-{epoch}.h5"
        )
        save_checkpoint(run, state, _arrays(-epoch))
        drop_best_except(run, epoch)
        report(step)


def _checkpoints_problem(folder: Path, num_done: int) -> str:
    run = folder / "run"
    state = load_state(run)
    epoch = state.next_epoch if state else 0
    if epoch not in {num_done, num_done + 1}:
        return f"the checkpoint is of epoch {epoch}"
    if state is None:
        return ""
    arrays = load_arrays(run, state)["fc1/kernel"]
    best = load_best(run, epoch)["fc1/kernel"]
    is_sound = (arrays == -epoch).all() and (best == epoch).all()
    return "" if is_sound else "the arrays of another epoch"


STORIES = (
    Story("models", _prepare_models, _tell_models, _models_problem, 12),
    Story(
        "checkpoints",
        _prepare_checkpoints,
        _tell_checkpoints,
        _checkpoints_problem,
        4,
    ),
)
