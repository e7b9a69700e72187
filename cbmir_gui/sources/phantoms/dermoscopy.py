"""Dermoscopic photograph of a pigmented skin lesion."""

import numpy as np

from cbmir_gui.core.records import FloatArray
from cbmir_gui.sources.phantoms import color, geometry, texture
from cbmir_gui.sources.phantoms.geometry import Grid, inside, make_grid
from cbmir_gui.sources.phantoms.phantom import Drawing, Patient


def draw(patient: Patient) -> Drawing:
    """Draw one lesion, from an even mole to an irregular, many-colored one."""
    body, rng = patient.anatomy, patient.exposure
    grid = make_grid(240, 320, 0.05)
    picture = _skin(grid, body)
    own = geometry.moved(grid, (rng.uniform(-0.8, 0.8), rng.uniform(-0.6, 0.6)))
    own = geometry.moved(own, degrees=rng.uniform(0, 360))
    _lesion(picture, own, body)
    _hairs(picture, grid, rng)
    _gel(picture, grid, rng)
    corner = np.hypot(grid.x / 8.6, grid.y / 7.6)
    fall = 0.55 * np.clip(corner - 0.62, 0, 1) ** 1.6 * rng.uniform(0.6, 1.3)
    picture *= (1 - np.clip(fall, 0, 0.9))[..., None]
    return color.photograph(color.expose(picture, rng, 0.7, 2.5), grid.spacing)


def _skin(grid: Grid, rng: np.random.Generator) -> FloatArray:
    """Return skin with its fine furrows, small vessels and uneven blood flow."""
    tone = rng.uniform(0, 1)
    base = (232 - 18 * tone, 186 - 22 * tone, 172 - 30 * tone)
    picture = color.plain(grid.shape, base)
    slow = texture.smooth(rng, grid.shape, 36)
    color.stain(picture, (0.03, 0.10, 0.09), 0.8 * slow + 0.4)
    net = texture.zero_distance(texture.bumps(rng, grid.shape, 13, 0.35))
    furrows = np.exp(-np.square(net / 1.5))
    color.stain(picture, (0.04, 0.06, 0.06), 0.8 * furrows)
    pores = np.clip(texture.bumps(rng, grid.shape, 16) - 1.6, 0, 1)
    color.stain(picture, (-0.06, -0.08, -0.08), pores)
    return picture


def _lesion(picture: FloatArray, own: Grid, rng: np.random.Generator) -> None:
    """Stain the skin with melanin: body, network at the edge, dots, darker lobes."""
    disorder = rng.uniform(0.1, 1.0)
    size = rng.uniform(2.4, 4.3)
    radii = size * (1 + disorder * rng.uniform(-0.32, 0.32, 11))
    outline = geometry.star(own, (0, 0), radii)
    outline = outline + 0.28 * disorder * texture.clouds(rng, own.shape, 30)
    soft = 0.35 + 0.9 * rng.uniform()
    cover = inside(outline, soft)
    melanin = (0.30, 0.62, 0.82)
    depth = np.clip(-outline / size, 0, 1)
    amount = rng.uniform(0.75, 1.25) * (0.55 + 0.7 * depth)
    mottle = texture.clouds(rng, own.shape, 22)
    amount = amount * (1 + (0.14 + 0.14 * disorder) * mottle)
    holes = texture.zero_distance(texture.bumps(rng, own.shape, 10, 0.3))
    network = np.exp(-np.square(holes / 1.5))
    edge_zone = np.exp(-np.square((outline + 0.25 * size) / (0.35 * size)))
    amount = amount * (1 + 0.55 * (network - 0.5) * edge_zone)
    color.stain(picture, melanin, amount * cover)
    for _ in range(int(1 + 4 * disorder)):
        angle, away = rng.uniform(0, 2 * np.pi), size * rng.uniform(0.1, 0.65)
        center = (away * float(np.cos(angle)), away * float(np.sin(angle)))
        lobe = geometry.star(own, center, size * rng.uniform(0.18, 0.42, 8))
        color.stain(picture, (0.55, 0.62, 0.60), 0.9 * inside(lobe, 0.7) * cover)
    if disorder > 0.6:
        veil = geometry.star(own, (0.3 * size, 0), size * rng.uniform(0.2, 0.45, 8))
        color.mix(picture, (112.0, 118.0, 142.0), 0.42 * inside(veil, 0.9) * cover)
    dots = inside(1.9 - texture.bumps(rng, own.shape, 7), 0.5) * cover
    color.stain(picture, (0.8, 0.9, 0.9), 0.7 * dots)


def _hairs(picture: FloatArray, grid: Grid, rng: np.random.Generator) -> None:
    """Lay a few dark hairs over the picture."""
    paths = []
    for _ in range(rng.integers(0, 9)):
        x, y = rng.uniform(-8, 8), rng.uniform(-6, 6)
        turn, bend = rng.uniform(0, 2 * np.pi), rng.normal(0, 0.9)
        way = np.linspace(-1, 1, 9) * rng.uniform(2.5, 6)
        along = np.column_stack((way, bend * (way / 4) ** 2))
        cos, sin = np.cos(turn), np.sin(turn)
        line = along @ np.array([[cos, sin], [-sin, cos]]) + (x, y)
        width = np.full((9, 1), rng.uniform(0.02, 0.05))
        paths.append(np.hstack((line, width)).astype(np.float32))
    hair = inside(geometry.tubes(grid, paths, reach=0.2), 0.07)
    color.mix(picture, (48.0, 34.0, 30.0), 0.85 * hair)


def _gel(picture: FloatArray, grid: Grid, rng: np.random.Generator) -> None:
    """Add a few bubbles of the contact fluid with their bright rims."""
    for _ in range(rng.integers(0, 4)):
        center = (rng.uniform(-7.5, 7.5), rng.uniform(-5.5, 5.5))
        radius = rng.uniform(0.15, 0.5)
        ring = np.abs(geometry.ellipse(grid, center, (radius, radius))) - 0.03
        lit = np.clip(0.5 - (grid.x - center[0] + grid.y - center[1]) / radius, 0, 1)
        color.mix(picture, (255.0, 250.0, 246.0), 0.6 * lit * inside(ring, 0.08))
