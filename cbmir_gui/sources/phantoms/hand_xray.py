"""Radiograph of a hand, dorso-palmar."""

from typing import NamedTuple

import numpy as np

from cbmir_gui.core.records import FloatArray
from cbmir_gui.sources.phantoms import geometry, texture, xray
from cbmir_gui.sources.phantoms.geometry import Grid, Point, inside, make_grid
from cbmir_gui.sources.phantoms.phantom import Drawing, Patient
from cbmir_gui.sources.phantoms.xray import BONE_PER_MM, TISSUE_PER_MM


class Bone(NamedTuple):
    """A long bone, straight, with wider ends."""

    start: Point
    end: Point
    middle_mm: float
    """Radius in the middle of the shaft."""
    end_mm: float
    """Radius at the thicker end."""


_RAYS = (
    # x and y of the base of the metacarpal; its direction; lengths of the bones in mm
    ((-15.0, 16.0), -44.0, (43.0, 30.0, 23.0)),
    ((-11.5, 9.0), -14.0, (64.0, 38.0, 23.0, 17.0)),
    ((-2.5, 6.5), -3.0, (62.0, 43.0, 27.0, 18.0)),
    ((6.5, 8.5), 7.0, (56.0, 40.0, 26.0, 18.0)),
    ((14.5, 12.5), 18.0, (52.0, 32.0, 19.0, 16.0)),
)
"""Thumb to little finger of a right hand seen from its back."""

_CARPALS = (
    # x, y, radii, degrees
    (-15.5, 24.0, 6.5, 5.5, 20.0),
    (-9.0, 18.0, 5.5, 5.0, 0.0),
    (-1.0, 18.5, 6.0, 9.5, 0.0),
    (8.5, 19.0, 6.5, 7.5, 15.0),
    (-10.5, 31.0, 7.0, 9.5, 50.0),
    (-0.5, 32.5, 7.5, 6.0, 0.0),
    (9.0, 30.0, 6.0, 6.0, 30.0),
    (13.0, 27.0, 4.5, 4.5, 0.0),
)


def draw(patient: Patient) -> Drawing:
    """Draw one hand, right or left, with fingers spread as the patient does."""
    body, rng = patient.anatomy, patient.exposure
    grid = make_grid(320, 256, 0.74)
    size = body.uniform(0.82, 0.98)
    place = (rng.uniform(-8, 8), 40 + rng.uniform(-6, 6))
    turn = rng.uniform(-8, 8)
    side = float(body.choice((-1, 1)))
    bones, flesh = _skeleton(body)
    flip = _Placement(side, size, turn, place)
    soft = _flesh(grid, flip, flesh, size)
    bone = _long_bones(grid, flip, bones, size) + _carpals(grid, flip, body, size)
    grain = 1 + 0.10 * texture.smooth(body, grid.shape, 0.9)
    attenuation = TISSUE_PER_MM * 1.5 * soft + 1.35 * BONE_PER_MM * bone * grain
    marker = (-side * 62 + rng.uniform(-6, 6), 92 + rng.uniform(-8, 8))
    xray.add_marker(attenuation, grid, "L" if side > 0 else "R", marker)
    return xray.expose(
        attenuation,
        grid,
        rng,
        photons=2500,
        blur_px=0.6,
        percentiles=(2, 99.4),
        detail=0.35,
        photometric="MONOCHROME1" if patient.anatomy.uniform() < 0.5 else "MONOCHROME2",
        attributes={"ViewPosition": "PA", "KVP": 52.0},
    )


class _Placement(NamedTuple):
    """From the coordinates of a right hand, wrist in the origin, to the grid."""

    side: float
    size: float
    turn: float
    shift: Point

    def point(self, x: float, y: float) -> Point:
        cos, sin = np.cos(np.radians(self.turn)), np.sin(np.radians(self.turn))
        x, y = x * self.side * self.size, y * self.size
        return (
            float(cos * x - sin * y + self.shift[0]),
            float(sin * x + cos * y + self.shift[1]),
        )


