"""Follows a training run from a thread; does not know who listens."""

import threading
from collections.abc import Callable

from cbmir_gui.engine.jobs import TrainingJob
from cbmir_gui.engine.run_events import FINAL_EVENTS, RunEvent, RunFailed

_POLL_S = 0.5


class TrainingFollower:
    """Report the events of a run from a thread until the run ends or `close`.

    Parameters
    ----------
    job : TrainingJob
    on_event : callable
        Called in the follower's thread, in order, with every event since the start of
        the run; the last one is one of `FINAL_EVENTS`.
    """

    def __init__(
        self,
        job: TrainingJob,
        on_event: Callable[[RunEvent], None],
        poll_s: float = _POLL_S,
    ) -> None:
        self.job = job
        self._on_event = on_event
        self._poll_s = poll_s
        self._closed = threading.Event()
        self._thread = threading.Thread(
            target=self._follow, name="training-follower", daemon=True
        )

    def start(self) -> None:
        """Begin to report."""
        self._thread.start()

    def close(self) -> None:
        """Stop following; the run goes on."""
        self._closed.set()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join()

    def _follow(self) -> None:
        while not self._closed.is_set():
            # Asked before reading: what the process wrote last is then still read.
            alive = self.job.is_alive()
            try:
                events = self.job.read_events()
            except OSError as error:
                message = f"The run folder cannot be read: {error.strerror}."
                events = [RunFailed(message)]
            for event in events:
                if self._closed.is_set():
                    return
                self._on_event(event)
                if isinstance(event, FINAL_EVENTS):
                    return
            if not alive:
                self._on_event(RunFailed(self.job.death_message()))
                return
            self._closed.wait(self._poll_s)
