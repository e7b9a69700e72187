"""What a curve of a plot is."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class CurveStyle:
    """How a curve differs from the others, by more than its colour."""

    color: int | None = None
    """Number of the colour; None: the curve's place among the curves."""
    is_dashed: bool = False
    is_faint: bool = False
    """Thin, without dots, not in the legend, and without a say in the scale."""
    has_dots: bool = True


@dataclass(frozen=True, slots=True)
class Curve:
    """Points of one curve, in the order in which they are joined."""

    name: str
    xs: Sequence[float]
    ys: Sequence[float]
    style: CurveStyle = field(default_factory=CurveStyle)
    intervals: Sequence[tuple[float, float]] = ()
    """Low and high of each point, drawn as a band; empty: none."""
