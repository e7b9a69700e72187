"""How a long operation reports progress and learns that it should stop."""

import threading
from collections.abc import Callable
from typing import Protocol

from cbmir_gui.core.errors import Cancelled


class Progress(Protocol):
    """Called between steps of a long operation."""

    def __call__(self, done: int, total: int, text: str = "") -> None:
        """Report `done` of `total` steps; raise `Cancelled` to stop.

        `total` is 0 while it is not known. `text` names the present step.
        """


def no_progress(done: int, total: int, text: str = "") -> None:
    """Report nothing and never cancel."""


class CancellableProgress:
    """Forward progress to a callback, and raise `Cancelled` once asked to stop."""

    def __init__(self, report: Callable[[int, int, str], None]) -> None:
        self._report = report
        self._stop = threading.Event()

    def cancel(self) -> None:
        """Make the next progress call raise `Cancelled`; safe from any thread."""
        self._stop.set()

    def __call__(self, done: int, total: int, text: str = "") -> None:
        """Report, or raise `Cancelled`."""
        if self._stop.is_set():
            raise Cancelled
        self._report(done, total, text)
