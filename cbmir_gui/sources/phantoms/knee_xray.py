"""Radiograph of a knee, antero-posterior."""

import numpy as np

from cbmir_gui.core.records import FloatArray
from cbmir_gui.sources.phantoms import geometry, texture, xray
from cbmir_gui.sources.phantoms.geometry import Field, Grid, inside, make_grid
from cbmir_gui.sources.phantoms.phantom import Drawing, Patient
from cbmir_gui.sources.phantoms.xray import BONE_PER_MM, TISSUE_PER_MM


def draw(patient: Patient) -> Drawing:
    """Draw the joint, right or left; worn joints are narrow and have spurs."""
    body, rng = patient.anatomy, patient.exposure
    grid = make_grid(256, 256, 0.47)
    side = float(body.choice((-1, 1)))
    place = (rng.uniform(-4, 4), rng.uniform(-6, 6))
    own = geometry.moved(grid, place, rng.uniform(-4, 4), body.uniform(0.95, 1.08))
    own = Grid(own.x * side, own.y, own.spacing)
    wobble = [texture.smooth(body, grid.shape, 26) * np.float32(0.7) for _ in range(2)]
    own = geometry.bent(own, wobble[0], wobble[1])
    wear = body.uniform(0, 1) ** 1.5
    bone = _femur(own, body) + _tibia(own, body, wear) + _fibula(own) + _patella(own)
    bone *= 1 + _trabeculae(own, body)
    width = 66 + 5 * np.cos(own.y / 30) + rng.uniform(-3, 5)
    flesh = 0.45 * xray.chord(own.x, width) + 0.25 * xray.chord(own.x, width - 9)
    attenuation = TISSUE_PER_MM * flesh + 0.9 * BONE_PER_MM * bone
    return xray.expose(
        attenuation,
        grid,
        rng,
        photons=60000,
        blur_px=0.65,
        percentiles=(2, 99.5),
        detail=1.5,
        photometric="MONOCHROME2",
        attributes={"ViewPosition": "AP", "KVP": 60.0},
    )


def _solid(edge: Field, wall: float | Field, depth: float | Field) -> FloatArray:
    """Return the way through a bone with outline `edge`: compact rim, spongy core."""
    inner = np.clip(-edge, 0, None)
    rim = np.exp(-np.square(inner / wall))
    bulk = depth * np.clip(inner / 20, 0, 1) ** 0.4
    return np.asarray((8.0 * rim + 0.38 * bulk) * inside(edge, 0.9), np.float32)


def _femur(own: Grid, rng: np.random.Generator) -> FloatArray:
    """Return shaft, both condyles and the notch between them."""
    size = rng.uniform(0.96, 1.04)
    flare = 17 + 22 * np.clip((own.y + 72) / 50, 0, 1) ** 2.0
    shaft = np.maximum(np.abs(own.x + 1) - flare * size, own.y + 13)
    condyles = [
        geometry.ellipse(own, (-22 * size, -20), (22 * size, 21), 8, 2.5),
        geometry.ellipse(own, (22 * size, -19), (21 * size, 19.5), -8, 2.5),
    ]
    parts = (*condyles, shaft)
    # The outlines run smoothly into each other, over about 5 mm.
    edge = -5 * np.log(sum(np.exp(-np.clip(part, -90, 90) / 5) for part in parts))
    notch = geometry.ellipse(own, (0, 2), (8.5, 15), power=2.2)
    edge = np.maximum(edge, -notch)
    roof = 3.0 * inside(np.abs(notch + 0.5) - 0.6, 1.5) * inside(edge - 2, 2)
    # Towards the shaft the wall gets thicker and the core loses its bone.
    shaft_part = np.clip((-own.y - 40) / 35, 0, 1)
    ends = inside(np.abs(edge + 1.0) - 0.8, 1.4) * (own.y > -16)
    return np.asarray(
        _solid(edge, 1.6 + 3.5 * shaft_part, 50 - 30 * shaft_part) + roof + 2.5 * ends,
        np.float32,
    )


def _tibia(own: Grid, rng: np.random.Generator, wear: float) -> FloatArray:
    """Return the plateau with its two spines, and the shaft below."""
    gap = 5.2 - 3.6 * wear * np.clip(0.5 - own.x / 30, 0, 1)
    top = 1.0 + gap - 1.6 * np.exp(-(((np.abs(own.x) - 24) / 12) ** 2)) * -1
    spines = 6.5 * np.exp(-(((np.abs(own.x) - 6) / 4.6) ** 2))
    flare = 20 + 25 * np.clip((56 - own.y) / 52, 0, 1) ** 1.8
    spur = 3.5 * wear * np.exp(-(((own.y - 8) / 4) ** 2))
    edge = np.maximum(np.abs(own.x) - flare - spur, (top - spines) - own.y)
    corner = np.hypot(np.clip(np.abs(own.x) - flare + 7, 0, None), top + 7 - own.y)
    outer = (own.y < top + 7) & (np.abs(own.x) > flare - 7)
    edge = np.where(outer, np.maximum(edge, corner - 7), edge)
    plate = inside(np.abs(own.y - top - 1.0) - 0.9 - 0.8 * wear, 1.6)
    plate *= inside(np.abs(own.x) - flare + 2, 2) * (np.abs(own.x) > 9)
    tone = rng.uniform(0.95, 1.1)
    shaft_part = np.clip((own.y - 35) / 40, 0, 1)
    return _solid(edge, 1.6 + 3.0 * shaft_part, 46 - 24 * shaft_part) * tone + 4 * plate


def _fibula(own: Grid) -> FloatArray:
    head = geometry.ellipse(own, (38, 29), (10, 12), 0, 2.3)
    shaft = geometry.capsule(own, (39, 32), (43, 110), (6.5, 6.0))
    return 0.75 * _solid(np.minimum(head, shaft), 1.9, 18)


def _patella(own: Grid) -> FloatArray:
    edge = geometry.ellipse(own, (2, -34), (21, 22), power=2.4)
    return 0.32 * _solid(edge, 1.8, 22)


def _trabeculae(own: Grid, rng: np.random.Generator) -> FloatArray:
    """Return the fine grain of spongy bone, which runs along the leg."""
    fine = texture.smooth(rng, own.shape, 1.1, 0.45)
    coarse = texture.bumps(rng, own.shape, 7, 0.5)
    return 0.055 * fine + 0.05 * coarse
