"""The folder of a training run: names of its files, and whether its process lives.

::

    <run folder>/
        config.json      the TrainRequest
        process.json     {"pid": ..., "start_time": ...} of the training process
        lock             locked by that process as long as it works on the run
        progress.jsonl   what happened, one JSON object per line (run_events)
        left-out.csv     images that cannot be used, and why; if there are any
        checkpoint.*     what a resume starts from; a finished run drops it
        best-*.h5        what another training may go on from
        stop             made by whoever wants the run to stop and keep its best
        pause            made by whoever wants the run to wait; deleted: it goes on
        log.txt          what the process printed
"""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil

from cbmir_gui.core.durability import replace_file
from cbmir_gui.core.errors import EngineError, TrainingError
from cbmir_gui.core.json_files import read_json
from cbmir_gui.core.records import LeftOutImage, TrainRequest
from cbmir_gui.engine.messages import decode_record

CONFIG_FILE = "config.json"
PROCESS_FILE = "process.json"
PROGRESS_FILE = "progress.jsonl"
STOP_FILE = "stop"
PAUSE_FILE = "pause"
CHECKPOINT_FILE = "checkpoint.json"
RUN_LOCK_FILE = "lock"
LOG_FILE = "log.txt"
LEFT_OUT_FILE = "left-out.csv"

# Two processes with the same id start further apart than this; the clock of one
# process is read more exactly.
_SAME_START_S = 1.0


def is_run_folder(folder: Path) -> bool:
    """Tell whether a training worked there."""
    return (folder / CONFIG_FILE).is_file()


def read_request(folder: Path) -> TrainRequest:
    """Return what the run was asked for.

    Raises
    ------
    TrainingError
        The folder holds no configuration that can be read.
    """
    try:
        return decode_record(TrainRequest, read_json(folder / CONFIG_FILE))
    except (OSError, ValueError, EngineError) as error:
        raise TrainingError(
            f"'{folder.name}' is not a training run: its {CONFIG_FILE} cannot be "
            f"read. Choose another run, or start a new one."
        ) from error


def write_request(folder: Path, request: TrainRequest) -> None:
    """Write the configuration of the run, or leave the former one as it is.

    Raises
    ------
    OSError
        The folder cannot be written.
    """
    replace_file(folder / CONFIG_FILE, json.dumps(asdict(request), indent=2))


def write_left_out(folder: Path, left_out: Sequence[LeftOutImage]) -> None:
    """List the images that the run cannot use; without any there is no list.

    Raises
    ------
    OSError
        The folder cannot be written.
    """
    path = folder / LEFT_OUT_FILE
    if not left_out:
        path.unlink(missing_ok=True)
        return
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["file", "frame", "reason"])
    writer.writerows(
        # The middle frame of a file, or its only one, has no number here.
        (_as_text(each.path), each.frame or "", _as_text(each.reason))
        for each in left_out
    )
    replace_file(path, stream.getvalue())


def describe_left_out(folder: Path, count: int) -> str:
    """Say that the run of `folder` could not use so many images; "" for none."""
    if not count:
        return ""
    text = "1 image" if count == 1 else f"{count} images"
    return f"{text} could not be used; left out, see {folder / LEFT_OUT_FILE}."


def _as_text(name: str) -> str:
    """Replace what no text can hold: names need not be UTF-8 on Linux."""
    return name.encode("utf-8", "surrogateescape").decode(errors="replace")


def write_process_file(folder: Path, pid: int | None = None) -> None:
    """Say that process `pid` (default: this one) works on the run.

    Raises
    ------
    OSError
        The folder cannot be written.
    """
    process = psutil.Process(pid)
    values = {"pid": process.pid, "start_time": process.create_time()}
    replace_file(folder / PROCESS_FILE, json.dumps(values))


def find_process(folder: Path) -> psutil.Process | None:
    """Return the living process of the run, or None.

    The start time guards against a process id that was given to another program
    since, e.g. after the computer was started anew.
    """
    try:
        values: Any = read_json(folder / PROCESS_FILE)
        process = psutil.Process(int(values["pid"]))
        same = abs(process.create_time() - float(values["start_time"])) < _SAME_START_S
        alive = same and process.status() != psutil.STATUS_ZOMBIE
    except (OSError, ValueError, KeyError, TypeError, psutil.Error):
        return None
    return process if alive else None


def find_running(runs: Path) -> list[Path]:
    """Return the folders under `runs` whose process lives, the newest last."""
    if not runs.is_dir():
        return []
    found = [
        entry.parent
        for entry in runs.glob(f"*/{PROCESS_FILE}")
        if find_process(entry.parent) is not None
    ]
    return sorted(found, key=lambda folder: folder.name)


def request_stop(folder: Path) -> None:
    """Ask the run to stop at its next step and to keep its best weights.

    Raises
    ------
    OSError
        The folder cannot be written.
    """
    (folder / STOP_FILE).touch()


def request_pause(folder: Path) -> None:
    """Ask the run to wait after the step in hand.

    Raises
    ------
    OSError
        The folder cannot be written.
    """
    (folder / PAUSE_FILE).touch()


def end_pause(folder: Path) -> None:
    """Let the run go on; one that does not wait is left alone.

    Raises
    ------
    OSError
        The folder cannot be written.
    """
    (folder / PAUSE_FILE).unlink(missing_ok=True)


def is_paused(folder: Path) -> bool:
    """Tell whether the run was asked to wait."""
    return (folder / PAUSE_FILE).exists()


def can_resume(folder: Path) -> bool:
    """Tell whether there is a checkpoint from which the run can go on."""
    return (folder / CHECKPOINT_FILE).is_file()
