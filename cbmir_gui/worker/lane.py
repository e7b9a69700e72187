"""A thread that does one job after the other; knows nothing of what the jobs are."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from cbmir_gui.core.progress import CancellableProgress


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """Work for a ticket; `run` answers the ticket itself and raises nothing."""

    ticket: int
    op: str
    progress: CancellableProgress
    run: Callable[[], None]


class Lane:
    """Jobs in the order they came, one at a time, in a thread of their own."""

    def __init__(self, name: str) -> None:
        self._condition = threading.Condition()
        self._waiting: deque[Job] = deque()
        self._running: Job | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def put(self, job: Job, on_wait: Callable[[Job], None]) -> None:
        """Do this job after those that wait already.

        `on_wait` is told about the one right before it, where there is one; it has
        returned when this job begins.
        """
        with self._condition:
            before = self._waiting[-1] if self._waiting else self._running
            if before is not None:
                on_wait(before)
            self._waiting.append(job)
            self._condition.notify()

    def cancel(self, wanted: Callable[[Job], bool]) -> list[Job]:
        """Stop the jobs for which `wanted` is true.

        Returns
        -------
        list of Job
            Those that had not begun: they never will, and are the caller's to answer.
            One that runs learns of it at its next step and answers itself.
        """
        with self._condition:
            withdrawn = [job for job in self._waiting if wanted(job)]
            self._waiting = deque(job for job in self._waiting if not wanted(job))
            if self._running is not None and wanted(self._running):
                self._running.progress.cancel()
        return withdrawn

    def close(self) -> list[Job]:
        """Take no more jobs and cancel all; returns those that had not begun."""
        with self._condition:
            self._closed = True
            self._condition.notify()
        return self.cancel(lambda _: True)

    def join(self, patience_s: float) -> bool:
        """Wait for the running job; False if it takes longer than `patience_s`."""
        self._thread.join(patience_s)
        return not self._thread.is_alive()

    def _work(self) -> None:
        while (job := self._next()) is not None:
            job.run()

    def _next(self) -> Job | None:
        with self._condition:
            self._running = None
            self._condition.wait_for(lambda: self._waiting or self._closed)
            if not self._waiting:
                return None
            self._running = self._waiting.popleft()
            return self._running
