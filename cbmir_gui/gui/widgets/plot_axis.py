"""Axes of a plot: round steps that have room for all values."""

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Axis:
    """From `low` to `high` in `num_steps` steps of the same size."""

    low: float
    high: float
    num_steps: int

    def share(self, value: float) -> float:
        """Return where `value` lies, 0 at `low` to 1 at `high`; clipped."""
        if not math.isfinite(value):
            return 1.0
        return min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)

    def ticks(self) -> tuple[float, ...]:
        """Return the values that are written beside the axis."""
        step = (self.high - self.low) / self.num_steps
        return tuple(self.low + number * step for number in range(self.num_steps + 1))

    def text(self, value: float) -> str:
        """Return `value` with as many digits as the steps need."""
        step = (self.high - self.low) / self.num_steps
        num_digits = max(0, -math.floor(math.log10(step) + 1e-9))
        if not math.isclose(step, round(step, num_digits), rel_tol=1e-6):
            num_digits += 1
        return f"{value:.{num_digits}f}"


UNIT_AXIS = Axis(0.0, 1.0, 4)
"""Of a share, such as an accuracy."""


def share_axis(lowest: float) -> Axis:
    """Return the part of `UNIT_AXIS` in which shares from `lowest` can be told apart.

    Below a half it is all of it; else it begins at the tenth below `lowest`.
    """
    if lowest < 0.5:
        return UNIT_AXIS
    tenths = min(9, math.floor(lowest * 10 + 1e-9))
    num_steps = 10 - tenths
    return Axis(tenths / 10, 1.0, 4 if num_steps == 1 else num_steps)


def _round_step(step: float, *, whole: bool) -> float:
    """Return 1, 2, 2.5 or 5 times a power of ten, at least `step`."""
    power = 10.0 ** math.floor(math.log10(step))
    if whole:
        power = max(1.0, power)
    sizes = (1, 2, 5, 10) if whole else (1, 2, 2.5, 5, 10)
    return next(power * size for size in sizes if power * size >= step * 0.999)


def axis_over(
    values: Iterable[float], num_steps: int = 4, *, whole: bool = False
) -> Axis:
    """Return the axis from zero on which all finite `values` have room.

    Parameters
    ----------
    values
        Zero or more; without a positive one it is `UNIT_AXIS`.
    num_steps
        About how many steps there should be.
    whole
        Steps are whole numbers, as of epochs.
    """
    high = max((value for value in values if math.isfinite(value)), default=0.0)
    if high <= 0:
        return Axis(0.0, 1.0, 1) if whole else UNIT_AXIS
    step = _round_step(high / num_steps, whole=whole)
    num_taken = max(1, math.ceil(high / step - 1e-9))
    return Axis(0.0, step * num_taken, num_taken)
