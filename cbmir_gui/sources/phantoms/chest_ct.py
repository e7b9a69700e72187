"""CT of the chest, mediastinal window, from the heart up to the great vessels."""

import numpy as np

from cbmir_gui.core.records import FloatArray
from cbmir_gui.sources.phantoms import ct, geometry, texture, trees
from cbmir_gui.sources.phantoms.geometry import Grid, inside, make_grid, paint
from cbmir_gui.sources.phantoms.phantom import Drawing, Patient
from cbmir_gui.sources.phantoms.torso import (
    Torso,
    make_torso,
    paint_back,
    paint_ribs,
    paint_vertebra,
)


def draw(patient: Patient) -> Drawing:
    """Draw an axial slice; the contrast medium differs between patients."""
    body, rng = patient.anatomy, patient.exposure
    grid = make_grid(ct.SIZE, ct.SIZE, 1.45)
    hu = np.full(grid.shape, ct.AIR, np.float32)
    contrast = body.choice((0.0, 60.0, 110.0, 190.0))
    level = float(np.clip(body.uniform(0, 1) + rng.uniform(-0.05, 0.05), 0, 1))
    shoulder = (0.62, 0.45, 8 + 14 * level, 34.0)
    breast = (0.45, -0.8, 3 + 8 * level, 30.0)
    torso = make_torso(hu, grid, patient, 12.0, (shoulder, breast))
    ct.add_couch(hu, grid, torso.bottom + 3, 0.0011)
    paint_back(hu, torso, body)
    lungs = _paint_lungs(hu, torso, body, level)
    _paint_vessels(hu, grid, lungs, body, level)
    paint_ribs(hu, torso, body, 6)
    paint_vertebra(hu, torso, body, 190.0)
    _paint_sternum(hu, torso)
    if level > 0.4:
        _paint_scapulae(hu, torso)
    if level < 0.5:
        _paint_heart(hu, torso, body, contrast)
    else:
        _paint_great_vessels(hu, torso, body, contrast)
    window = (40.0 + rng.uniform(-5, 15), 400.0 + rng.uniform(-30, 60))
    return ct.scan(hu, grid, rng, 13.0, window, {"SeriesDescription": "THORAX"})


def _paint_lungs(
    hu: FloatArray, torso: Torso, rng: np.random.Generator, level: float
) -> FloatArray:
    """Fill the cavity with fat, then both lungs; return the distance to these."""
    own, b = torso.own, torso.radii[1]
    paint(hu, ct.MUSCLE, inside(torso.cavity - 1.5, 2))
    paint(hu, ct.FAT + 15, inside(torso.cavity + 2.0, 2))
    wide = 1 - 0.35 * level
    center = (12 * wide, -b * 0.12)
    heart = np.array([62, 58, 44, 40, 40, 44, 50, 52, 50, 54], np.float32) * wide
    middle = geometry.star(own, center, heart * rng.uniform(0.92, 1.08, 10))
    front = geometry.ellipse(own, (3, -b * 0.75), (13 + 6 * rng.uniform(), b * 0.4))
    back = geometry.ellipse(own, (4, torso.spine[1] - 8), (30, 30))
    middle = np.minimum(np.minimum(middle, front), back)
    lungs = np.maximum(torso.cavity + 4.0, -middle)
    haze = texture.clouds(rng, own.shape, 40)
    # The lower, dependent parts of a lung hold more blood.
    air = ct.LUNG + 22 * haze + 55 * np.clip(own.y / b, -0.6, 1)
    paint(hu, air, inside(lungs, 1.8))
    return np.asarray(lungs, np.float32)


def _paint_vessels(
    hu: FloatArray,
    grid: Grid,
    lungs: FloatArray,
    rng: np.random.Generator,
    level: float,
) -> None:
    """Grow the vessels of both lungs from the hila, and cut others across."""
    branches: list[FloatArray] = []
    growth = trees.Growth(5, 7.5, 3, 9, 26)
    for side in (-1, 1):
        hilum = (8 + side * (50 - 14 * level), 4.0)
        for heading in rng.uniform(-75, 75, 4):
            start = 0.0 if side > 0 else 180.0
            branches += trees.grow(rng, hilum, start + heading, 3.6, growth)
    field = geometry.tubes(grid, branches)
    for x, y in rng.uniform(-1, 1, (150, 2)) * (150, 95):
        radius = rng.uniform(0.5, 1.7)
        slices, near = geometry.box(grid, (x, y), radius + 3)
        dot = np.hypot(near.x - x, near.y - y) - radius
        np.minimum(field[slices], dot, out=field[slices])
    paint(hu, ct.BLOOD - 10, 0.9 * inside(field, 1.6) * inside(lungs + 2, 3))


