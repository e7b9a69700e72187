"""Where slices lie in the patient (PS3.3 C.7.6.2)."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from pydicom.dataset import Dataset

from cbmir_gui.core.directions import Vector, dot, is_same_direction
from cbmir_gui.imaging.dicom_values import frame_group, numbers

MAX_FRAMES = 20_000


@dataclass(frozen=True, slots=True)
class Places:
    """Where the frames of a file lie; all empty where that is not known."""

    normal: Vector = ()
    """Of the first frame, unit length; the others have the same, nearly."""
    locations_mm: Vector = ()
    """Of each frame along `normal`."""
    lowest_mm: Vector = ()
    """Position of the frame that lies lowest along it."""


def read_places(ds: Dataset, num_frames: int) -> Places:
    """Find where the frames lie, if all say so and are parallel."""
    if num_frames > MAX_FRAMES:
        return Places()
    normal: Vector = ()
    positions: list[Vector] = []
    for direction, position in _planes(ds, num_frames):
        if not direction or len(position) != 3 or not all(map(math.isfinite, position)):
            return Places()
        normal = normal or direction
        if not is_same_direction(normal, direction):
            return Places()
        positions.append(position)
    locations = [dot(normal, position) for position in positions]
    if not all(map(math.isfinite, locations)):
        return Places()
    return Places(
        normal,
        tuple(round(place, 4) for place in locations),
        positions[locations.index(min(locations))],
    )


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
    is_sound = 1e-3 < length < math.inf
    return tuple(part / length for part in cross) if is_sound else ()
