"""Tells of trainings that ended while nobody watched.

A file `seen` in the run folder says that the user was told how the run ended. Only runs
that a window started are told of: those of the command line tell themselves.
"""

import logging
from dataclasses import dataclass
from pathlib import Path

from cbmir_gui.engine.run_events import FINAL_EVENTS, RunEvent, decode_event
from cbmir_gui.engine.run_folder import (
    LOG_FILE,
    PROCESS_FILE,
    PROGRESS_FILE,
    find_process,
)

SEEN_FILE = "seen"
# The last event is one line; the file may hold thousands of steps before it.
_END_BYTES = 16_384

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EndedRun:
    """A run whose end was not told yet."""

    folder: Path
    event: RunEvent | None
    """How it ended; None: its process was killed, or the computer stopped."""


def find_unseen(runs: Path) -> EndedRun | None:
    """Return the last run under `runs` that ended without being told of, or None.

    Earlier ones count as told of, too: they are all marked.
    """
    if not runs.is_dir():
        return None
    unseen = sorted(
        entry.parent
        for entry in runs.glob(f"*/{PROCESS_FILE}")
        if _is_unseen(entry.parent)
    )
    for folder in unseen[:-1]:
        mark_seen(folder)
    return EndedRun(unseen[-1], last_event(unseen[-1])) if unseen else None


def mark_seen(folder: Path) -> None:
    """Remember that the user was told; a folder that is gone needs no mark."""
    try:
        (folder / SEEN_FILE).touch()
    except OSError as error:
        _LOGGER.warning("A run cannot be marked as seen: %s.", error.strerror)


def forget_seen(folder: Path) -> None:
    """Tell of the run again when it ends, because it goes on."""
    try:
        (folder / SEEN_FILE).unlink(missing_ok=True)
    except OSError as error:
        _LOGGER.warning("A run cannot be marked as unseen: %s.", error.strerror)


def last_event(folder: Path) -> RunEvent | None:
    """Return the event that ended the run, or None if it did not come to one."""
    try:
        with (folder / PROGRESS_FILE).open("rb") as stream:
            stream.seek(0, 2)
            stream.seek(max(0, stream.tell() - _END_BYTES))
            lines = (
                stream.read(_END_BYTES).decode("utf-8", errors="replace").splitlines()
            )
    except OSError:
        return None
    event = decode_event(lines[-1]) if lines else None
    return event if isinstance(event, FINAL_EVENTS) else None


def _is_unseen(folder: Path) -> bool:
    return (
        (folder / LOG_FILE).exists()
        and not (folder / SEEN_FILE).exists()
        and find_process(folder) is None
    )
