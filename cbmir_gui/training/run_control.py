"""Stop and pause of a run, as its folder asks for them."""

import time
from collections.abc import Callable
from pathlib import Path

from cbmir_gui.engine.run_events import RunContinued, RunEvent, RunPaused
from cbmir_gui.engine.run_folder import STOP_FILE, is_paused

_POLL_S = 0.3


class RunControl:
    """Ask between two steps whether to go on.

    Parameters
    ----------
    folder
        The run folder: its files `stop` and `pause` are the requests.
    report
        Told when a pause begins and ends.
    """

    def __init__(self, folder: Path, report: Callable[[RunEvent], None]) -> None:
        self._folder = folder
        self._report = report

    def is_stopped(self) -> bool:
        """Wait, asleep, as long as the run is paused; then tell whether to stop."""
        if is_paused(self._folder) and not self._has_stop_file():
            self._report(RunPaused())
            while is_paused(self._folder) and not self._has_stop_file():
                time.sleep(_POLL_S)
            self._report(RunContinued())
        return self._has_stop_file()

    def _has_stop_file(self) -> bool:
        return (self._folder / STOP_FILE).exists()
