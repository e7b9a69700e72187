"""The progress.jsonl of a run: append events, read back those of a killed process."""

import contextlib
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from cbmir_gui.core.errors import StorageError
from cbmir_gui.core.records import EpochReport
from cbmir_gui.engine.run_events import (
    FINAL_EVENTS,
    EventReader,
    RunEvent,
    RunStep,
    encode_event,
)
from cbmir_gui.engine.run_folder import PROGRESS_FILE

_STEPS_PER_LINE = 5


class RunLog:
    """Append events to a run's progress.jsonl; each line is whole or absent.

    Raises
    ------
    StorageError
        The file cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / PROGRESS_FILE
        self._has_ended = False
        try:
            self._end_broken_line()
            self._stream = self._path.open("a", encoding="utf-8")
        except OSError as error:
            raise StorageError("The progress", error) from error

    def __enter__(self) -> Self:
        """Use the log in a with statement."""
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the file."""
        with contextlib.suppress(OSError):  # `write` has reported it
            self._stream.close()

    def write(self, event: RunEvent) -> None:
        """Append one event; of the steps only some are written.

        Raises
        ------
        StorageError
            The disk is full.
        """
        if isinstance(event, RunStep) and event.step % _STEPS_PER_LINE:
            return
        try:
            self._stream.write(encode_event(event))
            self._stream.flush()
            self._has_ended = isinstance(event, FINAL_EVENTS)
            if isinstance(event, EpochReport):
                # The checkpoint that follows must not outlive it in a power cut.
                os.fsync(self._stream.fileno())
        except OSError as error:
            raise StorageError("The progress", error) from error

    def write_last(self, event: RunEvent) -> None:
        """Append how the run ended, unless it has been told already.

        A full disk must not hide why it did.
        """
        if self._has_ended:
            return
        with contextlib.suppress(StorageError):
            self.write(event)

    def _end_broken_line(self) -> None:
        """Close a line that a killed process left open, so that ours stands alone."""
        if not self._path.is_file() or not self._path.stat().st_size:
            return
        with self._path.open("rb+") as stream:
            stream.seek(-1, os.SEEK_END)
            if stream.read(1) != b"\n":
                stream.write(b"\n")


def read_epochs(folder: Path) -> tuple[EpochReport, ...]:
    """Return the epochs that the run reported, the last report of each."""
    events = EventReader(folder / PROGRESS_FILE).read_new()
    by_number = {
        event.epoch: event for event in events if isinstance(event, EpochReport)
    }
    return tuple(by_number[number] for number in sorted(by_number))