def _paint_sternum(hu: FloatArray, torso: Torso) -> None:
    bone = geometry.ellipse(torso.own, (0, -torso.radii[1] - 4), (19, 6), power=2.6)
    paint(hu, 520.0, inside(bone, 1.8))
    paint(hu, 150.0, inside(bone + 2.2, 2.0))


def _paint_scapulae(hu: FloatArray, torso: Torso) -> None:
    own, (a, b) = torso.own, torso.radii
    for side in (-1, 1):
        start, end = (side * a * 1.0, b * 0.62), (side * a * 0.66, b * 1.0)
        blade = geometry.capsule(own, start, end, (3.6, 1.8))
        paint(hu, ct.FAT, inside(np.abs(blade - 5) - 0.8, 1.6) * (hu > -200))
        paint(hu, 700.0, inside(blade, 1.6))
        paint(hu, 250.0, inside(blade + 1.8, 1.6))


def _paint_heart(
    hu: FloatArray, torso: Torso, rng: np.random.Generator, contrast: float
) -> None:
    """Paint the four chambers, the descending aorta and the esophagus."""
    own, b = torso.own, torso.radii[1]
    blood, wall = ct.BLOOD + contrast, ct.BLOOD + 0.35 * contrast
    radii = np.array([56, 50, 42, 38, 40, 40, 42, 46], np.float32)
    heart = geometry.star(own, (14, -b * 0.12), radii * rng.uniform(0.95, 1.05, 8), 8)
    paint(hu, wall, inside(heart, 2.5))
    size = rng.uniform(0.9, 1.1)
    chambers = (
        ((34.0, 2.0), (25 * size, 15 * size), 32.0, 1.0),
        ((8.0, -24.0), (27 * size, 13 * size), 26.0, 0.9),
        ((-14.0, -8.0), (14 * size, 19 * size), 12.0, 0.95),
        ((8.0, 18.0), (24 * size, 11 * size), 4.0, 1.0),
    )
    for (x, y), axes, degrees, share in chambers:
        room = geometry.ellipse(own, (x, y - b * 0.12), axes, degrees, 2.3)
        paint(hu, blood * share, inside(room, 4.0))
    _paint_aorta(hu, torso, rng, blood)


def _paint_great_vessels(
    hu: FloatArray, torso: Torso, rng: np.random.Generator, contrast: float
) -> None:
    """Paint ascending and descending aorta, pulmonary trunk, cava and airways."""
    own, b = torso.own, torso.radii[1]
    blood = ct.BLOOD + contrast
    size = rng.uniform(0.9, 1.15)
    trunk = np.minimum(
        geometry.capsule(own, (18, -b * 0.34), (24, -b * 0.02), (13 * size, 11 * size)),
        geometry.capsule(own, (20, -b * 0.1), (-32, b * 0.06), (11 * size, 9 * size)),
    )
    paint(hu, 0.95 * blood, inside(trunk, 2))
    vessels = (((-10.0, -b * 0.3), 15.0), ((-30.0, -b * 0.2), 9.0))
    for center, radius in vessels:
        rim = geometry.ellipse(own, center, (radius * size + 1.5, radius * size + 1.5))
        paint(hu, ct.FAT + 40, inside(rim, 2))
        paint(hu, blood, inside(rim + 1.5, 2))
    for side in (-1, 1):
        bronchus = geometry.ellipse(own, (3 + side * 15, b * 0.24), (9, 6), side * 24)
        paint(hu, 20.0, inside(bronchus - 1.5, 1.5))
        paint(hu, ct.AIR, inside(bronchus, 1.5))
    _paint_aorta(hu, torso, rng, blood)


def _paint_aorta(
    hu: FloatArray, torso: Torso, rng: np.random.Generator, blood: float
) -> None:
    own, y = torso.own, torso.spine[1]
    radius = rng.uniform(10, 13.5)
    aorta = geometry.ellipse(own, (23, y - 15), (radius, radius))
    paint(hu, ct.FAT + 40, inside(aorta - 2, 2))
    paint(hu, blood, inside(aorta, 2))
    esophagus = geometry.ellipse(own, (2, y - 24), (8, 5.5))
    paint(hu, 35.0, inside(esophagus, 2))
    paint(hu, -600.0, rng.uniform(0, 1) * inside(esophagus + 4, 2))
