"""Follows a training run from a thread; does not know who listens."""

import logging
import threading
import time
from collections.abc import Callable

from cbmir_gui.engine.jobs import TrainingJob
from cbmir_gui.engine.run_events import FINAL_EVENTS, RunEvent, RunFailed, RunStep

_POLL_S = 0.5
# To begin takes a process some seconds, to end less.
_EXIT_PATIENCE_S = 30.0
# Of a run that is found again after hours, thousands of steps come at once.
_MAX_STEPS = 200

_LOGGER = logging.getLogger(__name__)


def thinned(events: list[RunEvent], max_steps: int = _MAX_STEPS) -> list[RunEvent]:
    """Leave out steps, evenly, until at most `max_steps` or so are left."""
    num_steps = sum(isinstance(event, RunStep) for event in events)
    stride = -(-num_steps // max_steps)
    if stride < 2:
        return events
    return [
        event
        for number, event in enumerate(events)
        if not isinstance(event, RunStep) or number % stride == 0
    ]


class TrainingFollower:
    """Report the events of a run from a thread until the run ends or `close`.

    Parameters
    ----------
    job : TrainingJob
    on_event : callable
        Called in the follower's thread, in order, with every event since the start of
        the run (of many steps at once only some); the last one is one of
        `FINAL_EVENTS`. It is held back while the process lives, but not for ever: a
        run that goes on after it had ended has further events behind it.
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
        self.job.release()

    def _follow(self) -> None:
        end: RunEvent | None = None
        end_s = 0.0
        while not self._closed.is_set():
            # Asked before reading: what the process wrote last is then still read.
            alive = self.job.is_alive()
            for event in thinned(self._read_events()):
                if self._closed.is_set():
                    return
                end = event if isinstance(event, FINAL_EVENTS) else None
                end_s = time.monotonic()
                if end is None:
                    self._on_event(event)
            if not alive:
                # A run that goes on and fails at once leaves its former end behind.
                is_failure = end is None or isinstance(end, RunFailed)
                words = self.job.last_words() if is_failure else ""
                self._on_event(
                    RunFailed(words)
                    if words
                    else end or RunFailed(self.job.death_message())
                )
                return
            if end is not None and time.monotonic() - end_s > _EXIT_PATIENCE_S:
                self._on_event(end)
                return
            self._closed.wait(self._poll_s)

    def _read_events(self) -> list[RunEvent]:
        try:
            return self.job.read_events()
        except OSError as error:
            _LOGGER.warning("The progress of a training: %s.", error.strerror)
            return []  # the next round tries again
