"""Directions and places in the patient, in DICOM's coordinates (PS3.3 C.7.6.2.1.1)."""

Vector = tuple[float, ...]
"""x, y and z; empty where not known."""

_SAME_DIRECTION = 0.9999
"""Cosine of 0.8 degrees: so far slices of one stack may differ."""


def dot(first: Vector, second: Vector) -> float:
    """Return the scalar product; of a unit vector and a place how far along it lies."""
    return sum(a * b for a, b in zip(first, second, strict=True))


def is_same_direction(first: Vector, second: Vector) -> bool:
    """Whether two unit vectors may belong to slices of one stack."""
    return dot(first, second) > _SAME_DIRECTION
