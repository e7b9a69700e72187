"""MR of the heart, short axis, balanced gradient echo (bright blood)."""

import numpy as np

from cbmir_gui.core.records import FloatArray
from cbmir_gui.sources.phantoms import geometry, mr, texture, trees
from cbmir_gui.sources.phantoms.geometry import Grid, inside, make_grid, paint
from cbmir_gui.sources.phantoms.mr import Tissue, balanced
from cbmir_gui.sources.phantoms.phantom import Drawing, Patient

_FLIP_DEGREES = 60.0


def draw(patient: Patient) -> Drawing:
    """Draw one phase of the heart's cycle."""
    body, rng = patient.anatomy, patient.exposure
    grid = make_grid(256, 256, 0.86)
    place = (body.uniform(-8, 8), body.uniform(-8, 8))
    turn = body.uniform(-14, 14) + rng.uniform(-4, 4)
    own = geometry.moved(grid, place, turn)
    wobble = [texture.smooth(body, grid.shape, 36) * np.float32(2.5) for _ in range(2)]
    own = geometry.bent(own, wobble[0], wobble[1])
    image = np.zeros(grid.shape, np.float32)
    _paint_trunk(image, own, body)
    _paint_heart(image, own, body, contraction=rng.uniform(0, 1))
    image *= mr.receive_field(rng, grid, 0.10)
    # The surface coil lies on the chest: what is far behind it is darker.
    image *= np.exp(-np.clip(own.y + 60, 0, None) / 330)
    times = {"RepetitionTime": 3.2, "EchoTime": 1.6, "FlipAngle": _FLIP_DEGREES}
    return mr.scan(
        image, grid, rng, 0.23, 0.018, {**times, "SeriesDescription": "CINE SA"}
    )


def _signal(tissue: Tissue) -> float:
    return balanced(tissue, _FLIP_DEGREES)


def _paint_trunk(image: FloatArray, own: Grid, rng: np.random.Generator) -> None:
    """Paint chest wall, lungs, liver, stomach, spine and aorta."""
    half = (rng.uniform(132, 146), rng.uniform(108, 120))
    shell = geometry.ellipse(own, (14, 26), half, -24, 2.4)
    mottle = texture.clouds(rng, own.shape, 24)
    fat = rng.uniform(7, 14) * (1 + 0.25 * texture.smooth(rng, own.shape, 28))
    paint(image, _signal(mr.FAT) * (0.9 + 0.05 * mottle), inside(shell, 2))
    wall = shell + fat
    paint(image, _signal(mr.MUSCLE) * 1.1, inside(wall, 2.5))
    ripple = 2.5 * texture.smooth(rng, own.shape, 7)
    streaks = inside(np.abs(wall + 7 + ripple) - 0.6 - 0.4 * ripple, 2.5)
    paint(image, _signal(mr.FAT) * 0.8, 0.8 * streaks)
    lungs = wall + rng.uniform(13, 19)
    paint(image, 0.012 + 0.004 * mottle, inside(lungs, 3))
    radii = np.array([84, 64, 66, 74, 70, 52, 42, 52], np.float32)
    liver = geometry.star(own, (-40, 82), radii * rng.uniform(0.9, 1.1, 8), -8)
    liver = np.maximum(liver, lungs + 2)
    paint(image, _signal(mr.LIVER) * (1 + 0.04 * mottle), inside(liver, 2.5))
    _paint_veins(image, own, rng, liver)
    stomach = geometry.ellipse(own, (52, 82), (34, 24), -20)
    stomach = np.maximum(stomach, lungs + 2)
    paint(image, 0.09 + 0.02 * mottle, inside(stomach, 3))
    spine = geometry.ellipse(own, (34, 112), (22, 18), -20)
    paint(image, 0.13 + 0.008 * mottle, inside(np.maximum(spine, lungs - 8), 2.5))
    aorta = geometry.ellipse(own, (62, 62), (11, 11))
    paint(image, _signal(mr.MUSCLE), inside(aorta - 2, 2))
    paint(image, _signal(mr.BLOOD), inside(aorta, 2))


def _paint_veins(
    image: FloatArray, own: Grid, rng: np.random.Generator, liver: FloatArray
) -> None:
    branches: list[FloatArray] = []
    growth = trees.Growth(4, 8.0, 3, 10, 28)
    for heading in rng.uniform(100, 210, 3):
        branches += trees.grow(rng, (-8, 74), heading, 3.4, growth)
    upright = make_grid(*own.shape, own.spacing)
    veins = geometry.tubes(upright, branches)
    paint(image, 0.8 * _signal(mr.BLOOD), 0.7 * inside(veins, 2) * inside(liver + 4, 4))


def _paint_heart(
    image: FloatArray, own: Grid, rng: np.random.Generator, contraction: float
) -> None:
    """Paint fat around the heart, right ventricle, septum and left ventricle."""
    size = rng.uniform(0.95, 1.12)
    wall = rng.uniform(9, 12) * (1 + 0.35 * contraction)
    cavity = (26 - 7 * contraction) * size
    outer = cavity + wall
    left = geometry.ellipse(own, (12, 0), (outer, outer * 0.97))
    radii = np.array([40, 40, 42, 38, 36, 38, 42, 42], np.float32)
    radii *= size * rng.uniform(0.94, 1.06, 8) * (1 - 0.1 * contraction)
    right = geometry.star(own, (-18, -4), radii)
    sac = np.minimum(left, right) - 3
    fat = inside(sac - 2.5 - 2 * texture.smooth(rng, own.shape, 9), 3)
    paint(image, 0.75 * _signal(mr.FAT), fat * (0.3 + 0.7 * inside(own.y - 4, 30)))
    muscle = _signal(mr.MUSCLE)
    paint(image, muscle, inside(sac, 2))
    paint(image, _signal(mr.BLOOD), inside(np.maximum(right + 2, 2.0 - left), 2.5))
    _paint_trabeculae(image, own, rng, right + 4)
    paint(image, muscle, inside(left, 2))
    room = geometry.star(own, (12, 0), cavity * rng.uniform(0.96, 1.04, 9))
    paint(image, 1.05 * _signal(mr.BLOOD), inside(room, 2.5))
    for degrees in (35 + rng.uniform(-12, 12), 150 + rng.uniform(-12, 12)):
        away = cavity * 0.68
        x = 12 + away * float(np.cos(np.radians(degrees)))
        y = away * float(np.sin(np.radians(degrees)))
        papillary = geometry.ellipse(own, (x, y), (5.0 * size, 4.0 * size), degrees)
        paint(image, muscle * 1.15, inside(papillary, 2.5))


def _paint_trabeculae(
    image: FloatArray, own: Grid, rng: np.random.Generator, right: FloatArray
) -> None:
    """Paint the coarse muscle bundles along the free wall of the right ventricle."""
    bundles = inside(0.7 - texture.bumps(rng, own.shape, 15, 0.5), 1.0)
    zone = inside(np.abs(right + 2) - 3.5, 3)
    paint(image, 1.6 * _signal(mr.MUSCLE), 0.55 * zone * bundles)
