"""Training runs as processes of their own: start, follow, stop, find again.

A run is the command line's own ``train``, in its own session, so that it outlives the
window if the user wants that. All it says goes through its run folder
(`engine.run_folder`), which makes a run that was found no different from one that was
started here.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

from cbmir_gui.core.errors import StorageError, TrainingError
from cbmir_gui.core.records import TrainRequest
from cbmir_gui.engine.process import child_environment
from cbmir_gui.engine.run_events import EventReader, RunEvent
from cbmir_gui.engine.run_folder import (
    LOG_FILE,
    PROGRESS_FILE,
    can_resume,
    end_pause,
    find_process,
    find_running,
    read_request,
    write_process_file,
    write_request,
)

TRAIN_COMMAND = (sys.executable, "-P", "-m", "cbmir_gui", "train")
# The window and a search come first; the training takes what they leave.
_NICENESS = 5
# How the command line begins the line that says why it failed.
_ERROR_MARK = "cbmir: "
_LOG_END_BYTES = 4096
# Kept, because a Popen that is thrown away while its process lives is a warning.
_LEFT_TO_THEMSELVES: "list[subprocess.Popen[bytes]]" = []


class TrainingJob:
    """One training run, started here or found again.

    Parameters
    ----------
    folder : Path
        The run folder.
    child : subprocess.Popen, optional
        The process, where this program started it: only its parent can see that a
        process has ended with which status.
    """

    def __init__(
        self, folder: Path, child: "subprocess.Popen[bytes] | None" = None
    ) -> None:
        self.folder = folder
        self._child = child
        self._reader = EventReader(folder / PROGRESS_FILE)

    def retold(self) -> "TrainingJob":
        """Return the same run, to be read from its start."""
        return TrainingJob(self.folder, self._child)

    def is_alive(self) -> bool:
        """Tell whether the process of the run lives."""
        if self._child is not None:
            return self._child.poll() is None
        return find_process(self.folder) is not None

    def read_events(self) -> list[RunEvent]:
        """Return what happened since the last call, in order.

        Raises
        ------
        OSError
            The progress file cannot be read.
        """
        return self._reader.read_new()

    def kill(self) -> None:
        """End the process at once; what its last checkpoint holds stays."""
        process = find_process(self.folder)
        if process is not None:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                return
        if self._child is not None:
            self._child.kill()
            self._child.wait()

    def release(self) -> None:
        """Leave the process to itself: it goes on when this program ends."""
        if self._child is not None and self._child.poll() is None:
            _LEFT_TO_THEMSELVES.append(self._child)

    def last_words(self) -> str:
        """Return the error that the process printed as its last line, or ""."""
        return _last_words(self.folder / LOG_FILE)

    def death_message(self) -> str:
        """Say that the process ended before its time, and what is left of the run."""
        last_words = self.last_words()
        if last_words:
            return last_words
        status = self._child.poll() if self._child is not None else None
        how = "was ended" if status is not None and status < 0 else "stopped"
        parts = [
            f"The training '{self.folder.name}' {how} before it was finished"
            f"{_describe_status(status)}.",
            "What it had learned up to its last checkpoint is kept in its run folder."
            if can_resume(self.folder)
            else "No epoch had ended: there is nothing to go on from. Start it again.",
        ]
        if _has_words(self.folder / LOG_FILE):
            parts.append(f"{LOG_FILE} in its run folder may say why.")
        return " ".join(parts)


def _has_words(log: Path) -> bool:
    """Tell whether the process printed anything; a terminal's is not kept."""
    try:
        return log.stat().st_size > 0
    except OSError:
        return False


