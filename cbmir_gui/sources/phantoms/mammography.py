"""Mammogram, mediolateral oblique."""

import numpy as np

from cbmir_gui.core.records import FloatArray
from cbmir_gui.sources.phantoms import geometry, texture, trees, xray
from cbmir_gui.sources.phantoms.geometry import Grid, inside, make_grid
from cbmir_gui.sources.phantoms.phantom import Drawing, Patient

_FAT_PER_MM, _GLAND_PER_MM = 0.045, 0.080
"""Attenuation at about 20 keV."""


def draw(patient: Patient) -> Drawing:
    """Draw one breast from fatty to dense; some have a mass or calcifications."""
    body, rng = patient.anatomy, patient.exposure
    grid = make_grid(320, 224, 0.72)
    side = float(body.choice((-1, 1)))
    own = geometry.moved(grid, (0, rng.uniform(-10, 10)))
    # In the patient's coordinates the chest wall is the line x = 0.
    own = Grid(side * own.x + 80.5, own.y, own.spacing)
    outline = _outline(own, body)
    depth = 46 * np.clip(-outline / 16, 0, 1) ** 0.5
    gland = _gland(own, body, outline)
    attenuation = depth * (_FAT_PER_MM + (_GLAND_PER_MM - _FAT_PER_MM) * gland)
    attenuation += _pectoral(own, body) * inside(outline, 2)
    attenuation += _ducts(grid, own, body, side, outline)
    if body.uniform() < 0.35:
        attenuation += _finding(own, body)
    letter = "L" if side > 0 else "R"
    xray.add_marker(attenuation, grid, letter, (side * 62, -96))
    return xray.expose(
        attenuation,
        grid,
        rng,
        photons=30000,
        blur_px=0.5,
        percentiles=(2, 99.6),
        detail=0.5,
        photometric="MONOCHROME2",
        attributes={
            "ViewPosition": "MLO",
            "ImageLaterality": letter,
            "KVP": 28.0,
            "BodyPartThickness": 46.0,
        },
    )


def _outline(own: Grid, rng: np.random.Generator) -> FloatArray:
    """Return the distance to the skin; the breast hangs from the chest wall."""
    reach, height = rng.uniform(88, 120), rng.uniform(76, 94)
    sag = rng.uniform(12, 26)
    bow = geometry.ellipse(own, (0, sag), (reach, height), rng.uniform(4, 12), 2.15)
    slope = own.x - 44 + 0.18 * (own.y + 60)
    axilla = np.maximum(slope, own.y - sag)
    union = -9 * np.log(
        np.exp(-np.clip(bow, -90, 90) / 9) + np.exp(-np.clip(axilla, -90, 90) / 9)
    )
    nipple = geometry.ellipse(own, (reach * 0.985, sag + reach * 0.12), (4.5, 6))
    fold = geometry.capsule(
        own, (-10, sag + height + 6), (14, sag + height + 22), (9, 14)
    )
    return np.asarray(np.minimum(np.minimum(union, nipple), fold), np.float32)


def _gland(own: Grid, rng: np.random.Generator, outline: FloatArray) -> FloatArray:
    """Return the share of glandular tissue, 0 to 1, fanning out from the nipple."""
    density = rng.uniform(0.1, 0.95)
    bounds = geometry.ellipse(own, (46, 20), (46, 46 + 10 * density), 10)
    zone = inside(bounds, 42) * np.clip((-outline - 7) / 14, 0, 1)
    lobes = texture.clouds(rng, own.shape, 40, 2.3)
    web = texture.clouds(rng, own.shape, 18, 1.9)
    # Ligaments and septa are seen as a net of fine lines between lobules of fat.
    net = texture.zero_distance(texture.clouds(rng, own.shape, 30, 2.6))
    strands = texture.blur(np.exp(-np.square(net / 1.3)), 0.8)
    cover = np.clip(0.62 * density + 0.25 * lobes + 0.06 * web, 0, 1)
    cover = cover + 0.15 * strands * (0.4 + density)
    haze = 0.09 * strands * np.clip((-outline - 3) / 8, 0, 1)
    return np.asarray(np.clip(zone * cover + haze + 0.02 * web, 0, 1), np.float32)


def _pectoral(own: Grid, rng: np.random.Generator) -> FloatArray:
    """Return the added attenuation of the muscle in the upper corner."""
    width, length = rng.uniform(34, 56), rng.uniform(90, 140)
    edge = own.x - width * (1 - (own.y + 115) / length)
    edge = edge + 3 * np.sin(own.y / 26)
    fibers = texture.smooth(rng, own.shape, 2.0, 0.3)
    return (0.85 + 0.04 * fibers) * inside(edge, 7)


def _ducts(
    grid: Grid,
    own: Grid,
    rng: np.random.Generator,
    side: float,
    outline: FloatArray,
) -> FloatArray:
    """Return the attenuation of ducts and vessels, which meet at the nipple."""
    growth = trees.Growth(4, 8.0, 4, 7, 20)
    branches: list[FloatArray] = []
    for heading in rng.uniform(140, 220, 6):
        angle = heading if side > 0 else 180 - heading
        start = (side * (95 - 80.5), 28.0)
        branches += trees.grow(rng, start, angle, 1.3, growth)
    field = geometry.tubes(grid, branches)
    return 0.16 * inside(field, 1.6) * np.clip((-outline - 3) / 10, 0, 1)


def _finding(own: Grid, rng: np.random.Generator) -> FloatArray:
    """Return the attenuation of a mass with spikes, or of clustered calcifications."""
    x, y = rng.uniform(30, 70), rng.uniform(-10, 50)
    if rng.uniform() < 0.6:
        mass = geometry.star(
            own, (x, y), rng.uniform(5, 10) * rng.uniform(0.7, 1.3, 13)
        )
        return 0.75 * inside(mass, 4)
    total = np.zeros(own.shape, np.float32)
    for dx, dy in rng.normal(0, 5, (14, 2)):
        speck = np.hypot(own.x - x - dx, own.y - y - dy) - rng.uniform(0.3, 0.7)
        total += 0.9 * inside(speck, 0.8)
    return total
