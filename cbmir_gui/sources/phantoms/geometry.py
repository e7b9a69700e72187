"""Signed distances of simple shapes on a pixel grid: negative inside, in mm."""

import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cbmir_gui.core.records import FloatArray

FAR = np.float32(1e4)
Point = tuple[float, float]
Field = NDArray[np.floating[Any]]
"""A value for every pixel, (height, width), of any precision."""


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Coordinates of every pixel in mm; the origin is the middle, y points down."""

    x: FloatArray
    """(height, width)"""
    y: FloatArray
    """(height, width)"""
    spacing: float
    """mm per pixel."""

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width)."""
        return self.x.shape[0], self.x.shape[1]


class Box(NamedTuple):
    """A rectangle of a grid, as slices into its arrays and as a grid of its own."""

    slices: tuple[slice, slice]
    grid: Grid


def make_grid(height: int, width: int, spacing: float) -> Grid:
    """Return a regular grid."""
    columns = (np.arange(width, dtype=np.float32) - (width - 1) / 2) * spacing
    rows = (np.arange(height, dtype=np.float32) - (height - 1) / 2) * spacing
    x, y = np.meshgrid(columns.astype(np.float32), rows.astype(np.float32))
    return Grid(x, y, spacing)


def moved(
    grid: Grid, shift: Point = (0.0, 0.0), degrees: float = 0.0, scale: float = 1.0
) -> Grid:
    """Return the grid on which a shape appears shifted, turned clockwise and scaled."""
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    x, y = (grid.x - shift[0]) / scale, (grid.y - shift[1]) / scale
    return Grid(
        (cos * x + sin * y).astype(np.float32),
        (cos * y - sin * x).astype(np.float32),
        grid.spacing,
    )


def bent(grid: Grid, dx: Field, dy: Field) -> Grid:
    """Return the grid with displaced coordinates, which bends the shapes on it."""
    x, y = np.asarray(grid.x + dx, np.float32), np.asarray(grid.y + dy, np.float32)
    return Grid(x, y, grid.spacing)


def mirrored(grid: Grid) -> Grid:
    """Return the grid on which a shape of the right half also appears on the left."""
    return Grid(np.abs(grid.x), grid.y, grid.spacing)


def box(grid: Grid, center: Point, reach: float) -> Box:
    """Cut out the square of a regular grid that lies within `reach` of `center`."""
    corner = (float(grid.y[0, 0]), float(grid.x[0, 0]))
    ends = []
    for middle, first, size in zip(center[::-1], corner, grid.shape, strict=True):
        start = math.ceil((middle - reach - first) / grid.spacing)
        stop = math.floor((middle + reach - first) / grid.spacing) + 1
        ends.append(slice(min(max(start, 0), size), min(max(stop, 0), size)))
    slices = (ends[0], ends[1])
    return Box(slices, Grid(grid.x[slices], grid.y[slices], grid.spacing))


def ellipse(
    grid: Grid, center: Point, radii: Point, degrees: float = 0.0, power: float = 2.0
) -> FloatArray:
    """Return the distance to a superellipse; `power` above 2 makes it boxier."""
    own = moved(grid, center, degrees)
    u, v = np.abs(own.x / radii[0]), np.abs(own.y / radii[1])
    if power != 2.0:
        level = (u**power + v**power) ** (1 / power)
        radius = np.hypot(own.x, own.y)
        return np.asarray(radius - radius / np.maximum(level, 1e-3), np.float32)
    level = np.hypot(u, v)
    slope = np.maximum(np.hypot(u / radii[0], v / radii[1]), 1e-6)
    return np.asarray(level * (level - 1) / slope, np.float32)


