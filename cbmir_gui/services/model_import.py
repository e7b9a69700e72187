"""Take over an exported model; nothing in it is believed before it was checked.

The file may be hostile: its members are named here and not by it, each has a largest
size, their content is plain arrays and a card, and the arrays must be those of an
architecture of this program.
"""

import os
import shutil
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cbmir_gui.core.durability import rename_and_sync
from cbmir_gui.core.errors import ModelDamagedError, ModelError, StorageError
from cbmir_gui.core.paths import models_dir
from cbmir_gui.engine.weights_probe import probe_weights
from cbmir_gui.networks import model_store
from cbmir_gui.networks.card import CARD_FILE, Card, read_card, write_card
from cbmir_gui.networks.weights_file import sha256_of
from cbmir_gui.services.model_export import MAX_MEMBER_BYTES

_COMPRESSIONS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_MAX_RATIO = 50
_FREE_BYTES = 2**20
"""So much may be compressed by any ratio."""
_REQUIRED = {CARD_FILE, model_store.WEIGHTS_FILE}


def import_model(file: Path, name: str = "") -> str:
    """Take over an exported model, after checking all that is in it.

    Where only the card of this model is here, its folder is completed.

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
        The file is not an exported model, is damaged, makes no network of this
        program, or the name is taken.
    StorageError
        The disk is full or the folder of the models cannot be written.
    """
    if name:
        model_store.check_name(name)
    model_store.sweep_leftovers()
    temporary = models_dir() / f".import.{os.getpid()}.new"
    try:
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        _unpack(file, temporary)
        card = _check(temporary, file.name)
        card = replace(card, name=name or card.name)
        model_store.check_name(card.name)
        target = models_dir() / card.name
        if _lacks_only_weights(card):
            weights = model_store.WEIGHTS_FILE
            rename_and_sync(temporary / weights, target / weights)
        else:
            write_card(temporary, card)
            rename_and_sync(temporary, target)
    except OSError as error:
        raise StorageError(f"The model of '{file.name}'", error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return card.name


def check_network(folder: Path) -> None:
    """Check that this program makes a network of a model folder.

    Raises
    ------
    ModelDamagedError
    """
    from cbmir_gui.networks import loading

    loading.check_network(folder)


def _lacks_only_weights(card: Card) -> bool:
    """Return whether the name is taken by a card that waits for these weights."""
    folder = model_store.model_folders().get(card.name)
    if folder is None:
        return False
    is_card_only = not (folder / model_store.WEIGHTS_FILE).exists()
    if is_card_only and folder.parent != models_dir():
        return False  # the user's own folder of this name comes first
    if is_card_only and read_card(folder).weights_sha256 == card.weights_sha256:
        return True
    raise ModelError(
        f"There is already a model '{card.name}'. Choose another name, or delete the "
        f"old model first."
    )


def _unpack(file: Path, folder: Path) -> None:
    """Write the expected members, and only those, within their limits."""
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            if not {entry.compress_type for entry in entries} <= _COMPRESSIONS:
                raise _not_a_model(file.name)
            _refuse_other_files(file.name, entries)
            sizes = {entry.filename: entry.file_size for entry in entries}
            for member, size in sizes.items():
                with (
                    archive.open(member) as source,
                    (folder / member).open("wb") as out,
                ):
                    shutil.copyfileobj(source, out)
                    out.flush()
                    os.fsync(out.fileno())
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


def _refuse_other_files(file_name: str, entries: Sequence[zipfile.ZipInfo]) -> None:
    names = [entry.filename for entry in entries]
    is_expected = _REQUIRED <= set(names) <= set(MAX_MEMBER_BYTES)
    if not is_expected or len(names) > len(set(names)):
        raise _not_a_model(file_name)
    for entry in entries:
        # Weights hardly shrink: what swells is made to fill the disk.
        swollen = max(_MAX_RATIO * entry.compress_size, _FREE_BYTES)
        limit = min(MAX_MEMBER_BYTES[entry.filename], swollen)
        if entry.file_size > limit:
            raise _damaged(file_name, f"{entry.filename} is too large")


def _check(folder: Path, file_name: str) -> Card:
    try:
        card = read_card(folder)
        weights = folder / model_store.WEIGHTS_FILE
        probe_weights(weights, card.name)
        if sha256_of(weights) != card.weights_sha256:
            raise _damaged(file_name, "its weights are not those of its card")
        check_network(folder)
    except ModelDamagedError as error:
        raise _damaged(file_name, error.cause) from error
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
