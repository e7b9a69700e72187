"""Trained models on disk: find, list, save, verify, delete; loads no Keras.

::

    trained_models/<name>/
        card.json      networks.card
        weights.h5     networks.weights_file, float16
        history.csv    one line per epoch
        curves.png     the learning curves
"""

import contextlib
import os
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
from numpy.typing import NDArray

from cbmir_gui.core.durability import rename_and_sync, write_and_sync
from cbmir_gui.core.errors import (
    CbmirError,
    ModelDamagedError,
    ModelError,
    ModelNotFoundError,
    StorageError,
)
from cbmir_gui.core.paths import model_roots, models_dir
from cbmir_gui.core.records import ModelInfo
from cbmir_gui.networks.card import CARD_FILE, Card, read_card, write_card
from cbmir_gui.networks.training_command import training_command
from cbmir_gui.networks.weights_file import sha256_of, write_weights

WEIGHTS_FILE = "weights.h5"
RESERVED_NAMES = frozenset({"runs", "hog", "lbp", "raw-pixels", "mobilenetv2-imagenet"})
"""The folder of the training runs, and the extractors that are no trained models."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_LEFTOVER = re.compile(
    r"\.(?P<name>.+)\.(?P<pid>\d{1,9})\.(?P<kind>new|former|deleted)"
)


def check_name(name: str) -> None:
    """Refuse names that are not plain file names, or mean something else.

    Raises
    ------
    ModelError
        Reserved, empty, too long, or with other characters than letters, digits,
        ``. _ -``.
    """
    if name.lower() in RESERVED_NAMES:
        raise ModelError(
            f"'{name}' cannot be a model's name: the program uses it itself. Choose "
            f"another name."
        )
    if not _NAME.fullmatch(name):
        raise ModelError(
            f"'{name[:40]}' cannot be a model's name. Use up to 80 letters, digits, "
            f"dots, dashes or underscores, beginning with a letter or digit."
        )


def model_folders() -> dict[str, Path]:
    """Return the folder of every model by name, over all roots."""
    found: dict[str, Path] = {}
    for root in model_roots():
        if not root.is_dir():
            continue
        for card in sorted(root.glob(f"*/{CARD_FILE}")):
            if _NAME.fullmatch(card.parent.name):
                found.setdefault(card.parent.name, card.parent)
    return found


def has_weights(folder: Path) -> bool:
    """Tell whether more than the card of a model is there."""
    return (folder / WEIGHTS_FILE).is_file()


def find_model(name: str) -> Path:
    """Return the folder of a model.

    Raises
    ------
    ModelNotFoundError
        No model has that name.
    """
    folders = model_folders()
    if name not in folders:
        raise ModelNotFoundError(name, ", ".join(sorted(folders)))
    return folders[name]


def load_card(name: str) -> Card:
    """Return the card of a model; its folder's name counts, should the card differ.

    Raises
    ------
    ModelNotFoundError, ModelDamagedError
    """
    return replace(read_card(find_model(name)), name=name)


def list_models() -> list[ModelInfo]:
    """Return all models by name; damaged ones with the problem said."""
    return [_describe(name, folder) for name, folder in sorted(model_folders().items())]


def save_model(
    card: Card,
    weights: dict[str, NDArray[np.float32]],
    extra_files: dict[str, bytes] | None = None,
) -> Card:
    """Write a model so that a crash leaves all of it or nothing.

    A model of that name of which only the card is there is replaced.

    Parameters
    ----------
    extra_files
        Contents by file name, e.g. history.csv.

    Returns
    -------
    The card with the hash of the weights.

    Raises
    ------
    ModelError
        The name is taken or not a name.
    StorageError
        The disk is full or the folder cannot be written.
    """
    check_name(card.name)
    sweep_leftovers()
    folder = models_dir() / card.name
    if has_weights(folder) or (folder.exists() and not (folder / CARD_FILE).is_file()):
        raise ModelError(
            f"There is already a model '{card.name}'. Choose another name, or delete "
            f"the old model first."
        )
    temporary = models_dir() / f".{card.name}.{os.getpid()}.new"
    former = models_dir() / f".{card.name}.{os.getpid()}.former"
    try:
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        write_weights(temporary / WEIGHTS_FILE, weights, np.float16)
        card = replace(card, weights_sha256=sha256_of(temporary / WEIGHTS_FILE))
        for name, content in (extra_files or {}).items():
            write_and_sync(temporary / name, content)
        write_card(temporary, card)
        if folder.exists():
            folder.rename(former)
        rename_and_sync(temporary, folder)
    except OSError as error:
        if former.exists() and not folder.exists():
            former.rename(folder)
        raise StorageError(f"The model '{card.name}'", error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        shutil.rmtree(former, ignore_errors=True)
    return card


def sweep_leftovers() -> None:
    """Delete what killed processes left of models, and bring back what they moved."""
    for path in models_dir().glob(".*"):
        named = _LEFTOVER.fullmatch(path.name)
        if named is None or psutil.pid_exists(int(named["pid"])):
            continue
        if named["kind"] == "former" and not (models_dir() / named["name"]).exists():
            with contextlib.suppress(OSError):
                path.rename(models_dir() / named["name"])
            continue
        shutil.rmtree(path, ignore_errors=True)


def verify_model(name: str) -> Card:
    """Check that the weights are those that the card names.

    Raises
    ------
    ModelNotFoundError, ModelDamagedError
    """
    return replace(verify_folder(find_model(name)), name=name)


def verify_folder(folder: Path) -> Card:
    """Check the same of a model that may lie anywhere.

    Raises
    ------
    ModelDamagedError
    ModelError
        Only its card is there.
    """
    card = read_card(folder)
    weights = folder / WEIGHTS_FILE
    if not has_weights(folder):
        cause = _card_only(replace(card, name=folder.name))
        raise ModelError(f"The model '{folder.name}' cannot be used: {cause}.")
    received = sha256_of(weights)
    if received != card.weights_sha256:
        raise ModelDamagedError(
            folder.name,
            f"{WEIGHTS_FILE} has changed: expected SHA-256 "
            f"{card.weights_sha256[:12]}..., received {received[:12]}...",
        )
    return card


def update_card(card: Card) -> None:
    """Replace the card of a saved model, e.g. to add figures measured later."""
    write_card(find_model(card.name), card)


def delete_model(name: str) -> None:
    """Delete a model's folder; it disappears as a whole.

    Raises
    ------
    ModelNotFoundError
    StorageError
        The folder cannot be changed.
    """
    folder = find_model(name)
    doomed = folder.with_name(f".{name}.{os.getpid()}.deleted")
    try:
        rename_and_sync(folder, doomed)
        shutil.rmtree(doomed)
    except OSError as error:
        raise StorageError(f"The folder of '{name}'", error) from error


def _card_only(card: Card) -> str:
    return (
        f"only its card is here, not its weights; import them, or train it with "
        f"'{training_command(card)}'"
    )


def _describe(name: str, folder: Path) -> ModelInfo:
    try:
        card = read_card(folder)
    except CbmirError as error:
        return ModelInfo(name, "", str(folder), (), (), "", "", "", {}, str(error))
    problem = "" if has_weights(folder) else _card_only(replace(card, name=name))
    return ModelInfo(
        name=name,
        architecture=card.architecture,
        folder=str(folder),
        classes=card.classes,
        layers=tuple(card.layers),
        default_layer=card.default_layer,
        default_metric=card.default_metric,
        created=card.created,
        metrics={
            key: float(value)
            for key, value in card.metrics.items()
            if isinstance(value, int | float)
        },
        problem=problem,
        size_bytes=sum(path.lstat().st_size for path in folder.iterdir()),
    )
