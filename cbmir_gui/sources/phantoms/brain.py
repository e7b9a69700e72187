"""An axial section through a head, which CT and MR show each in their own way."""

import itertools
from dataclasses import dataclass

import numpy as np

from cbmir_gui.core.records import FloatArray
from cbmir_gui.sources.phantoms import geometry, texture
from cbmir_gui.sources.phantoms.geometry import Grid
from cbmir_gui.sources.phantoms.phantom import Patient


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """Covers (height, width) from 0 to 1, to be painted in this order."""

    skin: FloatArray
    fat: FloatArray
    muscle: FloatArray
    skull: FloatArray
    diploe: FloatArray
    dura: FloatArray
    """Everything inside the skull; what no later cover hides is fluid."""
    brain: FloatArray
    """White matter, unless gray matter or fluid lies over it."""
    gray: FloatArray
    fluid: FloatArray
    sulci: FloatArray
    """Thin fluid between the gyri; a thick slice shows it with partial volume."""
    lesion: FloatArray
    rim: FloatArray
    """The lesion's outer zone."""
    edema: FloatArray


def make_head(grid: Grid, patient: Patient) -> Head:
    """Build a head whose size, folds, ventricles and lesion are the patient's own."""
    body, slice_rng = patient.anatomy, patient.exposure
    size = body.uniform(0.93, 1.05)
    atrophy = body.uniform(0.0, 1.0)
    level = float(np.clip(body.uniform(0.0, 0.85) + slice_rng.uniform(-0.1, 0.1), 0, 1))
    tilt = slice_rng.uniform(-6, 6)
    place = (slice_rng.uniform(-4, 4), slice_rng.uniform(-4, 4))
    own = geometry.moved(grid, place, tilt, size)
    # The back of a head is wider than the forehead.
    own = geometry.bent(own, -own.x * own.y * np.float32(8e-4), np.zeros_like(own.y))
    wobble = [texture.smooth(body, grid.shape, 30) * np.float32(0.9) for _ in range(2)]
    own = geometry.bent(own, wobble[0], wobble[1])
    shrink = 1 - 0.10 * max(level - 0.55, 0.0)
    radii = (body.uniform(70, 76) * shrink, body.uniform(88, 95) * shrink)
    shell = geometry.ellipse(own, (0, 0), radii, power=2.15)
    covers = _coats(grid, own, shell, body)
    covers.update(_cortex(grid, own, covers.pop("inner"), body, level, atrophy))
    covers.update(_lesion(own, body))
    return Head(**covers)


def _coats(
    grid: Grid, own: Grid, shell: FloatArray, rng: np.random.Generator
) -> dict[str, FloatArray]:
    """Return scalp and skull, and as `inner` the distance to the skull's inside."""
    soft = 1.3 * grid.spacing
    scalp = rng.uniform(4.5, 7.0) + 1.2 * texture.smooth(rng, grid.shape, 26)
    bone = rng.uniform(5.5, 7.5) + 1.0 * texture.smooth(rng, grid.shape, 20)
    outer = shell + scalp
    inner = outer + bone
    temple = geometry.ellipse(own, (68, -6), (9, 26))
    temple = np.minimum(temple, geometry.ellipse(own, (-68, -6), (9, 26)))
    return {
        "skin": geometry.inside(shell, soft),
        "fat": geometry.inside(shell + 1.8, soft),
        "muscle": geometry.inside(temple, 7.0) * geometry.inside(shell + 2.5, soft),
        "skull": geometry.inside(outer, soft),
        "diploe": geometry.inside(np.abs(outer + bone / 2) - bone * 0.20, 1.5),
        "dura": geometry.inside(inner, soft),
        "inner": inner,
    }


def _cortex(
    grid: Grid,
    own: Grid,
    inner: FloatArray,
    rng: np.random.Generator,
    level: float,
    atrophy: float,
) -> dict[str, FloatArray]:
    """Return brain, gray matter and fluid inside the skull."""
    soft = 1.2 * grid.spacing
    depth = -(inner + 1.0 + 1.8 * atrophy)
    midline = np.abs(own.x + 1.2 * np.sin(own.y / 23)) - 0.5 - 0.8 * atrophy
    # The corpus callosum bridges the midline at the level of the ventricles.
    bridge = 46 * (1 - max(level - 0.45, 0) * 1.9)
    open_part = np.clip((np.abs(own.y - 2) - bridge) / 4, 0, 1)
    surface = np.minimum(depth, midline + (1 - open_part) * 60)
    sylvian = _sylvian(own, level)
    surface = np.minimum(surface, sylvian)
    sulcus = _sulcus_distance(own, depth, rng)
    reach = 21 + 5 * texture.smooth(rng, grid.shape, 12) - 4 * (1 - level)
    width = (0.6 + 0.75 * atrophy) * np.clip(1.25 - surface / reach, 0, 1)
    folded = sulcus + 3.2 * np.clip(surface - reach, 0, 10)
    ventricles = _ventricles(own, level, 0.8 + 0.7 * atrophy)
    ribbon = np.minimum(surface - 3.8, folded - 3.6)
    gray = np.minimum(ribbon, _deep_gray(own, level))
    # Around the ventricles there is white matter, not cortex.
    gray = np.maximum(gray, 3.0 - ventricles) if level > 0.35 else gray
    return {
        "brain": geometry.inside(-surface, soft),
        "gray": geometry.inside(gray, 2.2),
        "fluid": geometry.inside(ventricles, soft),
        "sulci": geometry.inside(folded - width, 1.5) * (surface < reach),
    }


