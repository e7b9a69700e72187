"""Which folder a training works in, and what it was asked for there."""

import contextlib
import os
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from cbmir_gui.core.errors import StorageError, TrainingError
from cbmir_gui.core.file_lock import FileLock
from cbmir_gui.core.paths import runs_dir
from cbmir_gui.core.records import TrainRequest
from cbmir_gui.engine.run_events import RunFinished
from cbmir_gui.engine.run_folder import (
    CONFIG_FILE,
    PAUSE_FILE,
    PROGRESS_FILE,
    RUN_LOCK_FILE,
    STOP_FILE,
    find_process,
    find_running,
    read_request,
    write_process_file,
    write_request,
)
from cbmir_gui.engine.run_notices import last_event
from cbmir_gui.networks.model_store import check_name, model_folders
from cbmir_gui.services.saved_models import is_taken, name_taken

_TRAINING_LOCK = "training.lock"
"""Held by the one training at a time: two would share processors and memory."""


@contextlib.contextmanager
def take_run(
    request: TrainRequest, folder: Path | None, resume: bool
) -> Iterator[tuple[Path, TrainRequest]]:
    """Make this process the one that trains, on a run new or to be gone on with.

    Locks say so to other processes; the system drops those of a killed one.

    Parameters
    ----------
    folder
        None makes one, or with `resume` finds the newest one of the model's name.

    Yields
    ------
    folder, request
        The request names a model; with `resume` it is the one of the folder, and
        its model may be there already.

    Raises
    ------
    TrainingError
        Another training is running, its model is there already, there is no run to go
        on with, or there is one and `resume` is false.
    StorageError
        The folder cannot be written.
    """
    with _lock(runs_dir(), _TRAINING_LOCK):
        folder = folder or _choose_folder(request, resume)
        if resume:
            request = read_request(folder)
            _refuse_finished(folder)
        elif (folder / PROGRESS_FILE).exists():
            # Its checkpoint would be taken for one of this training.
            raise TrainingError(
                f"'{folder.name}' holds a training already. Go on with it by "
                f"--resume, or choose another folder."
            )
        request = _with_name(request, resume)
        # A run folder may be named by two programs with different homes.
        with _lock(folder, RUN_LOCK_FILE):
            _claim(folder, request)
            yield folder, request


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


def _with_name(request: TrainRequest, resume: bool) -> TrainRequest:
    """Choose a name where none is given, and refuse a taken one before training."""
    if request.name:
        check_name(request.name)
        if is_taken(request.name) and not resume:
            raise name_taken(request.name)
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


def _refuse_finished(folder: Path) -> None:
    """Refuse to go on with what has ended: its optimizer's state is gone."""
    event = last_event(folder)
    if isinstance(event, RunFinished):
        raise TrainingError(
            f"The training '{folder.name}' is finished; its model is '{event.model}'. "
            f"Start a new training, from that model if you like."
        )


@contextlib.contextmanager
def _lock(folder: Path, name: str) -> Iterator[None]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / name)
    except BlockingIOError as error:
        running = find_running(runs_dir())
        named = f" ('{running[-1].name}')" if running else ""
        raise TrainingError(
            f"Another training is running{named}. Wait until it has finished, or stop "
            f"it, then start the next one."
        ) from error
    except OSError as error:
        raise StorageError("The run folder", error) from error
    with lock:
        yield


def _claim(folder: Path, request: TrainRequest) -> None:
    """Write configuration and process file, and forget earlier wishes."""
    process = find_process(folder)
    if process is not None and process.pid != os.getpid():
        raise TrainingError(
            f"The training '{folder.name}' is running already. Follow it in the "
            f"Retrain window, or stop it first."
        )
    try:
        (folder / STOP_FILE).unlink(missing_ok=True)
        (folder / PAUSE_FILE).unlink(missing_ok=True)
        write_request(folder, request)
        write_process_file(folder)
    except OSError as error:
        raise StorageError("The run folder", error) from error
