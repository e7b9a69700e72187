"""Whole-body FDG positron emission tomography, maximum intensity projection."""

import numpy as np

from cbmir_gui.core.records import FloatArray
from cbmir_gui.sources.phantoms import geometry, texture
from cbmir_gui.sources.phantoms.geometry import Grid, inside, make_grid
from cbmir_gui.sources.phantoms.phantom import Drawing, Patient

COUNTS_PER_SUV = 600.0
"""Detected counts in a pixel at a standardised uptake value of 1."""
_DARKEST_SUV = 6.0


def draw(patient: Patient) -> Drawing:
    """Draw a patient from the skull to the thighs; some have metastases."""
    body, rng = patient.anatomy, patient.exposure
    grid = make_grid(320, 192, 3.2)
    size = body.uniform(0.94, 1.04)
    own = geometry.moved(grid, (rng.uniform(-8, 8), 30 + rng.uniform(-10, 10)), 0, size)
    wobble = [texture.smooth(body, grid.shape, 22) * np.float32(4.0) for _ in range(2)]
    own = geometry.bent(own, wobble[0], wobble[1])
    uptake = _body(own, body)
    for spot in (_head(own, body), _chest(own, body), _abdomen(own, body)):
        uptake = np.maximum(uptake, spot)
    if body.uniform() < 0.4:
        uptake = np.maximum(uptake, _metastases(own, body))
    seen = texture.blur(uptake, 1.1)
    counts = rng.uniform(55, 90)
    noisy = texture.blur(rng.poisson(np.clip(seen, 0, None) * counts) / counts, 0.7)
    ceiling = _DARKEST_SUV * COUNTS_PER_SUV
    return Drawing(
        np.clip(noisy, 0, 30) * COUNTS_PER_SUV,
        grid.spacing,
        (ceiling / 2, ceiling),
        bits_stored=16,
        slope=0.5,
        inverted=True,
        attributes={"Units": "CNTS", "SeriesDescription": "MIP", "SliceThickness": 3.2},
    )


def _body(own: Grid, rng: np.random.Generator) -> FloatArray:
    """Return the faint uptake of trunk, arms and thighs."""
    x = np.abs(own.x)
    mirrored = Grid(x, own.y, own.spacing)
    parts = [
        geometry.ellipse(own, (0, -385), (74, 104)),
        geometry.capsule(own, (0, -300), (0, -240), (50, 60)),
        geometry.ellipse(own, (0, -90), (158, 190), power=2.8),
        geometry.ellipse(own, (0, 100), (150, 130), power=2.6),
        geometry.capsule(mirrored, (75, 190), (84, 520), (78, 56)),
        geometry.capsule(mirrored, (158, -232), (190, -20), (42, 36)),
        geometry.capsule(mirrored, (190, -20), (188, 200), (34, 25)),
    ]
    field = parts[0]
    for part in parts[1:]:
        field = np.minimum(field, part)
    depth = np.sqrt(np.clip(-field, 0, 90) / 90)
    mottle = 1 + 0.10 * texture.clouds(rng, own.shape, 26)
    base = rng.uniform(0.55, 0.8) * (0.45 + 0.55 * depth) * mottle
    marrow = _spine_and_pelvis(own)
    lungs = inside(geometry.ellipse(mirrored, (68, -135), (52, 95), 4), 22)
    base = base * (1 - 0.45 * lungs)
    return np.asarray(
        np.maximum(base * inside(field, 4), rng.uniform(1.0, 1.4) * marrow), np.float32
    )


def _spine_and_pelvis(own: Grid) -> FloatArray:
    """Return a cover of the blood-forming marrow."""
    mirrored = geometry.mirrored(own)
    phase = np.abs((own.y / 30) % 1 - 0.5)
    spine = np.maximum(np.abs(own.x) - 15, np.abs(own.y + 70) - 210)
    column = inside(spine, 8) * (1 - 0.35 * (phase < 0.14))
    wing = geometry.ellipse(mirrored, (76, 135), (30, 42), -34)
    hip = geometry.capsule(mirrored, (112, 195), (104, 260), (18, 13))
    return np.maximum(column, 0.8 * np.maximum(inside(wing, 12), inside(hip, 10)))


