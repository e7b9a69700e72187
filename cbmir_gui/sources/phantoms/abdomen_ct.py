"""CT of the upper abdomen after contrast medium: liver, spleen, kidneys, bowel."""

import itertools

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
    """Draw an axial slice between the dome of the liver and the lower kidneys."""
    body, rng = patient.anatomy, patient.exposure
    grid = make_grid(ct.SIZE, ct.SIZE, 1.45)
    hu = np.full(grid.shape, ct.AIR, np.float32)
    torso = make_torso(hu, grid, patient, 9.0, ((0.5, 0.75, 10.0, 30.0),))
    ct.add_couch(hu, grid, torso.bottom + 3, 0.0011)
    paint_back(hu, torso, body)
    level = float(np.clip(body.uniform(0, 1) + rng.uniform(-0.08, 0.08), 0, 1))
    contrast = body.uniform(0.5, 1.0)
    paint(hu, ct.FAT - 5, inside(torso.cavity + 1, 2))
    _paint_bowel(hu, torso, body, level)
    _paint_stomach(hu, torso, body, level)
    _paint_spleen(hu, torso, body, level, contrast)
    _paint_liver(hu, grid, torso, body, level, contrast)
    _paint_kidneys(hu, torso, body, level, contrast)
    _paint_vessels(hu, torso, body, contrast)
    paint_ribs(hu, torso, body, 4)
    paint_vertebra(hu, torso, body, 210.0)
    window = (50.0 + rng.uniform(-5, 10), 380.0 + rng.uniform(-30, 30))
    return ct.scan(hu, grid, rng, 14.0, window, {"SeriesDescription": "ABDOMEN"})


def _paint_liver(
    hu: FloatArray,
    grid: Grid,
    torso: Torso,
    rng: np.random.Generator,
    level: float,
    contrast: float,
) -> None:
    """Fill the right side with liver, its vessels, and sometimes a cyst."""
    own, (a, b) = torso.own, torso.radii
    lobe = np.array([96, 70, 78, 86, 82, 96, 108, 116], np.float32)
    lobe *= (1.08 - 0.42 * level) * rng.uniform(0.94, 1.06, 8)
    outline = geometry.star(own, (-a * 0.5, -b * 0.08), lobe)
    liver = np.maximum(outline, torso.cavity + 3)
    liver = np.maximum(liver, 14 - geometry.ellipse(own, torso.spine, (24, 26)))
    base = 58 + 50 * contrast
    mottle = texture.smooth(rng, own.shape, 1.5)
    cover = inside(liver, 2)
    paint(hu, base + 5 * mottle, cover)
    growth = trees.Growth(4, 9.0, 3, 10, 30)
    branches: list[FloatArray] = []
    for heading in rng.uniform(130, 260, 3):
        branches += trees.grow(rng, (-14, -b * 0.05), heading, 4.2, growth)
    field = geometry.tubes(grid, branches)
    paint(hu, base + 45 * contrast, inside(field, 2) * inside(liver + 5, 6) * 0.8)
    if rng.uniform() < 0.4:
        center = (-a * rng.uniform(0.4, 0.7), b * rng.uniform(-0.4, 0.3))
        radius = rng.uniform(5, 13)
        cyst = geometry.star(own, center, radius * rng.uniform(0.85, 1.15, 7))
        paint(hu, rng.choice((8.0, 45.0)), inside(cyst, 2.5) * inside(liver + 4, 4))
    if level > 0.45:
        bladder = geometry.ellipse(own, (-a * 0.34, -b * 0.36), (12, 17), 24)
        paint(hu, 80.0, inside(bladder, 2))
        paint(hu, 8.0, inside(bladder + 2, 2))


def _paint_spleen(
    hu: FloatArray,
    torso: Torso,
    rng: np.random.Generator,
    level: float,
    contrast: float,
) -> None:
    own, (a, b) = torso.own, torso.radii
    size = rng.uniform(0.9, 1.15) * (1.05 - 0.5 * level)
    crescent = geometry.ellipse(own, (a * 0.72, b * 0.32), (30 * size, 56 * size), 24)
    crescent = np.maximum(crescent, torso.cavity + 4)
    hollow = geometry.ellipse(own, (a * 0.45, b * 0.08), (30, 46), 20)
    paint(hu, 60 + 65 * contrast, inside(np.maximum(crescent, -hollow), 2))


