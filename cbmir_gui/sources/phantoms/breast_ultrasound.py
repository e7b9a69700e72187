"""Ultrasound of the breast with a linear probe."""

import numpy as np

from cbmir_gui.core.records import FloatArray
from cbmir_gui.sources.phantoms import geometry, texture, ultrasound
from cbmir_gui.sources.phantoms.geometry import Grid, inside, make_grid, paint
from cbmir_gui.sources.phantoms.phantom import Drawing, Patient


def draw(patient: Patient) -> Drawing:
    """Draw skin, fat, gland and muscle with a cyst, a smooth or a spiky mass."""
    body, rng = patient.anatomy, patient.exposure
    grid = make_grid(240, 300, 0.15)
    # The probe touches the skin at y = 0.
    own = Grid(grid.x, grid.y + 18.0 + rng.uniform(-0.3, 0.3), grid.spacing)
    echo = _layers(own, body)
    shadow = _lesion(echo, own, body)
    _edge_gaps(shadow, own, rng)
    depth = own.y / 36
    gain = np.exp(-0.9 * np.clip(depth - 0.45, 0, None) - 0.05 * rng.uniform())
    speckle = ultrasound.speckle(rng, grid.shape, axial_px=1.2, lateral_px=2.4)
    shown = ultrasound.compress(echo * shadow * gain * speckle, 52.0)
    return ultrasound.picture(shown, grid.spacing, {"TransducerType": "LINEAR"})


def _layers(own: Grid, rng: np.random.Generator) -> FloatArray:
    """Return the echo strength of healthy tissue."""
    shape = own.shape
    sway = [texture.smooth(rng, shape, 26, 2.0) for _ in range(3)]
    fat_end = rng.uniform(8, 13) + 1.4 * sway[0]
    gland_end = fat_end + rng.uniform(9, 14) + 1.1 * sway[1] - 0.8 * sway[0]
    echo = np.full(shape, 0.07, np.float32)
    # Lobules of fat are dark, the septa between them bright where the beam meets them
    # at a right angle.
    septa = texture.zero_distance(texture.smooth(rng, shape, 7, 2.6))
    lines = np.exp(-np.square(septa / 1.7))
    bright = np.clip(0.4 + 0.7 * texture.smooth(rng, shape, 9, 1.5), 0, 1.6)
    echo += 0.26 * lines * bright + 0.02 * texture.clouds(rng, shape, 20)
    np.clip(echo, 0.03, None, out=echo)
    streaks = texture.smooth(rng, shape, 2.2, 3.5)
    patches = texture.clouds(rng, shape, 30)
    gland = 0.40 * np.exp(0.45 * streaks + 0.30 * patches)
    ragged = 0.8 * texture.smooth(rng, shape, 7, 2.0)
    zone = inside(fat_end + ragged - own.y, 3.0) * inside(own.y - gland_end, 2.0)
    paint(echo, gland, zone)
    fibers = texture.smooth(rng, shape, 1.6, 8.0)
    muscle = 0.10 * np.exp(0.65 * fibers)
    below = inside(gland_end + 2 - own.y, 1.2)
    paint(echo, muscle, below)
    fascia = np.abs(own.y - gland_end - 1.6) - 0.25
    paint(echo, 0.8 * np.exp(0.5 * streaks), 0.8 * inside(fascia, 0.9))
    paint(echo, 1.3, inside(own.y - 1.7 - 0.2 * sway[2], 0.5))
    paint(echo, 0.25, inside(np.abs(own.y - 0.9) - 0.2, 0.4))
    return echo


def _lesion(echo: FloatArray, own: Grid, rng: np.random.Generator) -> FloatArray:
    """Paint a lesion and return what it does to the echoes behind it."""
    kind = rng.choice(("cyst", "smooth", "spiky"))
    center = (rng.uniform(-8, 8), rng.uniform(12, 18))
    width, height = rng.uniform(5, 9), rng.uniform(3.2, 5.5)
    if kind == "spiky":
        outline = geometry.star(own, center, height * rng.uniform(0.75, 1.35, 14))
        level, behind = 0.05, 0.28
    else:
        turn = rng.uniform(-10, 10)
        outline = geometry.ellipse(own, center, (width, height), turn)
        outline = outline + 0.35 * texture.smooth(rng, own.shape, 10)
        level, behind = (0.008, 2.2) if kind == "cyst" else (0.09, 1.25)
    patches = texture.clouds(rng, own.shape, 12)
    paint(echo, 0.7, 0.6 * inside(np.abs(outline - 0.6) - 0.4, 0.8) * (kind == "spiky"))
    paint(
        echo,
        level * np.exp(0.25 * patches),
        inside(outline, 0.7 if kind != "spiky" else 1.4),
    )
    half = width if kind != "spiky" else height
    beam = inside(np.abs(own.x - center[0]) - 0.75 * half, 3.0)
    after = np.clip((own.y - center[1] - 0.6 * height) / 2, 0, 1)
    return np.asarray(1 + (behind - 1) * beam * after, np.float32)


def _edge_gaps(shadow: FloatArray, own: Grid, rng: np.random.Generator) -> None:
    """Darken stripes where the probe lost contact, and towards its ends."""
    for _ in range(rng.integers(0, 3)):
        x, half = rng.uniform(-21, 21), rng.uniform(0.6, 2.0)
        shadow *= 1 - 0.55 * inside(np.abs(own.x - x) - half, 2.0)
    shadow *= 1 - 0.5 * np.clip((np.abs(own.x) - 19) / 5, 0, 1)