def _skeleton(rng: np.random.Generator) -> tuple[list[Bone], list[Bone]]:
    """Return the long bones, and rods of flesh around them."""
    bones, flesh = [], []
    spread = rng.uniform(0.75, 1.35)
    for number, (base, degrees, lengths) in enumerate(_RAYS):
        heading = degrees + rng.normal(0, 1)
        x, y = base
        radius = (4.6, 4.3, 4.4, 3.9, 3.7)[number] * rng.uniform(0.95, 1.06)
        for joint, length in enumerate(lengths):
            angle = np.radians(heading)
            step = length * rng.uniform(0.97, 1.03)
            tip = (x + step * float(np.sin(angle)), y - step * float(np.cos(angle)))
            thin = radius * (1.0, 0.9, 0.74, 0.55)[joint]
            bones.append(Bone((x, y), tip, 0.82 * thin, 1.45 * thin))
            thick = (14.0, 9.6, 8.4, 7.4)[joint] * (1.12 if number == 0 else 1)
            flesh.append(Bone((x, y), tip, thick, thick))
            gap = 3.2 if joint == 0 else 2.6
            x, y = (
                tip[0] + gap * float(np.sin(angle)),
                tip[1] - gap * float(np.cos(angle)),
            )
            fan = (spread - 1) * degrees if joint == 0 and number else 0.0
            heading += fan + rng.normal(0, 2.5)
    bones.append(Bone((-8.5, 130.0), (-7.5, 43.0), 6.8, 13.5))
    bones.append(Bone((12.0, 130.0), (13.5, 42.0), 5.6, 7.6))
    palm = [((-22, -50), (-4, -56), 12), ((-4, -56), (14, -50), 12)]
    palm += [((14, -50), (27, -38), 11), ((0, 30), (0, 0), 24), ((2, 140), (1, 30), 25)]
    palm += [((-14, 12), (-30, -16), 14)]
    flesh += [Bone(start, end, radius, radius) for start, end, radius in palm]
    return bones, flesh


def _flesh(
    grid: Grid, placement: _Placement, flesh: list[Bone], size: float
) -> FloatArray:
    """Return the way through soft tissue, in mm."""
    thick = np.zeros(grid.shape, np.float32)
    outline = np.full(grid.shape, geometry.FAR, np.float32)
    for rod in flesh:
        start, end = placement.point(*rod.start), placement.point(*rod.end)
        radius = rod.middle_mm * size
        axis = geometry.capsule(grid, start, end, (0, 0))
        np.minimum(outline, axis - radius, out=outline)
        np.maximum(thick, xray.chord(axis, radius), out=thick)
    return np.minimum(texture.blur(thick, 4.0), 24) * inside(outline - 0.8, 2.0)


def _long_bones(
    grid: Grid, placement: _Placement, bones: list[Bone], size: float
) -> FloatArray:
    """Return the way through the long bones: compact shaft, spongy ends."""
    total = np.zeros(grid.shape, np.float32)
    for bone in bones:
        (x0, y0), (x1, y1) = placement.point(*bone.start), placement.point(*bone.end)
        reach = np.hypot(x1 - x0, y1 - y0) / 2 + 1.6 * bone.end_mm
        slices, near = geometry.box(grid, ((x0 + x1) / 2, (y0 + y1) / 2), float(reach))
        square = (x1 - x0) ** 2 + (y1 - y0) ** 2
        raw = ((near.x - x0) * (x1 - x0) + (near.y - y0) * (y1 - y0)) / square
        t = np.clip(raw, 0, 1)
        away = np.hypot(near.x - x0 - t * (x1 - x0), near.y - y0 - t * (y1 - y0))
        middle = np.abs(2 * t - 1)
        flare = np.where(t < 0.5, middle**2.6, 0.8 * middle**4)
        radius = size * (bone.middle_mm + (bone.end_mm - bone.middle_mm) * flare)
        # The ends are cut nearly flat, where the joint is.
        away = np.hypot(away, np.clip(np.abs(raw - t) * np.sqrt(square) * 2.2, 0, None))
        wall = radius * (0.42 - 0.30 * middle**1.5)
        spongy = 0.16 * xray.chord(away, radius) * middle**2
        total[slices] += xray.shell(away, radius, np.maximum(wall, 0.5)) * 0.8 + spongy
    return total


def _carpals(
    grid: Grid, placement: _Placement, rng: np.random.Generator, size: float
) -> FloatArray:
    """Return the way through the bones of the wrist, in mm."""
    total = np.zeros(grid.shape, np.float32)
    for x, y, rx, ry, degrees in _CARPALS:
        jitter = rng.normal(0, 0.5, 2)
        center = placement.point(x + jitter[0], y + jitter[1])
        turn = placement.side * degrees + placement.turn
        grown = size * rng.uniform(0.9, 1.0)
        slices, near = geometry.box(grid, center, 16)
        edge = geometry.ellipse(near, center, (rx * grown, ry * grown), turn, 2.4)
        core = np.clip(-edge, 0, None)
        rim = inside(np.abs(edge + 0.7) - 0.5, 1.2)
        total[slices] += 1.1 * np.sqrt(core) + 1.1 * rim
    return total