def _paint_stomach(
    hu: FloatArray, torso: Torso, rng: np.random.Generator, level: float
) -> None:
    """Paint the stomach with its fluid level: air in front, contents behind."""
    own, (a, b) = torso.own, torso.radii
    size = (1.1 - 0.35 * level) * rng.uniform(0.85, 1.1)
    radii = np.array([44, 50, 40, 34, 40, 46, 40, 38], np.float32)
    radii *= size * rng.uniform(0.9, 1.1, 8)
    bag = geometry.star(own, (a * 0.4, -b * 0.38), radii)
    bag = np.maximum(bag, torso.cavity + 5)
    paint(hu, 80.0, inside(bag, 2))
    contents = rng.uniform(10, 50) + 25 * texture.clouds(rng, own.shape, 16)
    paint(hu, contents, inside(bag + 4, 2))
    gas = np.maximum(bag + 4.5, own.y + b * rng.uniform(0.4, 0.6))
    paint(hu, ct.AIR, inside(gas, 2))


def _paint_kidneys(
    hu: FloatArray,
    torso: Torso,
    rng: np.random.Generator,
    level: float,
    contrast: float,
) -> None:
    """Paint both kidneys: bright cortex, darker pyramids, fat in the middle."""
    own, (a, _) = torso.own, torso.radii
    if level < 0.25:
        return
    size = 0.8 + 0.35 * min(level, 0.8)
    for side in (-1, 1):
        center = (side * a * rng.uniform(0.47, 0.53), torso.spine[1] + 6 - 4 * side)
        axes = (23 * size * rng.uniform(0.95, 1.1), 29 * size)
        kidney = geometry.ellipse(own, center, axes, side * 32)
        paint(hu, ct.FAT, inside(kidney - 5, 3))
        paint(hu, 70 + 130 * contrast, inside(kidney, 2))
        pyramids = texture.bumps(rng, own.shape, 9.0)
        inner = inside(kidney + 6, 2) * (0.45 + 0.45 * (pyramids > 0))
        paint(hu, 65 + 60 * contrast, inner)
        middle = (center[0] - side * 8, center[1] - 3)
        paint(hu, ct.FAT, inside(geometry.ellipse(own, middle, (9, 11), side * 25), 4))


def _paint_vessels(
    hu: FloatArray, torso: Torso, rng: np.random.Generator, contrast: float
) -> None:
    """Paint aorta, vena cava, the crura behind them and the pancreas in front."""
    own, (x, y) = torso.own, torso.spine
    for side in (-1, 1):
        crus = geometry.capsule(
            own, (x + side * 14, y - 20), (x + side * 19, y), (4, 4)
        )
        paint(hu, ct.MUSCLE, inside(crus, 2))
    radius = rng.uniform(8.5, 11.5)
    aorta = geometry.ellipse(own, (x + 6, y - 25), (radius, radius))
    cava = geometry.ellipse(own, (x - 19, y - 24), (13, 9), 10)
    path = geometry.curve([(-14, -52), (8, -60), (30, -56), (58, -38)], 8)
    for start, end in itertools.pairwise(path.tolist()):
        first, last = (start[0], y + start[1]), (end[0], y + end[1])
        pancreas = geometry.capsule(own, first, last, (9, 8))
        paint(hu, 55 + 35 * contrast, inside(pancreas, 3))
    paint(hu, 50 + 160 * contrast, inside(aorta, 2))
    paint(hu, 50 + 90 * contrast, inside(cava, 2))


def _paint_bowel(
    hu: FloatArray, torso: Torso, rng: np.random.Generator, level: float
) -> None:
    """Paint loops of bowel with wall, contents and gas, more of them further down."""
    own, (a, b) = torso.own, torso.radii
    for _ in range(int(4 + 12 * level)):
        center = (a * rng.uniform(-0.35, 0.72), b * rng.uniform(-0.72, 0.1))
        axes = (rng.uniform(9, 17), rng.uniform(8, 13))
        loop = geometry.ellipse(own, center, axes, rng.uniform(0, 180))
        loop = np.maximum(loop, torso.cavity + 4)
        paint(hu, 75.0, inside(loop, 2))
        filling = rng.choice((15.0, 45.0, 220.0, -700.0), p=(0.4, 0.3, 0.15, 0.15))
        paint(hu, filling, inside(loop + 3, 2))
