"""Color photograph of the retina."""

import numpy as np

from cbmir_gui.core.records import FloatArray
from cbmir_gui.sources.phantoms import color, geometry, texture, trees
from cbmir_gui.sources.phantoms.geometry import Grid, inside, make_grid
from cbmir_gui.sources.phantoms.phantom import Drawing, Patient

_FIELD = 1.0
"""Radius of the visible field; lengths in this module are relative to it."""


def draw(patient: Patient) -> Drawing:
    """Draw a left or right eye; some have bleedings and exudates."""
    body, rng = patient.anatomy, patient.exposure
    grid = make_grid(288, 288, 2.06 / 288)
    side = float(body.choice((-1, 1)))
    own = Grid(side * grid.x, grid.y, grid.spacing)
    disc = (0.52 + rng.uniform(-0.06, 0.06), rng.uniform(-0.08, 0.08))
    picture = _background(own, body)
    _macula(picture, own, disc)
    _disc(picture, own, body, disc)
    _vessels(picture, grid, body, disc, side)
    # Where all vessels meet they lie in the nerve, half covered by its fibers.
    stem = geometry.ellipse(own, disc, (0.035, 0.045))
    color.mix(picture, (236.0, 190.0, 128.0), 0.55 * inside(stem, 0.06))
    if body.uniform() < 0.4:
        _lesions(picture, own, body, disc)
    distance = np.hypot(own.x, own.y)
    lit = np.hypot(own.x - rng.uniform(-0.3, 0.3), own.y - rng.uniform(-0.3, 0.3))
    picture *= (rng.uniform(0.95, 1.1) - 0.38 * lit**2)[..., None]
    rim = np.exp(-np.square((distance - 0.97) / 0.035))
    picture += rim[..., None] * np.array([16, 18, 12], np.float32)
    picture *= inside(distance - _FIELD, 2 * grid.spacing)[..., None]
    picture += 2.0
    values = color.expose(picture, rng, 0.55, 2.0)
    letter = "L" if side < 0 else "R"
    return color.photograph(values, 0.04, {"ImageLaterality": letter})


def _background(own: Grid, rng: np.random.Generator) -> FloatArray:
    """Return the orange of the choroid, seen through a more or less pigmented layer."""
    tone = rng.uniform(0, 1)
    red, green, blue = 218 - 62 * tone, 112 - 34 * tone, 48 + 8 * tone
    picture = color.plain(own.shape, (red, green, blue))
    slow = texture.smooth(rng, own.shape, 40)
    net = texture.zero_distance(texture.bumps(rng, own.shape, 17, 0.5))
    choroid = np.exp(-np.square(net / 3.5)) * np.hypot(own.x, own.y)
    grain = texture.smooth(rng, own.shape, 1.2)
    shade = 1 + 0.05 * slow + 0.07 * choroid * rng.uniform(0.2, 1) + 0.012 * grain
    return np.asarray(picture * shade[..., None], np.float32)


def _macula(picture: FloatArray, own: Grid, disc: tuple[float, float]) -> None:
    """Darken the spot of sharpest sight, two and a half discs from the nerve."""
    x, y = disc[0] - 0.66, disc[1] + 0.05
    away = np.hypot(own.x - x, own.y - y)
    color.stain(picture, (0.30, 0.48, 0.40), np.exp(-np.square(away / 0.16)))
    color.stain(picture, (0.16, 0.25, 0.2), np.exp(-np.square(away / 0.05)))


def _vessels(
    picture: FloatArray,
    grid: Grid,
    rng: np.random.Generator,
    disc: tuple[float, float],
    side: float,
) -> None:
    """Grow the arcades: veins are wider and darker, arteries have a bright middle."""
    for radius, absorbed, reflex in ((0.0185, 0.62, 0.0), (0.0135, 0.42, 0.16)):
        branches: list[FloatArray] = []
        for up in (-1, 1):
            branches += _arcade(rng, disc, up, radius)
            branches += _nasal(rng, disc, up, radius)
        for branch in branches:
            branch[:, 0] *= side
        field = geometry.tubes(grid, branches, reach=0.03)
        blood = inside(field, 2.0 * grid.spacing)
        color.stain(picture, (0.45, 1.0, 0.75), absorbed * blood)
        if reflex:
            middle = inside(field + 0.8 * radius, 0.006)
            picture += (reflex * 255 * middle)[..., None] * np.float32(0.6)