def _last_words(log: Path) -> str:
    """Return the error that the command printed as its last line, if it did."""
    try:
        with log.open("rb") as stream:
            stream.seek(-min(_LOG_END_BYTES, log.stat().st_size), os.SEEK_END)
            lines = stream.read().decode("utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    last = lines[-1] if lines else ""
    return last.removeprefix(_ERROR_MARK) if last.startswith(_ERROR_MARK) else ""


def _describe_status(status: int | None) -> str:
    if status is None:
        return ""
    if status == -9:
        return " (killed; perhaps there was not enough memory)"
    return f" (signal {-status})" if status < 0 else f" (exit status {status})"


def start_training(
    request: TrainRequest, runs: Path, command: Sequence[str] = TRAIN_COMMAND
) -> TrainingJob:
    """Start a training in a new folder under `runs`.

    Raises
    ------
    TrainingError
        Another training is running, or the process cannot be started.
    StorageError
        The run folder cannot be made.
    """
    _refuse_a_second(runs)
    try:
        folder = _new_folder(runs, request)
    except OSError as error:
        raise StorageError("The run folder", error) from error
    try:
        return _launch(folder, [*command, *train_arguments(request, folder)])
    except TrainingError:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def resume_training(
    folder: Path, command: Sequence[str] = TRAIN_COMMAND
) -> TrainingJob:
    """Go on with a run whose process has ended, from its last checkpoint.

    Raises
    ------
    TrainingError
        Another training is running, or the process cannot be started.
    StorageError
        The run folder cannot be written.
    """
    _refuse_a_second(folder.parent)
    try:
        end_pause(folder)
    except OSError as error:
        raise StorageError("The run folder", error) from error
    data = read_request(folder).data
    return _launch(folder, [*command, data, f"--run-folder={folder}", "--resume"])


def _refuse_a_second(runs: Path) -> None:
    running = find_running(runs)
    if running:
        raise TrainingError(
            f"The training '{running[-1].name}' is still running. Wait until it has "
            f"finished or stop it, then start the next one."
        )


def _launch(folder: Path, command: Sequence[str]) -> TrainingJob:
    """Start the process of a run; what it prints goes into the folder."""
    try:
        log = (folder / LOG_FILE).open("wb")
    except OSError as error:
        raise StorageError("The run folder", error) from error
    try:
        with log:
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=child_environment(),
                start_new_session=True,
            )
    except OSError as error:
        raise TrainingError(
            f"The training process could not be started: {error.strerror}. "
            f"Run 'cbmir doctor' to see what is missing."
        ) from error
    _lower_priority(child.pid)
    _claim(folder, child)
    return TrainingJob(folder, child)


def train_arguments(request: TrainRequest, folder: Path) -> list[str]:
    """Return what follows ``cbmir train`` on the command line."""
    arguments = [
        request.data,
        f"--run-folder={folder}",
        f"--arch={request.architecture}",
        f"--variant={request.variant}",
        f"--label={request.label}",
        f"--weights={request.weights}",
        f"--trainable={request.trainable}",
        f"--epochs={request.epochs}",
        f"--patience={request.patience}",
        f"--batch-size={request.batch_size}",
        f"--seed={request.seed}",
        f"--recipe={request.recipe}",
    ]
    if request.image_size:
        arguments.append(f"--image-size={request.image_size}")
    if not request.augment:
        arguments.append("--no-augment")
    if request.name:
        arguments.append(f"--name={request.name}")
    if request.set_name:
        arguments.append(f"--set={request.set_name}")
    if request.splits:
        arguments.append(f"--split={','.join(request.splits)}")
    return arguments


def _new_folder(runs: Path, request: TrainRequest) -> Path:
    """Make a folder named by time and model; its configuration is the request."""
    name = re.sub(r"[^\w.-]+", "-", request.name or request.architecture)[:60]
    stem = f"{time.strftime('%Y%m%d-%H%M%S')}-{name}"
    number = 1
    folder = runs / stem
    while folder.exists():
        number += 1
        folder = runs / f"{stem}-{number}"
    folder.mkdir(parents=True)
    write_request(folder, request)
    return folder


def _claim(folder: Path, child: "subprocess.Popen[bytes]") -> None:
    """Write process.json at once, before the process itself comes to it."""
    try:
        write_process_file(folder, child.pid)
    except psutil.NoSuchProcess:
        return  # It has ended already; whoever follows it will see that.
    except OSError as error:
        child.kill()
        child.wait()
        raise StorageError("The run folder", error) from error


def _lower_priority(pid: int) -> None:
    if sys.platform != "win32":
        try:
            os.setpriority(os.PRIO_PROCESS, pid, _NICENESS)
        except OSError:
            return  # It has ended already, or the system does not allow it.
