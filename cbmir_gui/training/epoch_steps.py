"""All steps of one epoch, and their sums; knows no stages and no checkpoints."""

import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from cbmir_gui.training.batches import Batch
from cbmir_gui.training.network_steps import NetworkSteps, StepResult
from cbmir_gui.training.prefetch import prefetch

IsStopped = Callable[[], bool]
"""Asked before every step; it may wait before it answers."""


class UnstableError(Exception):
    """The loss is no longer a number."""


@dataclass(slots=True)
class EpochSums:
    """What the steps of an epoch add up to."""

    losses: list[float] = field(default_factory=list)
    """Mean of each batch."""
    num_images: list[int] = field(default_factory=list)
    """Of each batch."""
    num_correct: int = 0
    num_labelled: int = 0
    seconds: float = 0.0
    """Without the time in which the training waited, as it was asked to."""

    def add(self, batch: Batch, result: StepResult) -> None:
        """Count one batch.

        Raises
        ------
        UnstableError
        """
        if not math.isfinite(result.loss):
            raise UnstableError(result.loss)
        self.losses.append(result.loss)
        self.num_images.append(len(batch.labels))
        self.num_correct += result.num_correct
        self.num_labelled += int(np.count_nonzero(batch.labels >= 0))

    @property
    def mean_loss(self) -> float:
        """Mean over the images."""
        return float(np.average(self.losses, weights=self.num_images))

    @property
    def accuracy(self) -> float:
        """Share of the labelled images."""
        return self.num_correct / max(1, self.num_labelled)

    @property
    def images_per_second(self) -> float:
        """While it did not wait."""
        return sum(self.num_images) / max(self.seconds, 1e-9)


def learn(
    steps: NetworkSteps,
    batches: Iterable[Batch],
    rate_of: Callable[[int], float],
    on_step: Callable[[int, float], None],
    is_stopped: IsStopped,
) -> EpochSums | None:
    """Take one step for each batch; None if it was stopped before the last one.

    Parameters
    ----------
    rate_of
        The learning rate of a step, from 0.
    on_step
        Told the number of each step, from 1, and its loss.

    Raises
    ------
    UnstableError
        A loss is not a number.
    """
    sums = EpochSums()
    started = time.perf_counter()
    for step, batch in enumerate(prefetch(batches)):
        asked = time.perf_counter()
        if is_stopped():
            return None
        started += time.perf_counter() - asked
        result = steps.train(batch, rate_of(step))
        sums.add(batch, result)
        on_step(step + 1, result.loss)
    sums.seconds = time.perf_counter() - started
    return sums


def validate(
    steps: NetworkSteps, batches: Iterable[Batch], is_stopped: IsStopped
) -> EpochSums | None:
    """Measure without learning; None if it was stopped before the last batch.

    Raises
    ------
    UnstableError
        A loss is not a number.
    """
    sums = EpochSums()
    for batch in batches:
        if is_stopped():
            return None
        sums.add(batch, steps.evaluate(batch))
    return sums