def _arcade(
    rng: np.random.Generator, disc: tuple[float, float], up: int, radius: float
) -> list[FloatArray]:
    """Return a large vessel that arches round the macula, with its branches."""
    x, y = disc
    bow = rng.uniform(0.42, 0.56)
    nodes = [(x, y), (x - 0.03, y + up * 0.18), (x - 0.22, y + up * bow * 0.85)]
    nodes += [(x - 0.60, y + up * (bow + 0.06)), (x - 1.0, y + up * bow * 0.75)]
    nodes += [(x - 1.35, y + up * bow * 0.45)]
    line = geometry.curve(nodes, 34)
    line += 0.008 * np.cumsum(rng.normal(0, 0.5, line.shape), axis=0).astype(np.float32)
    width = np.linspace(radius, 0.35 * radius, 34, dtype=np.float32)
    found = [np.column_stack((line, width))]
    outward = trees.Growth(3, 0.05, 4, 9, 25, 0.75, 0.9)
    inward = trees.Growth(2, 0.04, 4, 9, 25, 0.75, 0.9)
    for index in range(6, 31, 4):
        step = line[index + 1] - line[index]
        ahead = float(np.degrees(np.arctan2(step[1], step[0])))
        start = (float(line[index, 0]), float(line[index, 1]))
        thin = float(width[index])
        turn = -up * rng.uniform(25, 50)
        found += trees.grow(rng, start, ahead + turn, 0.6 * thin, outward)
        if index % 8 == 2:
            found += trees.grow(rng, start, ahead - turn, 0.36 * thin, inward)
    return found


def _nasal(
    rng: np.random.Generator, disc: tuple[float, float], up: int, radius: float
) -> list[FloatArray]:
    growth = trees.Growth(4, 0.055, 4, 8, 24, 0.75, 0.95)
    heading = up * rng.uniform(22, 62)
    return trees.grow(rng, disc, heading, 0.75 * radius, growth)


def _disc(
    picture: FloatArray, own: Grid, rng: np.random.Generator, disc: tuple[float, float]
) -> None:
    """Paint the optic nerve's head with its paler cup, under a veil of vessels."""
    size = rng.uniform(0.115, 0.14)
    edge = geometry.ellipse(own, disc, (0.92 * size, size))
    glow = np.exp(-np.square(np.clip(edge, 0, None) / 0.09))
    color.mix(picture, (225.0, 150.0, 80.0), 0.18 * glow)
    color.mix(picture, (240.0, 196.0, 128.0), 0.72 * inside(edge, 0.03))
    cup = geometry.ellipse(own, (disc[0] - 0.01, disc[1]), (0.5 * size, 0.5 * size))
    color.mix(picture, (252.0, 232.0, 182.0), 0.6 * inside(cup, 0.05))


def _lesions(
    picture: FloatArray, own: Grid, rng: np.random.Generator, disc: tuple[float, float]
) -> None:
    """Paint dots of blood and yellow exudates around the macula."""
    for _ in range(rng.integers(6, 22)):
        place = (disc[0] - 0.66 + rng.normal(0, 0.3), rng.normal(0, 0.3))
        radius = rng.uniform(0.008, 0.026)
        spot = inside(geometry.ellipse(own, place, (radius, 0.8 * radius)), 0.014)
        color.stain(picture, (0.5, 1.0, 0.8), 0.6 * spot)
    for _ in range(rng.integers(0, 16)):
        place = (disc[0] - 0.60 + rng.normal(0, 0.16), 0.1 + rng.normal(0, 0.16))
        radius = rng.uniform(0.008, 0.02)
        spot = inside(geometry.ellipse(own, place, (radius, radius)), 0.012)
        color.mix(picture, (245.0, 215.0, 130.0), 0.75 * spot)
