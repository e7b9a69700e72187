"""The part of the bridge to engine that outlives the window: training runs."""

import logging
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot

from cbmir_gui.core.paths import runs_dir
from cbmir_gui.core.records import TrainRequest
from cbmir_gui.engine.jobs import TrainingJob, resume_training, start_training
from cbmir_gui.engine.run_events import FINAL_EVENTS
from cbmir_gui.engine.run_folder import (
    can_resume,
    end_pause,
    find_running,
    is_paused,
    request_pause,
    request_stop,
)
from cbmir_gui.engine.run_notices import EndedRun, find_unseen, forget_seen, mark_seen
from cbmir_gui.engine.training_follower import TrainingFollower

_LOGGER = logging.getLogger(__name__)


class Trainings(QObject):
    """Start, follow, stop and find again the one training that may run at a time."""

    happened = Signal(str, object)
    """Run folder and an event of engine.run_events, in order from its start."""

    # From the thread of the follower; queued, so that its slot runs in this thread.
    _arrived = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._follower: TrainingFollower | None = None
        self._is_stop_wanted = False
        self._arrived.connect(self._receive, Qt.ConnectionType.QueuedConnection)

    def start(self, request: TrainRequest) -> str:
        """Start a training and follow it -> happened.

        Returns
        -------
        str
            Its run folder.

        Raises
        ------
        CbmirError
            Another training is running, or this one cannot be started.
        """
        self._is_stop_wanted = False
        return self._follow(start_training(request, runs_dir()))

    def resume(self, folder: str) -> str:
        """Go on with a run whose process has ended -> happened.

        Raises
        ------
        CbmirError
            Another training is running, or this one cannot go on.
        """
        self._is_stop_wanted = False
        job = resume_training(Path(folder))
        forget_seen(Path(folder))
        return self._follow(job)

    def can_resume(self, folder: str) -> bool:
        """Return whether a run that has ended can go on from a checkpoint."""
        return can_resume(Path(folder))

    def find(self) -> str:
        """Follow a training that runs already -> happened, with all since its start.

        One that is followed already is told again from its start, for a view that
        has not seen it. Returns its folder, or "" if there is none.
        """
        if self._follower is None:
            running = find_running(runs_dir())
            return self._follow(TrainingJob(running[-1])) if running else ""
        self._follower.close()
        return self._follow(self._follower.job.retold())

    def find_ended(self) -> EndedRun | None:
        """Return the training that ended while no window was open, or None."""
        return find_unseen(runs_dir())

    def retell(self, folder: str) -> str:
        """Tell a training that has ended again -> happened, with all of it.

        While another one is followed, that one is told instead. Returns the folder of
        the one that is told.
        """
        if self._follower is not None:
            return self.find()
        return self._follow(TrainingJob(Path(folder)))

    def mark_seen(self, folder: str) -> None:
        """Remember that the user knows how this training ended."""
        mark_seen(Path(folder))

    def folder(self) -> str:
        """Return the folder of the training that is followed, or ""."""
        return str(self._follower.job.folder) if self._follower is not None else ""

    def is_stopping(self) -> bool:
        """Return whether the training was asked to stop and still runs."""
        return self._follower is not None and self._is_stop_wanted

    def stop(self) -> None:
        """Ask the training to stop and keep its best weights.

        Raises
        ------
        OSError
            The run folder cannot be written.
        """
        if self._follower is not None:
            self._is_stop_wanted = True
            request_stop(self._follower.job.folder)
            end_pause(self._follower.job.folder)

    def pause(self) -> None:
        """Let the training wait after the step in hand.

        Raises
        ------
        OSError
            The run folder cannot be written.
        """
        if self._follower is not None:
            request_pause(self._follower.job.folder)

    def go_on(self) -> None:
        """Let a waiting training go on.

        Raises
        ------
        OSError
            The run folder cannot be written.
        """
        if self._follower is not None:
            end_pause(self._follower.job.folder)

    def is_paused(self) -> bool:
        """Return whether the training was asked to wait."""
        return self._follower is not None and is_paused(self._follower.job.folder)

    def end(self) -> None:
        """End the training at once; what it learned since its checkpoint is lost."""
        if self._follower is not None:
            self._follower.job.kill()

    def close(self) -> None:
        """Stop following; the training goes on."""
        if self._follower is not None:
            self._follower.close()

    def _follow(self, job: TrainingJob) -> str:
        follower = TrainingFollower(
            job, lambda event: self._arrived.emit(follower, event)
        )
        self._follower = follower
        follower.start()
        return str(job.folder)

    @Slot(object, object)
    def _receive(self, follower: TrainingFollower, event: object) -> None:
        if follower is not self._follower:
            return  # still under way when its run began to be told again
        if isinstance(event, FINAL_EVENTS):
            self._follower = None
            self._is_stop_wanted = False
            mark_seen(follower.job.folder)
        elif self._is_stop_wanted:
            self._repeat_stop(follower)
        self.happened.emit(str(follower.job.folder), event)

    def _repeat_stop(self, follower: TrainingFollower) -> None:
        """Ask again: a run that was asked before it had begun has cleared that away."""
        try:
            request_stop(follower.job.folder)
        except OSError as error:
            _LOGGER.warning("A training cannot be told to stop: %s.", error.strerror)
