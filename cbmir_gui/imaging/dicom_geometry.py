"""Where slices lie in the patient (PS3.3 C.7.6.2)."""

import math
from collections.abc import Iterator

from pydicom.dataset import Dataset

from cbmir_gui.imaging.dicom_values import frame_group, numbers

Vector = tuple[float, ...]
MAX_FRAMES = 20_000
_DIGITS = 2
"""Slices of one stack agree so far in the direction of their normal."""


def read_locations(ds: Dataset, num_frames: int) -> tuple[Vector, Vector]:
    """Return the normal of the planes, and the place of each frame along it in mm.

    Both are empty unless all frames say where they lie and are parallel.
    """
    if num_frames > MAX_FRAMES:
        return (), ()
    normals: set[Vector] = set()
    locations: list[float] = []
    for normal, position in _planes(ds, num_frames):
        if not normal or len(position) != 3:
            return (), ()
        normals.add(tuple(round(part, _DIGITS) + 0.0 for part in normal))
        locations.append(sum(a * b for a, b in zip(normal, position, strict=True)))
    if len(normals) != 1 or not all(map(math.isfinite, locations)):
        return (), ()
    return normals.pop(), tuple(round(place, 4) for place in locations)


def _planes(ds: Dataset, num_frames: int) -> Iterator[tuple[Vector, Vector]]:
    """Yield normal and position of each frame, empty where not known."""
    for index in range(num_frames):
        yield (
            _normal(_plane_values(ds, index, "Orientation", "PlaneOrientation")),
            _plane_values(ds, index, "Position", "PlanePosition"),
        )


def _plane_values(ds: Dataset, index: int, name: str, group_name: str) -> Vector:
    keyword = f"Image{name}Patient"
    group = frame_group(ds, index, f"{group_name}Sequence")
    return numbers(ds if group is None else group, keyword)


def _normal(orientation: Vector) -> Vector:
    """Return the unit vector across rows and columns; empty where there is none."""
    if len(orientation) != 6 or not all(map(math.isfinite, orientation)):
        return ()
    (a, b, c), (d, e, f) = orientation[:3], orientation[3:]
    cross = (b * f - c * e, c * d - a * f, a * e - b * d)
    length = math.hypot(*cross)
    return tuple(part / length for part in cross) if length > 1e-3 else ()
