"""MR of the lumbar spine, sagittal T2."""

from typing import NamedTuple

import numpy as np

from cbmir_gui.core.records import FloatArray
from cbmir_gui.sources.phantoms import geometry, mr, texture
from cbmir_gui.sources.phantoms.geometry import Grid, inside, make_grid, paint
from cbmir_gui.sources.phantoms.phantom import Drawing, Patient

_TR_MS, _TE_MS = 3400.0, 96.0
_NUM_LEVELS = 12
"""Thoracic 10 to the lowest sacral one in the picture."""
_NUM_SACRAL = 4


class Course(NamedTuple):
    """Coordinates along the bent spine, (height, width) in mm."""

    along: FloatArray
    """From the top, down the middle of the vertebral bodies."""
    behind: FloatArray
    """Towards the back."""
    level: FloatArray
    """Number of the nearest vertebra, from 0."""
    offset: FloatArray
    """From the middle of that vertebra, down."""
    half: FloatArray
    """Half its height."""


def draw(patient: Patient) -> Drawing:
    """Draw the middle slice; some discs are worn and bulge."""
    body, rng = patient.anatomy, patient.exposure
    grid = make_grid(288, 256, 1.05)
    own = geometry.moved(grid, (rng.uniform(-10, 4), rng.uniform(-8, 8)))
    wobble = [texture.smooth(body, grid.shape, 30) * np.float32(1.0) for _ in range(2)]
    own = geometry.bent(own, wobble[0], wobble[1])
    course = _course(own, body)
    image = np.zeros(grid.shape, np.float32)
    _paint_trunk(image, own, course, body)
    _paint_canal(image, course, body)
    _paint_column(image, course, body)
    _paint_processes(image, course, body)
    image *= mr.receive_field(rng, grid, 0.05)
    # The coil lies under the back.
    image *= np.exp(-np.clip(70 - course.behind, 0, None) / rng.uniform(85, 120))
    times = {"RepetitionTime": _TR_MS, "EchoTime": _TE_MS}
    return mr.scan(
        image, grid, rng, 0.36, 0.016, {**times, "SeriesDescription": "T2 TSE"}
    )


def _signal(tissue: mr.Tissue) -> float:
    return mr.spin_echo(tissue, _TR_MS, _TE_MS)


def _course(own: Grid, rng: np.random.Generator) -> Course:
    """Follow the lordosis of the patient, and count vertebrae along it."""
    sway = rng.uniform(0.75, 1.25)
    nodes = np.array([14, 10, -2, -12, -8, 14, 46], np.float32) * sway - 14
    line = geometry.curve(np.column_stack((np.linspace(-165, 165, 7), nodes)), 331)
    y, x = line[:, 0], line[:, 1]
    slope = np.gradient(x, y)
    length = np.concatenate(([0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))))
    foot = own.y
    for _ in range(3):
        tilt = np.interp(foot, y, slope)
        gap = own.x - np.interp(foot, y, x)
        foot = foot + ((own.y - foot) + gap * tilt) / (1 + tilt**2)
    gap = own.x - np.interp(foot, y, x)
    behind = np.copysign(np.hypot(gap, own.y - foot), gap)
    along = np.interp(foot, y, length)
    pitch = rng.uniform(33, 36) * np.linspace(0.86, 1.06, _NUM_LEVELS)
    pitch[-_NUM_SACRAL:] *= 0.78
    middle = rng.uniform(-14, 6) + np.cumsum(pitch) - pitch / 2
    level = np.abs(along[..., None] - middle).argmin(axis=-1)
    half = (pitch * 0.5 - rng.uniform(4.0, 5.0)).astype(np.float32)
    half[-_NUM_SACRAL:] += 2.6
    offset = along - middle[level]
    fields = (along, behind, level, offset, half[level])
    return Course(*(np.asarray(values, np.float32) for values in fields))


def _paint_trunk(
    image: FloatArray, own: Grid, course: Course, rng: np.random.Generator
) -> None:
    """Paint the soft tissues before and behind the spine, and the skin of the back."""
    mottle = texture.clouds(rng, own.shape, 34)
    blobs = texture.bumps(rng, own.shape, 34, 0.4)
    back = geometry.curve([(-170, 0), (-60, 0), (40, -6), (110, 12), (170, 30)], 60)
    skin = own.x - rng.uniform(88, 104) - np.interp(own.y, back[:, 0], back[:, 1])
    cover = inside(skin, 1.6)
    paint(image, _signal(mr.FAT) * (0.9 + 0.05 * mottle), cover)
    front = inside(course.behind + 28, 5)
    belly = _signal(mr.MUSCLE) * (1.2 + 0.5 * mottle) + 0.22 * np.clip(
        blobs - 0.3, 0, 2
    )
    paint(image, np.maximum(belly, 0.02), front)
    vessel = np.abs(course.behind + 33) - rng.uniform(7, 9)
    paint(image, 0.03, inside(vessel, 3) * inside(course.along - 210, 8))
    fibers = texture.smooth(rng, own.shape, 2.0, 0.4)
    muscle = np.abs(course.behind - 66) - 15 - 4 * texture.smooth(rng, own.shape, 20)
    fill = _signal(mr.MUSCLE) + 0.06 * np.clip(fibers, 0, 2.5)
    paint(image, fill, 0.85 * inside(muscle, 6) * cover)


