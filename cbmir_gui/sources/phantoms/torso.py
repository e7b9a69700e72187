"""The wall of the trunk in an axial section: skin, fat, muscles, ribs and spine."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cbmir_gui.core.records import FloatArray
from cbmir_gui.sources.phantoms import ct, geometry, texture
from cbmir_gui.sources.phantoms.geometry import Grid, Point, paint
from cbmir_gui.sources.phantoms.phantom import Patient


@dataclass(frozen=True, slots=True, eq=False)
class Torso:
    """A painted trunk wall, and what the organs inside need to know of it."""

    own: Grid
    """The patient's coordinates: middle of the trunk, mm."""
    cavity: FloatArray
    """Distance to the inner face of the wall."""
    radii: Point
    """Half width and half depth of the cavity."""
    spine: Point
    """Middle of the vertebral body."""
    bottom: float
    """y in the image where the back lies on the couch."""


def make_torso(
    hu: FloatArray,
    grid: Grid,
    patient: Patient,
    muscle_mm: float,
    bulges: Sequence[tuple[float, float, float, float]] = (),
) -> Torso:
    """Paint skin, fat and muscles into `hu` and return the cavity.

    `bulges` are places where the muscles are thicker: x, y (both relative to the half
    axes of the trunk), extra thickness and extent in mm; mirrored.
    """
    body, rng = patient.anatomy, patient.exposure
    half = (body.uniform(150, 170), body.uniform(110, 126))
    fat = body.uniform(7, 22)
    place = (rng.uniform(-6, 6), rng.uniform(-6, 4))
    own = geometry.moved(grid, place, rng.uniform(-3, 3))
    wobble = [texture.smooth(body, grid.shape, 34) * np.float32(2.2) for _ in range(2)]
    own = geometry.bent(own, wobble[0], wobble[1])
    # The back is flatter than the belly.
    shell = geometry.ellipse(own, (0, 0), half, power=body.uniform(2.2, 2.5))
    shell = np.maximum(shell, own.y - half[1] * 0.93)
    soft = 1.2 * grid.spacing
    layer = fat * (1 + 0.18 * texture.smooth(body, grid.shape, 30))
    paint(hu, 20.0, geometry.inside(shell, soft))
    mottle = texture.clouds(body, grid.shape, 30)
    paint(hu, ct.FAT + 7 * mottle, geometry.inside(shell + 2.2, soft))
    wall = shell + layer
    muscle = muscle_mm * (1 + 0.25 * texture.smooth(body, grid.shape, 20))
    for x, y, extra, extent in bulges:
        away = (np.abs(own.x) - x * half[0]) ** 2 + (own.y - y * half[1]) ** 2
        muscle = muscle + extra * np.exp(-away / (2 * extent**2))
    paint(hu, ct.MUSCLE + 5 * mottle, geometry.inside(wall, 2 * soft))
    gap = np.abs(wall + muscle * 0.5 + 1.5 * texture.smooth(body, grid.shape, 9)) - 0.7
    paint(hu, ct.FAT, 0.8 * geometry.inside(gap, 2.0))
    cavity = wall + muscle
    radii = (half[0] - fat - muscle_mm, half[1] - fat - muscle_mm)
    spine = (0.0, radii[1] * 0.5)
    return Torso(own, cavity, radii, spine, place[1] + half[1] * 0.93)


def paint_back(hu: FloatArray, torso: Torso, rng: np.random.Generator) -> None:
    """Paint the muscles on both sides of the spine, with fat between them."""
    own, (_, y) = torso.own, torso.spine
    streaks = texture.smooth(rng, own.shape, 2.0)
    for side in (-1, 1):
        muscle = geometry.ellipse(own, (side * 32, y + 34), (28, 20), side * 12, 2.4)
        cover = geometry.inside(muscle, 2.5)
        paint(hu, ct.FAT, geometry.inside(muscle - 2.5, 2.5) * (hu < 300))
        paint(hu, ct.MUSCLE - 45 * np.clip(streaks - 1.3, 0, 1.5), cover)
    paint(hu, ct.FAT, geometry.inside(geometry.ellipse(own, (0, y + 46), (3, 14)), 2))


def paint_vertebra(
    hu: FloatArray, torso: Torso, rng: np.random.Generator, marrow: float
) -> None:
    """Paint a vertebra with its canal and processes."""
    own, (_, y) = torso.own, torso.spine
    body = geometry.ellipse(own, (0, y), (19, 15.5), power=2.4)
    body = np.maximum(body, 9 - geometry.ellipse(own, (0, y + 24), (13, 13)) - 9)
    canal = geometry.ellipse(own, (0, y + 23), (10.5, 8.5))
    arch = np.abs(canal - 3.2) - 3.0
    for side in (-1, 1):
        process = _rod(own, (side * 14, y + 22), (side * 36, y + 20), (4.5, 3.0))
        arch = np.minimum(arch, process)
    arch = np.minimum(arch, _rod(own, (0, y + 34), (0, y + 54), (3.8, 2.8)))
    grain = texture.smooth(rng, own.shape, 1.2)
    for part in (arch, body):
        paint(hu, 620.0, geometry.inside(part, 1.6))
        paint(hu, marrow + 45 * grain, geometry.inside(part + 2.2, 1.6))
    paint(hu, 15.0, geometry.inside(canal, 1.6))
    paint(hu, 38.0, geometry.inside(geometry.ellipse(own, (0, y + 23), (6, 5)), 2))


def paint_ribs(
    hu: FloatArray, torso: Torso, rng: np.random.Generator, per_side: int
) -> None:
    """Paint the ribs that the slice cuts obliquely, in the wall of the cavity."""
    own, (a, b) = torso.own, torso.radii
    for side in (-1, 1):
        for degrees in np.linspace(-52, 58, per_side) + rng.uniform(-6, 6, per_side):
            t = np.radians(degrees)
            x, y = side * (a + 3) * np.cos(t) ** 0.85, (b + 3) * np.sin(t)
            tangent = np.degrees(np.arctan2(b * np.cos(t), -side * a * np.sin(t)))
            size = (rng.uniform(9, 20), rng.uniform(3.6, 5.0))
            rib = geometry.ellipse(own, (x, y), size, float(tangent), 2.6)
            paint(hu, 880.0, geometry.inside(rib, 1.6))
            paint(hu, ct.SPONGIOSA, geometry.inside(rib + 1.8, 1.6))


def _rod(own: Grid, start: Point, end: Point, radii: Point) -> FloatArray:
    return geometry.capsule(own, start, end, radii)
