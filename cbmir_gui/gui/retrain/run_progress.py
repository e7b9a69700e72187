"""What is known of a training run, grown from its events; knows no widget."""

from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path

from cbmir_gui.core.records import EpochReport
from cbmir_gui.engine.run_events import (
    RunBatchSize,
    RunContinued,
    RunEvent,
    RunFailed,
    RunFinished,
    RunPaused,
    RunReading,
    RunSaving,
    RunStarted,
    RunStep,
    RunStopped,
)

# Less than this says nothing about how long an epoch takes.
_MIN_MEASURED_S = 3.0
# More points than a curve has pixels are halved.
_MAX_STEP_LOSSES = 1000


class Phase(Enum):
    """Where a run is."""

    STARTING = "starting"
    READING = "reading"
    PREPARING = "preparing"
    """The frozen layers see the images once, before the others learn."""
    LEARNING = "learning"
    SAVING = "saving"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"


ENDED = frozenset({Phase.FINISHED, Phase.STOPPED, Phase.FAILED})


@dataclass(frozen=True, slots=True)
class RunProgress:
    """The state of one run; `after` returns the next one."""

    phase: Phase = Phase.STARTING
    name: str = ""
    num_epochs: int = 0
    num_train: int = 0
    num_left_out: int = 0
    """Images that could not be used."""
    num_read: int = 0
    num_to_read: int = 0
    reading_seconds: float = 0.0
    """What those that are read took."""
    epochs: tuple[EpochReport, ...] = ()
    step: RunStep | None = None
    """The last step of an epoch that has not ended."""
    step_losses: tuple[tuple[float, float], ...] = ()
    """(position in epochs, loss) of the steps."""
    is_paused: bool = False
    lowered_batch: int = 0
    """Images per step, where memory was too small for more; else 0."""
    model: str = ""
    message: str = ""
    first_step: tuple[float, float] | None = field(default=None)
    """(time in s, position in epochs) of the first step of the running epoch."""
    seconds_per_epoch: float = 0.0
    """0 while not known."""

    def after(self, event: RunEvent, now_s: float) -> "RunProgress":
        """Return what is known after `event`, which arrived at `now_s` (any clock)."""
        match event:
            case RunReading():
                return self._after_reading(event)
            case RunStarted():
                return replace(
                    self,
                    phase=Phase.LEARNING,
                    name=event.name or self.name,
                    num_epochs=event.num_epochs,
                    num_train=event.num_train,
                    is_paused=False,
                    num_left_out=event.num_failed,
                )
            case RunStep():
                return self._after_step(event, now_s)
            case EpochReport():
                return self._after_epoch(event)
            case RunBatchSize(size):
                return replace(self, lowered_batch=size)
            case RunPaused():
                # What the pause takes is not what an epoch takes.
                return replace(self, is_paused=True, first_step=None)
            case RunContinued():
                return replace(self, is_paused=False, first_step=None)
            case RunSaving():
                return self._ending(Phase.SAVING)
            case RunFinished(model, _):
                return self._ending(Phase.FINISHED, model=model)
            case RunStopped(model, _, reason):
                return self._ending(Phase.STOPPED, model=model, message=reason)
            case RunFailed(message):
                return self._ending(Phase.FAILED, message=message)

    def position(self) -> float:
        """Return how many epochs are done, with the part of the running one."""
        if self.step is not None and self.step.num_steps:
            return self.step.epoch - 1 + self.step.step / self.step.num_steps
        return float(self.epochs[-1].epoch) if self.epochs else 0.0

    def epoch_number(self) -> int:
        """Return the running epoch from 1, or the last one that ended; 0 for none."""
        if self.step is not None:
            return self.step.epoch
        return self.epochs[-1].epoch if self.epochs else 0

    def best(self) -> EpochReport | None:
        """Return the epoch whose weights are kept."""
        if not self.epochs:
            return None
        number = self.epochs[-1].best_epoch
        return next((entry for entry in self.epochs if entry.epoch == number), None)

    def seconds_left(self) -> float | None:
        """Return the longest time that it can still take; None while not known.

        While images are looked at: how long until that is done.
        """
        if self.is_reading():
            speed = self._reading_speed()
            return (self.num_to_read - self.num_read) / speed if speed else None
        is_learning = self.phase is Phase.LEARNING
        if not (is_learning and self.num_epochs and self.seconds_per_epoch):
            return None
        return max(0.0, (self.num_epochs - self.position()) * self.seconds_per_epoch)

    def images_per_second(self) -> float | None:
        """Return the speed of the last epoch, or of the steps of the first one.

        While images are looked at: how fast that is.
        """
        if self.is_reading():
            return self._reading_speed()
        if self.epochs:
            return self.epochs[-1].images_per_second
        if self.seconds_per_epoch and self.num_train:
            return self.num_train / self.seconds_per_epoch
        return None

    def is_reading(self) -> bool:
        """Return whether images are looked at before the learning begins."""
        return self.phase in {Phase.READING, Phase.PREPARING}

    def _reading_speed(self) -> float | None:
        """Return images per second; None while not known."""
        if self.reading_seconds < _MIN_MEASURED_S or not self.num_read:
            return None
        return self.num_read / self.reading_seconds

    def _ending(
        self, phase: Phase, *, model: str = "", message: str = ""
    ) -> "RunProgress":
        return replace(
            self,
            phase=phase,
            model=model,
            message=message,
            step=None,
            is_paused=False,
        )

    def _after_reading(self, reading: RunReading) -> "RunProgress":
        return replace(
            self,
            phase=Phase.PREPARING if self.num_train else Phase.READING,
            num_read=reading.done,
            num_to_read=reading.total,
            reading_seconds=reading.seconds,
            # One that was killed while it waited did not say that it goes on.
            is_paused=False,
        )

    def _after_step(self, step: RunStep, now_s: float) -> "RunProgress":
        here = replace(self, phase=Phase.LEARNING, step=step, is_paused=False)
        position = here.position()
        begun = self.first_step
        if begun is None:
            begun = (now_s, position)
        losses = (*self.step_losses, (position, step.loss))
        if len(losses) > _MAX_STEP_LOSSES:
            losses = losses[1::2]
        here = replace(here, first_step=begun, step_losses=losses)
        elapsed_s, advance = now_s - begun[0], position - begun[1]
        if not self.epochs and elapsed_s >= _MIN_MEASURED_S and advance > 0:
            here = replace(here, seconds_per_epoch=elapsed_s / advance)
        return here

    def _after_epoch(self, epoch: EpochReport) -> "RunProgress":
        # A resumed run may tell an epoch again; the later word counts.
        earlier = tuple(entry for entry in self.epochs if entry.epoch < epoch.epoch)
        return replace(
            self,
            phase=Phase.LEARNING,
            epochs=(*earlier, epoch),
            num_epochs=epoch.num_epochs,
            step=None,
            seconds_per_epoch=epoch.seconds,
        )


def run_title(progress: RunProgress, folder: str) -> str:
    """Return what to call the run: its model's name, else its folder's."""
    return progress.model or progress.name or Path(folder).name