def star(
    grid: Grid, center: Point, radii: ArrayLike, degrees: float = 0.0
) -> FloatArray:
    """Return the distance to a smooth outline given by evenly spaced radii.

    The first radius points to the right, the next ones follow clockwise.
    """
    table = _periodic_spline(np.asarray(radii, np.float32), 360)
    tilt = np.gradient(np.concatenate((table[-1:], table, table[:1])))[1:-1]
    angle = np.radians(360 / table.size)
    steep = np.sqrt(1 + (tilt / angle / np.maximum(table, 1e-3)) ** 2)
    own = moved(grid, center, degrees)
    turn = np.arctan2(own.y, own.x) / np.float32(angle)
    index = np.floor(turn)
    part = turn - index
    low = index.astype(np.int32) % table.size
    high = (low + 1) % table.size
    outline = table[low] * (1 - part) + table[high] * part
    return np.asarray((np.hypot(own.x, own.y) - outline) / steep[low], np.float32)


def _periodic_spline(values: FloatArray, num: int) -> FloatArray:
    """Interpolate values on a circle with Catmull-Rom pieces."""
    place = np.arange(num, dtype=np.float32) * values.size / num
    index = np.floor(place).astype(int)
    t = place - index
    a, b, c, d = (values[(index + step) % values.size] for step in (-1, 0, 1, 2))
    curve = b + t * (c - a) / 2 + t**2 * (a - 2.5 * b + 2 * c - d / 2)
    return np.asarray(curve + t**3 * (1.5 * (b - c) + (d - a) / 2), np.float32)


def curve(points: ArrayLike, num: int) -> FloatArray:
    """Return `num` rows on a smooth curve through the rows of `points`."""
    rows = np.asarray(points, np.float32)
    padded = np.concatenate(
        (2 * rows[:1] - rows[1:2], rows, 2 * rows[-1:] - rows[-2:-1])
    )
    place = np.linspace(0, len(rows) - 1, num, dtype=np.float32)
    index = np.minimum(np.floor(place).astype(int), len(rows) - 2)
    t = (place - index)[:, None]
    a, b, c, d = (padded[index + step] for step in range(4))
    smooth = b + t * (c - a) / 2 + t**2 * (a - 2.5 * b + 2 * c - d / 2)
    return np.asarray(smooth + t**3 * (1.5 * (b - c) + (d - a) / 2), np.float32)


def capsule(grid: Grid, start: Point, end: Point, radii: Point) -> FloatArray:
    """Return the distance to a rod with round ends and a radius at either end."""
    vx, vy = end[0] - start[0], end[1] - start[1]
    square = max(vx * vx + vy * vy, 1e-9)
    px, py = grid.x - start[0], grid.y - start[1]
    t = np.clip((px * vx + py * vy) / square, 0, 1)
    gap = np.hypot(px - t * vx, py - t * vy)
    return np.asarray(gap - (radii[0] + (radii[1] - radii[0]) * t), np.float32)


def tubes(grid: Grid, paths: Iterable[FloatArray], reach: float = 3.0) -> FloatArray:
    """Return the distance to chains of rods, `FAR` beyond `reach` mm from them.

    Parameters
    ----------
    grid
        Regular, because only the neighbourhood of each rod is computed.
    paths : each (num_points, 3)
        x, y and radius.
    """
    field = np.full(grid.shape, FAR, np.float32)
    for path in paths:
        nodes: list[list[float]] = path.tolist()
        for (x0, y0, r0), (x1, y1, r1) in itertools.pairwise(nodes):
            half = math.hypot(x1 - x0, y1 - y0) / 2 + max(r0, r1) + reach
            slices, near = box(grid, ((x0 + x1) / 2, (y0 + y1) / 2), half)
            rod = capsule(near, (x0, y0), (x1, y1), (r0, r1))
            np.minimum(field[slices], rod, out=field[slices])
    return field


def inside(distance: Field, softness: float) -> FloatArray:
    """Return the covered part of each pixel, with an edge `softness` mm wide."""
    return np.asarray(np.clip(0.5 - distance / softness, 0, 1), np.float32)


def paint(image: FloatArray, value: float | Field, cover: Field) -> None:
    """Lay `value` over `image` in place, where `cover` is above 0."""
    image += (value - image) * cover
