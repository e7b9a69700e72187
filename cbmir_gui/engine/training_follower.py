"""Follows a training run from a thread; does not know who listens."""

import logging
import threading
from collections.abc import Callable

from cbmir_gui.engine.jobs import TrainingJob
from cbmir_gui.engine.run_events import FINAL_EVENTS, RunEvent, RunFailed, RunStep

_POLL_S = 0.5
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
        `FINAL_EVENTS`.
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
        while not self._closed.is_set():
            # Asked before reading: what the process wrote last is then still read.
            alive = self.job.is_alive()
            for event in thinned(self._read_events()):
                if self._closed.is_set():
                    return
                self._on_event(event)
                if isinstance(event, FINAL_EVENTS):
                    self._wait_for_exit()
                    return
            if not alive:
                self._on_event(RunFailed(self.job.death_message()))
                return
            self._closed.wait(self._poll_s)

    def _read_events(self) -> list[RunEvent]:
        try:
            return self.job.read_events()
        except OSError as error:
            _LOGGER.warning("The progress of a training: %s.", error.strerror)
            return []  # the next round tries again

    def _wait_for_exit(self) -> None:
        """Outlive the process, so that its exit status is fetched."""
        while self.job.is_alive() and not self._closed.is_set():
            self._closed.wait(self._poll_s)
