"""Ultrasound of liver and right kidney with a curved probe: a fan-shaped picture."""

import numpy as np

from cbmir_gui.core.records import FloatArray
from cbmir_gui.sources.phantoms import geometry, texture, ultrasound
from cbmir_gui.sources.phantoms.geometry import Grid, inside, paint
from cbmir_gui.sources.phantoms.phantom import Drawing, Patient

_NUM_DEPTHS, _NUM_BEAMS = 288, 192
_DEPTH_MM, _OPENING_DEGREES, _PROBE_RADIUS = 150.0, 66.0, 0.38


def draw(patient: Patient) -> Drawing:
    """Draw one view; the picture is made beam by beam, then fanned out."""
    body, rng = patient.anatomy, patient.exposure
    own = _beam_grid(rng)
    echo = _liver(own, body)
    _paint_kidney(echo, own, body)
    through = _diaphragm(echo, own, body)
    if body.uniform() < 0.35:
        through *= _paint_stone(echo, own, body)
    _paint_wall(echo, own, body)
    depth = np.linspace(0, 1, _NUM_DEPTHS, dtype=np.float32)[:, None]
    gain = np.exp(-0.8 * np.clip(depth - rng.uniform(0.5, 0.8), 0, None) * 3.2)
    gain = gain * (0.75 + 0.5 * np.sin(np.pi * np.clip(depth, 0, 1)))
    speckle = ultrasound.speckle(rng, echo.shape, axial_px=1.1, lateral_px=1.5)
    beams = ultrasound.compress(echo * through * gain * speckle, 56.0)
    shape = (256, 320)
    across = ultrasound.fan_coordinates(shape, _OPENING_DEGREES, _PROBE_RADIUS)
    rows = across[0] * (_NUM_DEPTHS - 1)
    columns = (across[1] + 1) / 2 * (_NUM_BEAMS - 1)
    shown = texture.sample(beams, rows, columns) * across[2]
    spacing = _DEPTH_MM / (shape[0] - 8)
    return ultrasound.picture(shown, spacing, {"TransducerType": "CURVED LINEAR"})


def _beam_grid(rng: np.random.Generator) -> Grid:
    """Return where in the body each sample of each beam lies; y is the depth."""
    half = np.radians(_OPENING_DEGREES / 2)
    angle = np.linspace(-half, half, _NUM_BEAMS, dtype=np.float32)[None, :]
    start = _PROBE_RADIUS * _DEPTH_MM
    way = np.linspace(0, _DEPTH_MM, _NUM_DEPTHS, dtype=np.float32)[:, None] + start
    x = way * np.sin(angle)
    y = way * np.cos(angle) - start
    grid = Grid(x.astype(np.float32), y.astype(np.float32), _DEPTH_MM / _NUM_DEPTHS)
    return geometry.moved(grid, (rng.uniform(-5, 5), rng.uniform(-4, 4)))


def _liver(own: Grid, rng: np.random.Generator) -> FloatArray:
    """Return even liver echoes with dark veins, some of them bright-walled."""
    echo = 0.26 * np.exp(0.16 * texture.clouds(rng, own.shape, 18))
    echo = np.asarray(echo, np.float32)
    for number in range(rng.integers(3, 7)):
        x, y = rng.uniform(-70, 30), rng.uniform(35, 95)
        turn = np.radians(rng.uniform(-70, 70))
        reach = rng.uniform(6, 26)
        start = (x, y)
        end = (x + reach * float(np.cos(turn)), y + reach * float(np.sin(turn)))
        radius = rng.uniform(1.6, 4.2)
        vein = geometry.capsule(own, start, end, (radius, 0.6 * radius))
        if number % 2:
            paint(echo, 0.9, 0.8 * inside(vein - 1.2, 1.2))
        paint(echo, 0.012, inside(vein, 1.2))
    return echo