def _sulcus_distance(
    own: Grid, depth: FloatArray, rng: np.random.Generator
) -> FloatArray:
    """Return about how far, in mm, each place is from a furrow of the brain.

    The furrows are the zero lines of a random field that is drawn over angle and depth,
    so that near the surface they run inwards.
    """
    field = texture.bumps(rng, (160, 512), 21.0, 0.26)
    angle = np.arctan2(own.y * np.float32(0.8), own.x)
    turn = (angle / (2 * np.pi) + 0.5) * 511
    polar = texture.sample(field, np.clip(depth, 0, 150) * np.float32(0.8), turn)
    flat = texture.bumps(rng, own.shape, 15.0 / own.spacing, 0.25)
    blend = np.clip((depth - 10) / 22, 0, 1)
    return texture.zero_distance(polar * (1 - blend) + flat * blend) * own.spacing


def _sylvian(own: Grid, level: float) -> FloatArray:
    """Return the distance to the furrow above the temporal lobe and to the insula."""
    if level > 0.55:
        return np.full(own.shape, 60, np.float32)
    mirrored = geometry.mirrored(own)
    course = [(66, -12), (54, -10), (44, -14), (38, -4), (37, 10), (42, 20)]
    gap = np.full(own.shape, 60, np.float32)
    for start, end in itertools.pairwise(geometry.curve(course, 14).tolist()):
        rod = geometry.capsule(
            mirrored, (start[0], start[1]), (end[0], end[1]), (0.7, 0.7)
        )
        np.minimum(gap, rod, out=gap)
    return gap


_VENTRICLES = (
    # level, then x, y and radius in mm of the left one from front to back
    (0.0, ((4, -33, 2.6), (8, -25, 4.0), (9, -15, 2.4), (15, 22, 2.6), (25, 38, 4.6))),
    (0.4, ((6, -31, 3.6), (8, -19, 5.0), (8, 0, 4.0), (13, 20, 4.8), (24, 39, 4.6))),
    (0.7, ((7, -22, 2.2), (8, -8, 3.8), (9, 8, 4.2), (11, 20, 3.6), (14, 28, 1.6))),
)


def _ventricles(own: Grid, level: float, scale: float) -> FloatArray:
    """Return the distance to the fluid-filled cavities of this level."""
    if level > 0.8:
        return np.full(own.shape, 60, np.float32)
    index = 1 if level > 0.4 else 0
    (low, start), (high, end) = _VENTRICLES[index], _VENTRICLES[index + 1]
    part = float(np.clip((level - low) / (high - low), 0, 1))
    nodes = np.asarray(start) * (1 - part) + np.asarray(end) * part
    nodes[:, 2] *= scale
    mirrored = geometry.mirrored(own)
    field = np.full(own.shape, 60, np.float32)
    path = geometry.curve(nodes, 13)
    for piece, (first, last) in enumerate(itertools.pairwise(path.tolist())):
        if level < 0.25 and 5 < piece < 9:
            continue
        rod = geometry.capsule(
            mirrored, (first[0], first[1]), (last[0], last[1]), (first[2], last[2])
        )
        np.minimum(field, rod, out=field)
    if level < 0.3:
        third = geometry.ellipse(own, (0, 8), (1.6 * scale, 11))
        np.minimum(field, third, out=field)
    return field


def _deep_gray(own: Grid, level: float) -> FloatArray:
    """Return the distance to caudate, lentiform nucleus and thalamus."""
    if level > 0.55:
        return np.full(own.shape, 60, np.float32)
    mirrored = geometry.mirrored(own)
    caudate = geometry.ellipse(mirrored, (16, -19), (4.5, 9), -20)
    lentiform = geometry.ellipse(mirrored, (26, -2), (6.5, 16), -14)
    thalamus = geometry.ellipse(mirrored, (11, 12), (8, 12), -22)
    return np.minimum(np.minimum(caudate, lentiform), thalamus)


def _lesion(own: Grid, rng: np.random.Generator) -> dict[str, FloatArray]:
    """Return one lesion with its rim and edema in every third patient."""
    present = np.float32(rng.uniform() < 0.34)
    side = rng.choice((-1, 1))
    center = (side * rng.uniform(22, 42), rng.uniform(-45, 50))
    radius = rng.uniform(8, 16)
    outline = geometry.star(own, center, radius * rng.uniform(0.75, 1.2, 9))
    halo = geometry.star(own, center, radius * rng.uniform(1.2, 2.0, 11))
    return {
        "lesion": present * geometry.inside(outline, 2.0),
        "rim": present * geometry.inside(np.abs(outline + 1.5) - 1.6, 1.5),
        "edema": present * geometry.inside(halo, 4.0),
    }
