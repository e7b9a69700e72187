"""What a training writes so that it can go on after it was killed.

::

    <run folder>/
        checkpoint-<epoch>.h5  weights and optimizer state after the last whole epoch;
                               dropped when the run has finished
        best-<epoch>.h5        weights of the best epoch of the present stage; kept
                               where another training can go on from them
        checkpoint.json        `TrainingState`

The JSON file is written last and names both others: it commits.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cbmir_gui.core.durability import replace_file, storage_errors
from cbmir_gui.core.errors import EngineError, TrainingError
from cbmir_gui.core.json_files import read_json
from cbmir_gui.engine.messages import decode_record
from cbmir_gui.networks.weights_file import read_weights, write_weights

Arrays = Mapping[str, NDArray[np.float32]]
_STATE_FILE = "checkpoint.json"
_ARRAYS_FILE = re.compile(r"checkpoint-\d{1,9}\.h5")


@dataclass(frozen=True, slots=True)
class TrainingState:
    """Where a training stands after a whole epoch."""

    next_epoch: int = 0
    """From 0, over all stages."""
    stage: int = 0
    best_epoch: int = 0
    """From 1; 0 while there is none. Of the former stage until the first epoch ends."""
    best_loss: float = float("inf")
    arrays_file: str = ""
    data_sha256: str = ""
    """Of the images, as in `TrainingData`; empty in runs of earlier versions."""
    base_sha256: str = ""
    """Of the frozen layers, as in `HeadData`; empty where the arrays are all there."""
    batch_size: int = 0
    """What the memory was enough for; 0: as the recipe says."""


def save_checkpoint(folder: Path, state: TrainingState, arrays: Arrays) -> None:
    """Write weights and optimizer state, then name them in the state file.

    Parameters
    ----------
    arrays
        By "layer/variable" or "optimizer/number".

    Raises
    ------
    StorageError
        The disk is full; the former checkpoint is still whole.
    """
    former = load_state(folder)
    write_weights(folder / state.arrays_file, arrays, np.float32)
    with storage_errors("The checkpoint"):
        replace_file(folder / _STATE_FILE, json.dumps(asdict(state)))
        if former and former.arrays_file != state.arrays_file:
            (folder / former.arrays_file).unlink(missing_ok=True)


def load_state(folder: Path) -> TrainingState | None:
    """Return the state of the last checkpoint, or None where there is none.

    Raises
    ------
    TrainingError
        The state file cannot be read.
    """
    path = folder / _STATE_FILE
    if not path.is_file():
        return None
    try:
        return _checked(decode_record(TrainingState, read_json(path)))
    except (OSError, ValueError, EngineError) as error:
        raise TrainingError(
            f"The training '{folder.name}' cannot go on: its {_STATE_FILE} is "
            f"damaged. Start a new training."
        ) from error


def _checked(state: TrainingState) -> TrainingState:
    """Refuse names of files that are none of a run's own: they are also deleted."""
    if state.arrays_file and not _ARRAYS_FILE.fullmatch(state.arrays_file):
        raise ValueError(state.arrays_file)
    return state


def with_same_data(
    state: TrainingState, data_sha256: str, base_sha256: str, run_name: str
) -> TrainingState:
    """Return the state with the hashes of what it goes on with.

    Images may have moved between training and validation; a head that was trained on
    other layers would be joined to these.

    Raises
    ------
    TrainingError
        The training began with others.
    """
    if state.data_sha256 not in {"", data_sha256}:
        raise TrainingError(
            f"The images that the training '{run_name}' began with have changed: other "
            f"files, labels or splits. Start a new training."
        )
    if state.base_sha256 not in {"", base_sha256}:
        raise TrainingError(
            f"The model that the training '{run_name}' started from has changed, and "
            f"with it the layers that are not trained. Start a new training."
        )
    return replace(state, data_sha256=data_sha256, base_sha256=base_sha256)


def load_arrays(folder: Path, state: TrainingState) -> dict[str, NDArray[np.float32]]:
    """Return what `save_checkpoint` was given.

    Raises
    ------
    ModelDamagedError
        The file is missing or damaged.
    """
    return read_weights(folder / state.arrays_file, folder.name)


def save_best(folder: Path, epoch: int, weights: Arrays) -> None:
    """Keep the weights of the best epoch; older ones go once the new ones are safe.

    Raises
    ------
    StorageError
        The disk is full; the older ones are still there.
    """
    write_weights(_best_file(folder, epoch), weights, np.float32)


def load_best(folder: Path, epoch: int) -> dict[str, NDArray[np.float32]]:
    """Return the weights that `save_best` kept.

    Raises
    ------
    ModelDamagedError
        The file is missing or damaged.
    """
    return read_weights(_best_file(folder, epoch), folder.name)


def drop_best_except(folder: Path, epoch: int) -> None:
    """Delete kept weights of other epochs.

    Raises
    ------
    StorageError
        The disk fails.
    """
    with storage_errors("The training's folder"):
        for path in folder.glob("best-*.h5"):
            if path != _best_file(folder, epoch):
                path.unlink(missing_ok=True)


def drop_checkpoint(folder: Path, keep_best: bool) -> None:
    """Delete what a resume would start from: the run has finished.

    Parameters
    ----------
    keep_best
        Keep the best weights, and the state file that names them.
    """
    for path in folder.glob("checkpoint-*.h5"):
        path.unlink(missing_ok=True)
    if not keep_best:
        (folder / _STATE_FILE).unlink(missing_ok=True)
        drop_best_except(folder, 0)


def drop_unfinished(folder: Path) -> None:
    """Delete what a killed process had begun to write."""
    for path in folder.glob("*.new"):
        path.unlink(missing_ok=True)


def _best_file(folder: Path, epoch: int) -> Path:
    return folder / f"best-{epoch:03d}.h5"
