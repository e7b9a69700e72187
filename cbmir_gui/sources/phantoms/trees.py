"""Branching trees, as vessels, bronchi and ducts grow."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from cbmir_gui.core.records import FloatArray

Inside = Callable[[float, float], bool]


class Growth(NamedTuple):
    """How a tree grows; lengths in mm, angles in degrees."""

    generations: int
    step: float
    """Length of one straight piece."""
    pieces: int
    """Straight pieces between two forks."""
    wander: float
    """Standard deviation of the turn between two pieces."""
    fork: float
    """Mean angle between a branch and its parent."""
    thinning: float = 0.74
    """Radius of a branch relative to its parent's."""
    shortening: float = 0.85
    """Length of a branch relative to its parent's."""


def grow(
    rng: np.random.Generator,
    start: tuple[float, float],
    heading: float,
    radius: float,
    growth: Growth,
    inside: Inside = lambda _x, _y: True,
) -> list[FloatArray]:
    """Grow a tree and return its branches, each (num_points, 3): x, y and radius.

    Parameters
    ----------
    heading
        Direction of the trunk in degrees; 0 points to the right, 90 down.
    inside
        Branches end where this is false.
    """
    path = [(start[0], start[1], radius)]
    for _ in range(growth.pieces):
        heading += rng.normal(0, growth.wander)
        x = path[-1][0] + growth.step * float(np.cos(np.radians(heading)))
        y = path[-1][1] + growth.step * float(np.sin(np.radians(heading)))
        if not inside(x, y):
            break
        path.append((x, y, path[-1][2] * 0.97))
    found = [np.asarray(path, np.float32)] if len(path) > 1 else []
    if growth.generations <= 1 or len(path) <= growth.pieces:
        return found
    later = growth._replace(
        generations=growth.generations - 1, step=growth.step * growth.shortening
    )
    for side in (-1, 1):
        angle = heading + side * growth.fork * rng.uniform(0.6, 1.4)
        thin = radius * growth.thinning * rng.uniform(0.85, 1.1)
        found += grow(rng, path[-1][:2], angle, thin, later, inside)
    return found