def _paint_kidney(echo: FloatArray, own: Grid, rng: np.random.Generator) -> None:
    """Paint a kidney: darker cortex, dark pyramids, bright sinus."""
    center = (rng.uniform(12, 32), rng.uniform(78, 94))
    axes = (rng.uniform(46, 54), rng.uniform(21, 25))
    turn = rng.uniform(12, 30)
    kidney = geometry.ellipse(own, center, axes, turn, 2.2)
    kidney = kidney + 0.8 * texture.smooth(rng, own.shape, 14)
    paint(echo, 0.85, 0.85 * inside(np.abs(kidney - 0.8) - 0.7, 1.0))
    paint(echo, 0.16, inside(kidney, 1.2))
    inner = geometry.moved(own, center, turn)
    around = np.arctan2(inner.y / axes[1], inner.x / axes[0])
    ring = np.hypot(inner.x / axes[0], inner.y / axes[1])
    pyramids = np.cos(around * 9 + rng.uniform(0, 6)) > 0.15
    band = inside(np.abs(ring - 0.62) * 22 - 3.2, 2.0)
    paint(echo, 0.07, 0.8 * band * pyramids)
    clumps = texture.smooth(rng, own.shape, 3.0, 1.3)
    sinus = geometry.ellipse(own, center, (axes[0] * 0.56, axes[1] * 0.38), turn)
    paint(echo, 0.75 * np.exp(0.5 * clumps), inside(sinus + 1.5 * clumps, 3.0))
    if rng.uniform() < 0.3:
        cyst = geometry.ellipse(own, (center[0] + 26, center[1] - 4), (9, 8))
        paint(echo, 0.006, inside(cyst, 1.0))


def _diaphragm(echo: FloatArray, own: Grid, rng: np.random.Generator) -> FloatArray:
    """Paint the bright arc that ends the liver; behind it little is left."""
    center = (rng.uniform(-30, -10), rng.uniform(12, 26))
    radius = rng.uniform(100, 108)
    arc = np.hypot(own.x - center[0], (own.y - center[1]) * 1.02) - radius
    paint(echo, 2.2, inside(np.abs(arc) - 1.0, 1.6))
    mirror = 0.10 * np.exp(0.5 * texture.clouds(rng, own.shape, 16))
    paint(echo, mirror.astype(np.float32), inside(2.5 - arc, 2.0))
    return np.ones(own.shape, np.float32)


def _paint_stone(echo: FloatArray, own: Grid, rng: np.random.Generator) -> FloatArray:
    """Paint a gallbladder with a stone, and return the shadow behind the stone."""
    center = (rng.uniform(-52, -34), rng.uniform(48, 60))
    bladder = geometry.ellipse(own, center, (18, 9.5), rng.uniform(-40, -10))
    paint(echo, 0.7, inside(bladder - 1.8, 1.2))
    paint(echo, 0.006, inside(bladder, 1.0))
    place = (center[0] - 2, center[1] + 5)
    stone = geometry.ellipse(own, place, (4.2, 2.4))
    paint(echo, 2.5, inside(stone, 1.0))
    ratio = own.x / (own.y + _PROBE_RADIUS * _DEPTH_MM)
    own_ratio = place[0] / (place[1] + _PROBE_RADIUS * _DEPTH_MM)
    beam = inside((np.abs(ratio - own_ratio) - 0.035) * 100, 1.5)
    return 1 - 0.93 * beam * np.clip((own.y - place[1] - 1) / 3, 0, 1)


def _paint_wall(echo: FloatArray, own: Grid, rng: np.random.Generator) -> None:
    """Paint skin, fat and muscle of the abdominal wall above the liver."""
    thickness = rng.uniform(13, 20) + texture.smooth(rng, own.shape, 24)
    fibers = texture.smooth(rng, own.shape, 1.6, 9.0)
    paint(echo, 0.28 * np.exp(0.7 * fibers), inside(own.y - thickness, 1.5))
    for part in (0.35, 0.7, 1.0):
        layer = np.abs(own.y - part * thickness) - 0.5
        paint(echo, 1.1, 0.8 * inside(layer, 0.9))
    paint(echo, 1.6, inside(own.y - 2.5, 1.0))
