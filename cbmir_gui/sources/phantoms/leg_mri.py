"""MR of the thigh, axial T1: bright fat, dark muscles, femur."""

import numpy as np

from cbmir_gui.core.records import FloatArray
from cbmir_gui.sources.phantoms import geometry, mr, texture
from cbmir_gui.sources.phantoms.geometry import Grid, inside, make_grid, paint
from cbmir_gui.sources.phantoms.phantom import Drawing, Patient

_TR_MS, _TE_MS = 450.0, 13.0


def draw(patient: Patient) -> Drawing:
    """Draw a slice through the middle of one thigh, left or right."""
    body, rng = patient.anatomy, patient.exposure
    grid = make_grid(256, 256, 0.69)
    side = float(body.choice((-1, 1)))
    place = (rng.uniform(-6, 6), rng.uniform(-6, 6))
    own = geometry.moved(grid, place, rng.uniform(-12, 12))
    own = Grid(own.x * side, own.y, own.spacing)
    wobble = [texture.smooth(body, grid.shape, 36) * np.float32(2.5) for _ in range(2)]
    own = geometry.bent(own, wobble[0], wobble[1])
    image = np.zeros(grid.shape, np.float32)
    fascia = _paint_fat(image, own, body)
    _paint_muscles(image, own, body, fascia)
    _paint_femur(image, own, body)
    _paint_vessels(image, own, body)
    image *= mr.receive_field(rng, grid, 0.10)
    times = {"RepetitionTime": _TR_MS, "EchoTime": _TE_MS}
    return mr.scan(
        image, grid, rng, 0.70, 0.016, {**times, "SeriesDescription": "T1 SE"}
    )


def _signal(tissue: mr.Tissue) -> float:
    return mr.spin_echo(tissue, _TR_MS, _TE_MS)


def _paint_fat(image: FloatArray, own: Grid, rng: np.random.Generator) -> FloatArray:
    """Paint skin and subcutaneous fat; return the distance to the muscle fascia."""
    radii = np.array([82, 80, 82, 84, 80, 74, 76, 80], np.float32)
    skin = geometry.star(
        own, (0, 0), radii * rng.uniform(0.99, 1.03, 8) * rng.uniform(0.95, 1.05)
    )
    # The inner side of a thigh has more fat than the outer.
    thickness = rng.uniform(7, 20) * (1.25 - 0.45 * own.x / 80)
    fascia = skin + thickness + 1.5 * texture.smooth(rng, own.shape, 18)
    mottle = texture.clouds(rng, own.shape, 24)
    paint(image, 0.8 * _signal(mr.MUSCLE), inside(skin, 1.2))
    paint(image, _signal(mr.FAT) * (1 + 0.03 * mottle), inside(skin + 1.8, 1.2))
    septa = texture.zero_distance(texture.bumps(rng, own.shape, 30)) * own.spacing
    strands = inside(septa - 0.25, 1.2) * inside(skin + 4, 4)
    paint(image, 0.7 * _signal(mr.FAT), 0.4 * strands)
    paint(image, 0.5 * _signal(mr.MUSCLE), 0.9 * inside(np.abs(fascia) - 0.5, 1.2))
    return fascia


def _paint_muscles(
    image: FloatArray, own: Grid, rng: np.random.Generator, fascia: FloatArray
) -> None:
    """Fill the fascia with about a dozen muscles, parted by thin layers of fat."""
    angles = np.radians(np.arange(0, 360, 36) + rng.uniform(-9, 9, 10))
    away = rng.uniform(40, 52, 10)
    seeds = [*zip(away * np.cos(angles), away * np.sin(angles), strict=True)]
    seeds += [(-10.0, -22.0), (24.0, -14.0), (-14.0, 22.0)]
    twist = 4 * texture.smooth(rng, own.shape, 14)
    distances = np.stack(
        [np.hypot(own.x - x + twist, own.y - y - twist) for x, y in seeds]
    )
    nearest = np.partition(distances, 1, axis=0)[:2]
    border = (nearest[1] - nearest[0]) / 2
    tone = rng.uniform(0.92, 1.08, len(seeds)).astype(np.float32)
    muscle = tone[np.argmin(distances, axis=0)] * _signal(mr.MUSCLE)
    inner = inside(fascia + 1.2, 1.5)
    paint(image, muscle, inner)
    streaks = texture.smooth(rng, own.shape, 1.3, 2.2) + 0.6 * texture.smooth(
        rng, own.shape, 12
    )
    level = rng.uniform(1.7, 2.5)
    paint(image, 0.8 * _signal(mr.FAT), 0.55 * np.clip(streaks - level, 0, 1) * inner)
    width = 0.2 + 0.5 * np.clip(texture.smooth(rng, own.shape, 10), -0.6, 2)
    paint(image, 0.9 * _signal(mr.FAT), inside(border - width, 1.3) * inner)


def _paint_femur(image: FloatArray, own: Grid, rng: np.random.Generator) -> None:
    center = (rng.uniform(4, 10), rng.uniform(-8, 0))
    radius = rng.uniform(14, 17)
    bone = geometry.star(own, center, radius * rng.uniform(0.95, 1.05, 8))
    marrow = bone + rng.uniform(5.0, 7.0)
    grain = texture.smooth(rng, own.shape, 2)
    paint(image, 0.9 * _signal(mr.FAT), 0.8 * inside(bone - 1.5, 1.5))
    paint(image, _signal(mr.BONE), inside(bone, 1.3))
    paint(image, _signal(mr.FAT) * (0.93 + 0.03 * grain), inside(marrow, 1.6))


def _paint_vessels(image: FloatArray, own: Grid, rng: np.random.Generator) -> None:
    """Paint the femoral vessels in their fat: flowing blood gives no signal."""
    x, y = rng.uniform(-36, -30), rng.uniform(-10, 0)
    bed = geometry.star(own, (x, y), 10 * rng.uniform(0.8, 1.25, 7))
    paint(image, 0.95 * _signal(mr.FAT), inside(bed, 2))
    for dx, dy, radius in ((-2.5, -3.0, 3.4), (3.0, 3.0, 4.0), (7.0, -4.0, 1.6)):
        vessel = geometry.ellipse(own, (x + dx, y + dy), (radius, radius))
        paint(image, 0.35 * _signal(mr.MUSCLE), inside(vessel, 1.3))
    nerve = geometry.ellipse(own, (rng.uniform(-6, 2), 34), (6, 3.5), 15)
    paint(image, 0.9 * _signal(mr.FAT), inside(nerve - 2, 1.5))
    paint(image, 1.3 * _signal(mr.MUSCLE), inside(nerve, 1.5))
