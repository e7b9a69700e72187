"""What a training run tells about itself: the lines of its progress.jsonl.

::

    {"event": "reading", "done": 40, "total": 300, "seconds": 8.1}
    {"event": "started", "name": ..., "num_epochs": ..., "num_train": ..., ...}
    {"event": "step", "epoch": 1, "step": 10, "num_steps": 90, "loss": 2.31}
    {"event": "epoch", **EpochReport}
    {"event": "batch size", "batch_size": 16}
    {"event": "paused"}
    {"event": "continued"}
    {"event": "saving"}
    {"event": "finished", "model": "my-model", "card": "/.../card.json"}
    {"event": "stopped", "model": "my-model", "card": "/.../card.json", "reason": ""}
    {"event": "failed", "message": "..."}

Unknown events and unknown keys are passed over, so that an older window can follow
a newer training.
"""

import json
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from cbmir_gui.core.json_files import parse_json
from cbmir_gui.core.records import EpochReport


@dataclass(frozen=True, slots=True)
class RunReading:
    """The images are being read."""

    done: int = 0
    total: int = 0
    seconds: float = 0.0
    """What the `done` ones took, without pauses."""


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The data are read and the network is built."""

    name: str = ""
    num_epochs: int = 0
    num_train: int = 0
    num_validation: int = 0
    num_classes: int = 0
    num_failed: int = 0
    """Images that could not be used; `run_folder.LEFT_OUT_FILE` says why."""


@dataclass(frozen=True, slots=True)
class RunStep:
    """Progress inside an epoch; `step` counts from 1 to `num_steps`."""

    epoch: int = 0
    step: int = 0
    num_steps: int = 0
    loss: float = 0.0


@dataclass(frozen=True, slots=True)
class RunPaused:
    """The run waits, because it was asked to."""


@dataclass(frozen=True, slots=True)
class RunContinued:
    """The run goes on after a pause."""


@dataclass(frozen=True, slots=True)
class RunBatchSize:
    """There was not enough memory: the run goes on with smaller batches."""

    batch_size: int = 0


@dataclass(frozen=True, slots=True)
class RunSaving:
    """Learning is over; the best weights are measured and written."""


@dataclass(frozen=True, slots=True)
class RunFinished:
    """The model is written."""

    model: str = ""
    card: str = ""


@dataclass(frozen=True, slots=True)
class RunStopped:
    """Stopped early; `model` names the best weights so far, if there are any."""

    model: str = ""
    card: str = ""
    reason: str = ""
    """Empty: on request. Else what went wrong; may be shown as it is."""


@dataclass(frozen=True, slots=True)
class RunFailed:
    """Ended without a model; the message may be shown as it is."""

    message: str = ""


RunEvent = (
    RunReading
    | RunStarted
    | RunStep
    | EpochReport
    | RunBatchSize
    | RunPaused
    | RunContinued
    | RunSaving
    | RunFinished
    | RunStopped
    | RunFailed
)
FINAL_EVENTS = (RunFinished, RunStopped, RunFailed)

_CLASSES: dict[str, type[RunEvent]] = {
    "reading": RunReading,
    "started": RunStarted,
    "step": RunStep,
    "epoch": EpochReport,
    "batch size": RunBatchSize,
    "paused": RunPaused,
    "continued": RunContinued,
    "saving": RunSaving,
    "finished": RunFinished,
    "stopped": RunStopped,
    "failed": RunFailed,
}
_NAMES = {event_class: name for name, event_class in _CLASSES.items()}


def encode_event(event: RunEvent) -> str:
    """Return the event as one line of JSON, line feed included."""
    return json.dumps({"event": _NAMES[type(event)], **asdict(event)}) + "\n"


def decode_event(line: str) -> RunEvent | None:
    """Return the event of one line, or None where it is not one we know."""
    try:
        values: Any = parse_json(line)
    except ValueError:
        return None
    if not isinstance(values, dict):
        return None
    event_class = _CLASSES.get(str(values.get("event", "")))
    if event_class is None:
        return None
    known = {field.name for field in fields(event_class)}
    try:
        return event_class(**{key: values[key] for key in known & values.keys()})
    except TypeError:
        return None


class EventReader:
    """Read what was appended to a progress.jsonl since the last time.

    A last line without its line feed is still being written; it is left for the next
    call. A file that became shorter was begun anew and is read from its start.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0

    def read_new(self) -> list[RunEvent]:
        """Return the new events in order; an absent file has none.

        Raises
        ------
        OSError
            The file is there but cannot be read.
        """
        try:
            with self._path.open("rb") as stream:
                if os.fstat(stream.fileno()).st_size < self._offset:
                    self._offset = 0
                stream.seek(self._offset)
                data = stream.read()
        except FileNotFoundError:
            return []
        complete = data[: data.rfind(b"\n") + 1]
        self._offset += len(complete)
        lines = complete.decode("utf-8", errors="replace").splitlines()
        return [event for line in lines if (event := decode_event(line)) is not None]
