"""The folder of a training run: names of its files, and whether its process lives.

::

    <run folder>/
        config.json      the TrainRequest
        process.json     {"pid": ..., "start_time": ...} of the training process
        progress.jsonl   what happened, one JSON object per line (run_events)
        checkpoint.*     what a resume starts from
        stop             made by whoever wants the run to stop and keep its best
        log.txt          what the process printed
"""

import json
import os
from pathlib import Path
from typing import Any

import psutil

CONFIG_FILE = "config.json"
PROCESS_FILE = "process.json"
PROGRESS_FILE = "progress.jsonl"
STOP_FILE = "stop"
LOG_FILE = "log.txt"

# Two processes with the same id start further apart than this; the clock of one
# process is read more exactly.
_SAME_START_S = 1.0


def write_process_file(folder: Path, pid: int | None = None) -> None:
    """Say that process `pid` (default: this one) works on the run.

    Raises
    ------
    OSError
        The folder cannot be written.
    """
    process = psutil.Process(pid)
    values = {"pid": process.pid, "start_time": process.create_time()}
    temporary = folder / f"{PROCESS_FILE}.{os.getpid()}.new"
    temporary.write_text(json.dumps(values), encoding="utf-8")
    temporary.replace(folder / PROCESS_FILE)


def find_process(folder: Path) -> psutil.Process | None:
    """Return the living process of the run, or None.

    The start time guards against a process id that was given to another program
    since, e.g. after the computer was started anew.
    """
    try:
        values: Any = json.loads((folder / PROCESS_FILE).read_text(encoding="utf-8"))
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