def _head(own: Grid, rng: np.random.Generator) -> FloatArray:
    """Return the brain, which burns much sugar, and faint glands and tonsils."""
    brain = geometry.ellipse(own, (0, -418), (66, 60), power=2.2)
    folds = texture.bumps(rng, own.shape, 7)
    cortex = 8.5 + 1.2 * folds + 2.0 * inside(np.abs(brain + 8) - 7, 8)
    split = 1 - 0.25 * inside(np.abs(own.x) - 2, 5) * (own.y < -425)
    cerebellum = geometry.ellipse(own, (0, -358), (46, 20))
    mirrored = geometry.mirrored(own)
    glands = inside(geometry.ellipse(mirrored, (44, -318), (8, 14)), 8)
    head = np.maximum(cortex * split * inside(brain, 5), 7.0 * inside(cerebellum, 8))
    return np.asarray(
        np.maximum(head, 2.2 * glands * rng.uniform(0.5, 1.2)), np.float32
    )


def _chest(own: Grid, rng: np.random.Generator) -> FloatArray:
    """Return the heart's left ventricle, from absent to bright, and great vessels."""
    center = (46 + rng.uniform(-8, 8), -72 + rng.uniform(-12, 12))
    outer = geometry.ellipse(own, center, (42, 34), 35)
    ring = np.abs(outer + 12) - 10
    level = rng.choice((0.9, 2.5, 6.5))
    pool = geometry.capsule(own, (8, -165), (14, -20), (26, 34))
    return np.asarray(
        np.maximum(level * inside(ring, 8), 1.15 * inside(pool, 18)), np.float32
    )


def _abdomen(own: Grid, rng: np.random.Generator) -> FloatArray:
    """Return liver, spleen, kidneys, bowel, ureters and bladder."""
    radii = np.array([80, 62, 56, 70, 84, 62, 52, 66], np.float32)
    liver = geometry.star(own, (-66, 12), radii * rng.uniform(0.93, 1.07, 8), 12)
    mottle = 1 + 0.07 * texture.smooth(rng, own.shape, 2.5)
    total = rng.uniform(1.9, 2.4) * mottle * inside(liver, 9)
    spleen = geometry.ellipse(own, (100, 8), (24, 42), -14)
    total = np.maximum(total, rng.uniform(1.5, 1.9) * inside(spleen, 9))
    for side in (-1, 1):
        center = (side * 64, 68 - 8 * side + rng.uniform(-6, 6))
        kidney = geometry.ellipse(own, center, (25, 46), side * -12)
        hollow = geometry.ellipse(own, (center[0] - side * 6, center[1]), (10, 26))
        total = np.maximum(total, rng.uniform(2.6, 3.4) * inside(kidney, 8))
        pelvis = rng.uniform(2.0, 9.0) * inside(hollow + 2, 10)
        total = np.maximum(total, pelvis)
        for y in rng.uniform(110, 230, 2):
            ureter = geometry.ellipse(own, (side * 34, y), (5, 15))
            total = np.maximum(total, rng.uniform(0.5, 5) * inside(ureter, 6))
    loops = texture.bumps(rng, own.shape, 13, 0.6)
    belly = inside(geometry.ellipse(own, (0, 150), (112, 78), power=2.4), 20)
    total = np.maximum(total, belly * np.clip(0.9 + 0.55 * loops, 0, 2.4))
    bladder = geometry.ellipse(own, (0, 252), (36, 27 + rng.uniform(-6, 6)), power=2.2)
    return np.asarray(
        np.maximum(total, rng.uniform(9, 16) * inside(bladder, 7)), np.float32
    )


def _metastases(own: Grid, rng: np.random.Generator) -> FloatArray:
    total = np.zeros(own.shape, np.float32)
    for _ in range(rng.integers(3, 10)):
        place = (rng.uniform(-95, 95), rng.uniform(-230, 200))
        radii = (rng.uniform(6, 17), rng.uniform(6, 17))
        spot = rng.uniform(3.5, 9) * inside(geometry.ellipse(own, place, radii), 8)
        np.maximum(total, spot, out=total)
    return total
