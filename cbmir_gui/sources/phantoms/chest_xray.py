"""Chest radiograph, postero-anterior."""

import numpy as np

from cbmir_gui.core.records import FloatArray
from cbmir_gui.sources.phantoms import geometry, texture, trees, xray
from cbmir_gui.sources.phantoms.geometry import Grid, inside, make_grid
from cbmir_gui.sources.phantoms.phantom import Drawing, Patient
from cbmir_gui.sources.phantoms.xray import BONE_PER_MM, TISSUE_PER_MM

_NUM_RIBS = 10


def draw(patient: Patient) -> Drawing:
    """Draw lungs, ribs, heart and diaphragm; some patients have an infiltrate."""
    body, rng = patient.anatomy, patient.exposure
    grid = make_grid(288, 288, 1.17)
    own = geometry.moved(
        grid, (rng.uniform(-6, 6), rng.uniform(-8, 8)), rng.uniform(-2, 2)
    )
    half = body.uniform(122, 136)
    lungs = _lungs(own, body, half)
    tissue = _soft_tissue(own, body, half, lungs)
    bone = _ribs(grid, own, body, half) + _spine(own, body)
    bone += _shoulders(own, body, half)
    attenuation = TISSUE_PER_MM * tissue + BONE_PER_MM * bone
    attenuation += _vessels(own, body, lungs)
    if body.uniform() < 0.3:
        attenuation += _infiltrate(own, body, lungs)
    xray.add_marker(attenuation, grid, "L", (142, -142))
    return xray.expose(
        attenuation,
        grid,
        rng,
        photons=9000,
        blur_px=0.7,
        percentiles=(1.5, 98.5),
        detail=1.3,
        photometric="MONOCHROME1",
        attributes={"ViewPosition": "PA", "KVP": 120.0},
    )


def _lungs(own: Grid, rng: np.random.Generator, half: float) -> FloatArray:
    """Return the distance to the outline of both lungs, heart not yet cut out."""
    height = rng.uniform(0.94, 1.06)
    fields = []
    for side in (-1, 1):
        radii = np.array([62, 92, 112, 84, 60, 70, 120, 76], np.float32) * height
        radii[0] *= half / 128
        mirrored = Grid(own.x * side, own.y, own.spacing)
        lung = geometry.star(
            mirrored, (half * 0.5, -18), radii * rng.uniform(0.98, 1.02, 8)
        )
        # Each half of the diaphragm is a dome; the right one stands higher.
        floor = 72.0 - 9.0 * (side < 0) + rng.uniform(-4, 4)
        dome = floor + ((mirrored.x - half * 0.47) / 7.6) ** 2 * 0.42
        lung = np.maximum(lung, (own.y - dome) * 0.8)
        fields.append(np.maximum(lung, 15 - mirrored.x))
    return np.minimum(*fields)


def _soft_tissue(
    own: Grid, rng: np.random.Generator, half: float, lungs: FloatArray
) -> FloatArray:
    """Return the way through soft tissue, air of the lungs taken away, in mm."""
    girth = rng.uniform(0.9, 1.15)
    x = np.abs(own.x)
    width = half + 26 * girth + 70 * np.clip((-own.y - 55) / 60, 0, 1) ** 1.5
    across = (xray.chord(x, width) / (2 * width)) ** 0.6
    top = -150 + 0.32 * np.clip(x - 42, 0, None)
    tissue = 205 * girth * across * np.clip((own.y - top) / 120, 0, 1) ** 0.6
    neck = 0.8 * xray.chord(x, 56.0) * np.clip((-own.y - 100) / 40, 0, 1)
    tissue = np.maximum(tissue, neck)
    air = 150 * girth * np.clip(-lungs / 55, 0, 1) ** 0.42
    air *= 1 - 0.15 * np.clip(own.y / 100, -1, 1)
    heart = _heart(own, rng)
    air *= 1 - 0.80 * inside(heart, 7)
    trachea = np.abs(own.x - 2 - 3 * np.sin(own.y / 40)) - 8
    air += 13 * inside(np.maximum(trachea, own.y + 55), 3)
    bubble = geometry.ellipse(own, (62, 104), (26, 15), -8)
    air += 45 * inside(bubble, 5) * (rng.uniform() < 0.7)
    breast = np.zeros(own.shape, np.float32)
    if rng.uniform() < 0.5:
        for side in (-1, 1):
            bow = np.hypot((own.x - side * half * 0.55) / 1.1, own.y - 62)
            breast += 0.45 * xray.chord(bow, 62.0) * (0.4 + 0.6 * (own.y > 40))
    return np.asarray(tissue + texture.blur(breast, 3) - air, np.float32)


def _heart(own: Grid, rng: np.random.Generator) -> FloatArray:
    """Return the distance to heart, aortic arch and mediastinum."""
    size = rng.uniform(0.88, 1.18)
    radii = np.array([60, 58, 50, 44, 42, 38, 36, 48], np.float32) * size
    heart = geometry.star(own, (14, 46), radii, 14)
    arch = geometry.ellipse(own, (14, -42), (17, 17))
    pulmonary = geometry.ellipse(own, (18, -8), (17, 22))
    cava = np.maximum(np.abs(own.x + 4) - 13, -own.y - 150)
    cava = np.maximum(cava, own.y - 60)
    borders = (heart, arch, pulmonary, cava)
    # The outlines run smoothly into each other, over about 1 cm.
    return -10 * np.log(sum(np.exp(-np.clip(part, -80, 80) / 10) for part in borders))


