"""Trained models as a user handles them: list, show, verify, move, delete.

An exported model is a zip file with the files of its folder and nothing else::

    card.json  weights.h5  [history.csv]  [curves.png]
"""

import os
import shutil
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

from cbmir_gui.core.errors import ModelDamagedError, ModelError, StorageError
from cbmir_gui.core.paths import models_dir
from cbmir_gui.core.records import ModelInfo
from cbmir_gui.networks import model_store
from cbmir_gui.networks.card import (
    CARD_FILE,
    MAX_CARD_BYTES,
    Card,
    read_card,
    write_card,
)
from cbmir_gui.networks.weights_file import MAX_FILE_BYTES, read_weights, sha256_of

_MAX_BYTES = {
    CARD_FILE: MAX_CARD_BYTES,
    model_store.WEIGHTS_FILE: MAX_FILE_BYTES,
    "history.csv": 2**20,
    "curves.png": 16 * 2**20,
}
_COMPRESSIONS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_REQUIRED = {CARD_FILE, model_store.WEIGHTS_FILE}


def list_models() -> list[ModelInfo]:
    """Return all models by name, those that cannot be used too."""
    return model_store.list_models()


def load_card(name: str) -> Card:
    """Return the card of a model.

    Raises
    ------
    ModelNotFoundError, ModelDamagedError
    """
    return model_store.load_card(name)


def verify_model(name: str) -> Card:
    """Check that card and weights agree, and that every array can be read.

    Raises
    ------
    ModelNotFoundError, ModelDamagedError
    """
    card = model_store.verify_model(name)
    read_weights(model_store.find_model(name) / model_store.WEIGHTS_FILE, name)
    return card


def delete_model(name: str) -> None:
    """Delete a model that was trained or imported here.

    Raises
    ------
    ModelError
        There is no such model, or it belongs to the installed program.
    StorageError
        Its folder cannot be changed.
    """
    if model_store.find_model(name).parent != models_dir():
        raise ModelError(
            f"The model '{name}' came with the program and is not deleted. "
            f"Uninstall the program to remove it."
        )
    model_store.delete_model(name)


def export_model(name: str, out: Path) -> None:
    """Write a model to one zip file; verified first.

    Raises
    ------
    ModelError
        The model cannot be used, or `out` is there already.
    StorageError
        The file cannot be written.
    """
    model_store.verify_model(name)
    folder = model_store.find_model(name)
    if out.exists():
        raise ModelError(
            f"There is already a file '{out.name}'. Choose another name, or delete it."
        )
    temporary = out.with_name(f".{out.name}.{os.getpid()}.new")
    try:
        # The weights hardly shrink; storing them is as good and much faster.
        with zipfile.ZipFile(
            temporary, "w", zipfile.ZIP_STORED, strict_timestamps=False
        ) as archive:
            for file_name in _MAX_BYTES:
                if (folder / file_name).is_file():
                    archive.write(folder / file_name, file_name)
        temporary.replace(out)
    except OSError as error:
        raise StorageError(f"'{out.name}'", error.strerror or str(error)) from error
    finally:
        temporary.unlink(missing_ok=True)


def import_model(file: Path, name: str = "") -> str:
    """Take over an exported model, after checking all that is in it.

    Parameters
    ----------
    name
        What to call it here; empty: as its card does.

    Returns
    -------
    str
        The name of the model.

    Raises
    ------
    ModelError
        The file is not an exported model, is damaged, or the name is taken.
    StorageError
        The disk is full or the folder of the models cannot be written.
    """
    if name:
        model_store.check_name(name)
    temporary = models_dir() / f".import.{os.getpid()}.new"
    try:
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        _unpack(file, temporary)
        card = _check(temporary, file.name)
        card = replace(card, name=name or card.name)
        model_store.check_name(card.name)
        if card.name in model_store.model_folders():
            raise ModelError(
                f"There is already a model '{card.name}'. Choose another name, or "
                f"delete the old model first."
            )
        write_card(temporary, card)
        temporary.rename(models_dir() / card.name)
    except OSError as error:
        raise StorageError(
            f"The model of '{file.name}'", error.strerror or str(error)
        ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return card.name


def _unpack(file: Path, folder: Path) -> None:
    """Write the expected members, and only those, within their limits."""
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            if not {entry.compress_type for entry in entries} <= _COMPRESSIONS:
                raise _not_a_model(file.name)
            sizes = {entry.filename: entry.file_size for entry in entries}
            _refuse_other_files(file.name, sizes)
            for member, size in sizes.items():
                with (
                    archive.open(member) as source,
                    (folder / member).open("wb") as out,
                ):
                    shutil.copyfileobj(source, out)
                if (folder / member).stat().st_size != size:
                    raise _damaged(file.name, f"{member} is incomplete")
    except (FileNotFoundError, PermissionError, IsADirectoryError) as error:
        raise ModelError(
            f"'{file.name}' cannot be read: {error.strerror}. Check its name."
        ) from error
    except (
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        EOFError,
        RuntimeError,
    ) as error:
        raise _not_a_model(file.name) from error


def _refuse_other_files(file_name: str, sizes: dict[str, int]) -> None:
    if not _REQUIRED <= set(sizes) <= set(_MAX_BYTES):
        raise _not_a_model(file_name)
    for member, size in sizes.items():
        if size > _MAX_BYTES[member]:
            raise _damaged(file_name, f"{member} is too large")


def _check(folder: Path, file_name: str) -> Card:
    try:
        card = read_card(folder)
        weights = folder / model_store.WEIGHTS_FILE
        read_weights(weights, card.name)
    except ModelDamagedError as error:
        raise _damaged(file_name, error.cause) from error
    if sha256_of(weights) != card.weights_sha256:
        raise _damaged(file_name, "its weights are not those of its card")
    return card


def _damaged(file_name: str, cause: str) -> ModelError:
    return ModelError(
        f"'{file_name}' cannot be imported: {cause}. Export the model again where it "
        f"came from."
    )


def _not_a_model(file_name: str) -> ModelError:
    return ModelError(
        f"'{file_name}' is not an exported model: expected a zip file with "
        f"{CARD_FILE} and {model_store.WEIGHTS_FILE}. Make one with "
        f"'cbmir models export'."
    )
