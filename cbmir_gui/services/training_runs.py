"""Which folder a training works in, and what it was asked for there."""

import os
import re
import time
from dataclasses import replace
from pathlib import Path

from cbmir_gui.core.errors import StorageError, TrainingError
from cbmir_gui.core.paths import runs_dir
from cbmir_gui.core.records import TrainRequest
from cbmir_gui.engine.run_folder import (
    CONFIG_FILE,
    PROGRESS_FILE,
    STOP_FILE,
    find_process,
    read_request,
    write_process_file,
    write_request,
)
from cbmir_gui.networks.model_store import check_name, model_folders


def take_run(
    request: TrainRequest, folder: Path | None, resume: bool
) -> tuple[Path, TrainRequest]:
    """Make this process the one that works on a run, new or to be gone on with.

    Parameters
    ----------
    folder
        None makes one, or with `resume` finds the newest one of the model's name.

    Returns
    -------
    folder, request
        The request names a model; with `resume` it is the one of the folder.

    Raises
    ------
    TrainingError
        Another process works on it, its model is there already, there is no run to go
        on with, or there is one and `resume` is false.
    StorageError
        The folder cannot be written.
    """
    folder = folder or _choose_folder(request, resume)
    if resume:
        request = read_request(folder)
    elif (folder / PROGRESS_FILE).exists():
        # Its checkpoint would be taken for one of this training.
        raise TrainingError(
            f"'{folder.name}' holds a training already. Go on with it by --resume, or "
            f"choose another folder."
        )
    request = _with_name(request)
    _claim(folder, request)
    return folder, request


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
        if _is_run_of(path.parent, name)
    ]
    if not folders:
        raise TrainingError(
            f"There is no training run '{name}' to go on with. Start it without "
            f"--resume."
        )
    return max(folders, key=lambda path: path.stat().st_mtime)


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


def _is_run_of(folder: Path, name: str) -> bool:
    """Tell whether a run can be read and is of that model; "" is any."""
    try:
        stored = read_request(folder)
    except TrainingError:
        return False
    return name in {"", stored.name}


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
        write_request(folder, request)
        write_process_file(folder)
    except OSError as error:
        raise StorageError("The run folder", error.strerror or str(error)) from error