def _paint_canal(image: FloatArray, course: Course, rng: np.random.Generator) -> None:
    """Paint dural sac, cord and nerve roots; worn discs narrow the sac."""
    half = 7.5 - 0.012 * course.along + 0.4 * texture.smooth(rng, image.shape, 16)
    sac = np.abs(course.behind - 27.5) - half
    paint(image, 0.7 * _signal(mr.FAT), inside(sac - 2.2, 2))
    paint(image, 0.04, inside(sac - 0.8, 1.5))
    paint(image, _signal(mr.FLUID), inside(sac, 1.6) * inside(course.along - 300, 8))
    end = rng.uniform(95, 125)
    cord = np.abs(course.behind - 27) - np.clip((end - course.along) / 7, 0, 4.3)
    paint(image, 0.75 * _signal(mr.GRAY_MATTER), inside(cord, 1.8))
    field = texture.smooth(rng, (64, 64), 1.0)
    roots = texture.sample(field, course.behind * 1.1, course.along * np.float32(0.07))
    zone = inside(sac + 1, 2) * inside(end - 8 - course.along, 12)
    paint(image, 0.35, 0.75 * np.clip(roots + 0.1, 0, 1) * zone)


def _paint_column(image: FloatArray, course: Course, rng: np.random.Generator) -> None:
    """Paint vertebral bodies with dark end plates, and discs by their wear."""
    number = course.level.astype(int)
    part = np.clip(np.abs(course.offset) / course.half, 0, 1)
    depth = 16.0 + 0.45 * course.level - 1.8 * (1 - part**2)
    depth = np.where(course.level >= _NUM_LEVELS - _NUM_SACRAL, depth * 0.8, depth)
    flat = np.abs(course.behind) - depth
    tall = np.abs(course.offset) - course.half
    body = np.maximum(np.maximum(flat, tall), (flat + tall) * 0.7 + 2.0)
    wear = rng.uniform(0, 1, _NUM_LEVELS + 1).astype(np.float32) ** 1.6
    # The disc below vertebra i is that above vertebra i + 1.
    disc_wear = wear[number + (course.offset > 0)]
    bulge = flat - 0.4 - 2.0 * disc_wear
    disc = np.maximum(bulge, -tall)
    paint(image, 0.05, inside(disc, 1.6))
    wet = _signal(mr.DISC) * (1 - disc_wear) + _signal(mr.DRY_DISC) * disc_wear
    core = np.maximum(flat + 5, 1.2 - tall)
    paint(image, 1.5 * wet, inside(core, 3.0))
    paint(image, 0.04, inside(body - 0.6, 1.5))
    tone = rng.uniform(0.9, 1.1, _NUM_LEVELS).astype(np.float32)[number]
    grain = 1 + 0.05 * texture.clouds(rng, image.shape, 10)
    paint(image, 0.95 * _signal(mr.MARROW) * tone * grain, inside(body + 1.0, 1.6))
    vein = np.maximum(np.abs(course.offset) - 0.8, 6 - course.behind)
    paint(image, 0.6, 0.5 * inside(vein, 1.5) * inside(body + 1.5, 2))


def _paint_processes(
    image: FloatArray, course: Course, rng: np.random.Generator
) -> None:
    """Paint the spinous processes and the dark ligaments between them."""
    offset = course.offset - 9 - 0.30 * (course.behind - 52)
    size = rng.uniform(0.9, 1.1)
    reach = (course.behind - 54) / (16 * size)
    height = offset / (8.5 * size)
    level = (np.abs(reach) ** 2.6 + np.abs(height) ** 2.6) ** (1 / 2.6)
    process = (level - 1) * 8.5
    above = course.level < _NUM_LEVELS - _NUM_SACRAL
    paint(image, 0.05, inside(process - 1.2, 1.6) * above)
    paint(image, 0.85 * _signal(mr.MARROW), inside(process + 0.6, 1.6) * above)
    yellow = np.maximum(np.abs(course.behind - 38) - 1.6, np.abs(offset) - 11)
    paint(image, 0.05, 0.8 * inside(yellow, 2))