def _ribs(grid: Grid, own: Grid, rng: np.random.Generator, half: float) -> FloatArray:
    """Return the way through the bone of the ribs, in mm."""
    bone = np.zeros(own.shape, np.float32)
    shift = (float(grid.x[0, 0] - own.x[0, 0]), float(grid.y[0, 0] - own.y[0, 0]))
    spread = rng.uniform(0.95, 1.05)
    for number in range(_NUM_RIBS):
        top = -128 + spread * 21.5 * number
        reach = (
            half * min(0.60 + 0.115 * number, 1.0) * (1.0 - 0.012 * max(number - 7, 0))
        )
        drop = 10 + 3.2 * number
        for side in (-1, 1):
            jitter = rng.uniform(-1.5, 1.5)
            back = [(16, top), (0.45 * reach, top - 6 + 0.1 * drop)]
            back += [(0.85 * reach, top + 0.45 * drop), (reach, top + drop + 6)]
            front = [(reach, top + drop + 6), (0.93 * reach, top + drop + 24)]
            front += [(0.66 * reach, top + drop + 43), (0.36 * reach, top + drop + 56)]
            for nodes, radius in ((back, 5.4), (front, 5.8)):
                line = geometry.curve(nodes, 9)
                line[:, 0] = line[:, 0] * side + shift[0]
                line[:, 1] += jitter + shift[1]
                path = np.column_stack((line, np.full(9, radius, np.float32)))
                axis = geometry.tubes(grid, [path]) + radius
                share = 1.0 if nodes is back else 0.62
                bone += share * 0.75 * xray.shell(axis, radius, 1.7)
    return bone


def _spine(own: Grid, rng: np.random.Generator) -> FloatArray:
    """Return the way through vertebrae and their processes, in mm."""
    bend = rng.uniform(-3, 3) * np.sin(own.y / 70)
    x = own.x - bend
    pitch = 21 + own.y / 45
    phase = np.abs((own.y / pitch + 0.5) % 1 - 0.5)
    column = xray.chord(x, 17.5 + 1.5 * (phase < 0.32))
    disc = inside((0.40 - phase) * pitch, 2.5)
    bone = 0.20 * column * (1 - 0.4 * disc)
    process = np.hypot(x, (phase - 0.12) * pitch * 0.7)
    pedicles = np.hypot(np.abs(x) - 11, (phase - 0.1) * pitch)
    return np.asarray(
        bone + 0.6 * xray.chord(process, 4.0) + 0.5 * xray.chord(pedicles, 3.5),
        np.float32,
    )


def _shoulders(own: Grid, rng: np.random.Generator, half: float) -> FloatArray:
    """Return the way through clavicles, shoulder blades and upper arms, in mm."""
    bone = np.zeros(own.shape, np.float32)
    rise = rng.uniform(-6, 8)
    for side in (-1, 1):
        mirrored = Grid(own.x * side, own.y, own.spacing)
        inner, middle = (16.0, -102.0), (62.0, -112.0 - rise)
        outer = (half + 14, -124.0 - rise)
        clavicle = geometry.capsule(mirrored, inner, middle, (0, 0))
        clavicle = np.minimum(
            clavicle, geometry.capsule(mirrored, middle, outer, (0, 0))
        )
        bone += 0.9 * xray.shell(clavicle, 6.0, 2.0)
        edge = geometry.capsule(mirrored, (half + 10, -88), (half - 2, 5), (0, 0))
        bone += 0.45 * xray.shell(edge, 4.5, 1.8)
        blade = geometry.ellipse(mirrored, (half + 18, -50), (26, 58), -8)
        bone += 2.4 * inside(blade, 4)
        head = np.hypot(mirrored.x - half - 42, own.y + 104)
        bone += 0.30 * xray.chord(head, 23.0)
        shaft = geometry.capsule(mirrored, (half + 46, -95), (half + 60, 40), (0, 0))
        bone += 0.7 * xray.shell(shaft, 12.0, 3.5)
    return bone


def _vessels(own: Grid, rng: np.random.Generator, lungs: FloatArray) -> FloatArray:
    """Return the attenuation of the vessels that spread from both hila."""
    upright = make_grid(*own.shape, own.spacing)
    growth = trees.Growth(5, 9.0, 3, 8, 24)
    branches: list[FloatArray] = []
    for side in (-1, 1):
        for heading in rng.uniform(-62, 80, 5):
            angle = heading if side > 0 else 180 - heading
            branches += trees.grow(rng, (side * 30, -2), angle, 5.0, growth)
    field = geometry.tubes(upright, branches)
    hila = np.hypot((np.abs(own.x) - 34) / 0.8, (own.y - 2) / 1.5)
    fill = 0.20 * np.exp(-((hila / 17) ** 2))
    mottle = 0.012 * texture.clouds(rng, own.shape, 20)
    return np.asarray(
        (0.36 * inside(field, 3.5) + fill + mottle) * inside(lungs + 2, 6), np.float32
    )


def _infiltrate(own: Grid, rng: np.random.Generator, lungs: FloatArray) -> FloatArray:
    """Return the attenuation of a patch of lung filled with fluid."""
    center = (rng.choice((-1, 1)) * rng.uniform(60, 85), rng.uniform(-60, 50))
    patch = geometry.star(own, center, rng.uniform(16, 34, 9))
    cloud = 0.8 + 0.35 * texture.smooth(rng, own.shape, 5)
    return 0.55 * cloud * inside(patch, 22) * inside(lungs, 5)
