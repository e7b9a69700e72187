"""Photomicrograph of a stained blood smear."""

import numpy as np

from cbmir_gui.core.records import FloatArray
from cbmir_gui.sources.phantoms import color, geometry, texture
from cbmir_gui.sources.phantoms.geometry import Grid, Point, inside, make_grid
from cbmir_gui.sources.phantoms.phantom import Drawing, Patient


def draw(patient: Patient) -> Drawing:
    """Draw red cells, some platelets and one to three white cells."""
    body, rng = patient.anatomy, patient.exposure
    grid = make_grid(240, 320, 0.26)
    tone = body.uniform(0, 1)
    light = (236 - 6 * tone, 226 - 4 * tone, 222 + 10 * tone)
    picture = color.plain(grid.shape, light)
    haze = texture.smooth(rng, grid.shape, 40)
    color.stain(picture, (0.02, 0.03, 0.03), haze)
    white = _white_places(rng)
    _red_cells(picture, grid, patient, white)
    for _ in range(rng.integers(2, 9)):
        _platelet(picture, grid, rng)
    for center in white:
        _white_cell(picture, grid, rng, center)
    return color.photograph(color.expose(picture, rng, 0.75, 2.0), 0.00026)


def _white_places(rng: np.random.Generator) -> list[Point]:
    places: list[Point] = []
    for _ in range(rng.integers(1, 4)):
        x, y = float(rng.uniform(-34, 34)), float(rng.uniform(-24, 24))
        if all(np.hypot(x - u, y - v) > 17 for u, v in places):
            places.append((x, y))
    return places


def _red_cells(
    picture: FloatArray, grid: Grid, patient: Patient, white: list[Point]
) -> None:
    """Scatter red cells, thin in the middle, that sometimes overlap."""
    body, rng = patient.anatomy, patient.exposure
    spacing = body.uniform(6.6, 8.6)
    size = body.uniform(3.1, 3.7)
    pallor = body.uniform(0.5, 0.85)
    absorbed = (0.16, 0.52 + 0.1 * body.uniform(), 0.46 - 0.1 * body.uniform())
    amount = np.zeros(grid.shape, np.float32)
    for x, y in _scattered(rng, spacing):
        if any(np.hypot(x - u, y - v) < 9.5 for u, v in white):
            continue
        radius = size * rng.normal(1, 0.06)
        slices, near = geometry.box(grid, (x, y), 6.0)
        if near.x.size == 0:
            continue
        axes = (radius, radius * rng.uniform(0.84, 1.0))
        edge = geometry.ellipse(near, (x, y), axes, rng.uniform(0, 180))
        middle = np.exp(-np.square((edge + radius) / (0.5 * radius)))
        rim = 0.18 * np.exp(-np.square((edge + 0.5) / 0.5))
        amount[slices] += inside(edge, 0.45) * (0.95 - pallor * middle + rim)
    color.stain(picture, absorbed, np.minimum(amount, 1.9))


def _scattered(rng: np.random.Generator, spacing: float) -> list[Point]:
    """Return places on a hexagonal lattice that was shaken, some left empty."""
    places: list[Point] = []
    for row, y in enumerate(np.arange(-34.0, 35.0, spacing * 0.87)):
        for x in np.arange(-46.0, 47.0, spacing) + (row % 2) * spacing / 2:
            if rng.uniform() < 0.88:
                shake = rng.normal(0, 0.16 * spacing, 2)
                places.append((float(x + shake[0]), float(y + shake[1])))
    return places


def _white_cell(
    picture: FloatArray, grid: Grid, rng: np.random.Generator, center: Point
) -> None:
    """Paint a neutrophil with its lobes, or a lymphocyte with its round nucleus."""
    slices, near = geometry.box(grid, center, 11.0)
    part = picture[slices]
    granular = rng.uniform() < 0.6
    radius = rng.uniform(5.6, 6.8) if granular else rng.uniform(4.4, 5.4)
    outline = geometry.star(near, center, radius * rng.uniform(0.93, 1.07, 9))
    tint = (222.0, 196.0, 214.0) if granular else (176.0, 190.0, 226.0)
    color.mix(part, tint, 0.9 * inside(outline, 0.5))
    grains = texture.bumps(rng, near.shape, 3.5)
    dust = np.clip(grains, 0, 2) * inside(outline + 0.4, 0.6)
    color.stain(part, (0.10, 0.20, 0.06), 0.5 * dust * granular)
    if granular:
        nucleus = np.full(near.shape, geometry.FAR, np.float32)
        turn = rng.uniform(0, 2 * np.pi)
        for lobe in range(rng.integers(3, 5)):
            angle = turn + lobe * 1.35
            away = 0.47 * radius
            x = center[0] + away * float(np.cos(angle))
            y = center[1] + away * float(np.sin(angle))
            axes = (rng.uniform(1.7, 2.3), rng.uniform(1.4, 1.9))
            piece = geometry.ellipse(near, (x, y), axes, rng.uniform(0, 180))
            np.minimum(nucleus, piece - 0.15, out=nucleus)
    else:
        nucleus = geometry.star(
            near, center, 0.82 * radius * rng.uniform(0.92, 1.05, 9)
        )
    chromatin = texture.clouds(rng, near.shape, 8)
    dye = inside(nucleus, 0.6) * (1.0 + 0.16 * chromatin)
    color.stain(part, (0.78, 1.15, 0.30), dye)


def _platelet(picture: FloatArray, grid: Grid, rng: np.random.Generator) -> None:
    center = (float(rng.uniform(-40, 40)), float(rng.uniform(-30, 30)))
    slices, near = geometry.box(grid, center, 3.0)
    if near.x.size == 0:
        return
    blob = geometry.star(near, center, rng.uniform(0.7, 1.4) * rng.uniform(0.7, 1.2, 7))
    color.stain(picture[slices], (0.45, 0.60, 0.20), 0.8 * inside(blob, 0.6))
