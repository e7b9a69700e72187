"""What a training ends with."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cbmir_gui.core.records import EpochReport
from cbmir_gui.features.known_inputs import KnownInputs

Weights = dict[str, NDArray[np.float32]]


@dataclass(frozen=True, slots=True, eq=False)
class TrainingResult:
    """The best weights of the last stage that was reached."""

    weights: Weights
    best: EpochReport
    epochs: tuple[EpochReport, ...]
    stopped: bool
    """Ended on request, before the recipe did."""
    problem: str = ""
    """What ended the training early, as may be shown; empty if nothing did."""
    preparation_s: float = 0.0
    """Before the first epoch of this process: what the frozen layers say of the images
    was computed."""
    known: KnownInputs | None = None
    """That, for the unchanged images of train and validation."""

    @property
    def seconds(self) -> float:
        """Of preparation and epochs, without the time that the training waited."""
        return self.preparation_s + sum(epoch.seconds for epoch in self.epochs)
