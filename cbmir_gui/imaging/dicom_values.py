"""Reading single values of a DICOM data set that may hold anything at all."""

import math
import struct
from collections.abc import Iterator, MutableSequence

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence

_VALUE_ERRORS = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    ArithmeticError,
    NotImplementedError,
    RecursionError,
    EOFError,
    OSError,
    struct.error,
)
"""What pydicom raises where an element cannot be converted to its type."""


Key = str | int
"""A DICOM keyword, or the tag of an element that has none: group << 16 | element."""


def raw_value(ds: Dataset, key: Key) -> object:
    """Return the value of an element; None where it is absent, empty or broken."""
    try:
        if isinstance(key, int):
            return ds[key].value if key in ds else None
        value: object = ds.get(key)
    except _VALUE_ERRORS:
        return None
    return value


def text(ds: Dataset, keyword: str) -> str:
    """Return a value as text without padding; empty where there is none."""
    value = raw_value(ds, keyword)
    return "" if value is None else str(value).strip(" \0")


def texts(ds: Dataset, keyword: str) -> tuple[str, ...]:
    """Return all values as text without padding."""
    value = raw_value(ds, keyword)
    if value is None:
        return ()
    listed = value if isinstance(value, MultiValue | list | tuple) else [value]
    return tuple(str(entry).strip(" \0") for entry in listed)


def numbers(ds: Dataset, key: Key) -> tuple[float, ...]:
    """Return all values as numbers; NaN stands for what is not a number."""
    value = raw_value(ds, key)
    if value is None or isinstance(value, bytes):
        return ()
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        return (_number(value),)
    return tuple(_number(item) for item in value)


def number(ds: Dataset, key: Key) -> float | None:
    """Return the first value if it is a finite number."""
    found = numbers(ds, key)
    return found[0] if found and math.isfinite(found[0]) else None


def integer(ds: Dataset, key: Key) -> int | None:
    """Return the value if it is exactly one whole number."""
    found = numbers(ds, key)
    if len(found) != 1 or not found[0].is_integer():
        return None
    return int(found[0])


def items(ds: Dataset, keyword: str) -> MutableSequence[Dataset]:
    """Return the items of a sequence; empty where it is absent or broken.

    They are not copied: a list of frames is looked into once for each frame.
    """
    value = raw_value(ds, keyword)
    return value if isinstance(value, Sequence) else []


def frame_groups(ds: Dataset, index: int) -> Iterator[Dataset]:
    """Yield where attributes of a frame may stand, the most specific first.

    The frame's own functional groups, the shared ones, then the data set itself
    (PS3.3 C.7.6.16). `index` counts from 0.
    """
    per_frame = items(ds, "PerFrameFunctionalGroupsSequence")
    if index < len(per_frame):
        yield per_frame[index]
    yield from items(ds, "SharedFunctionalGroupsSequence")[:1]
    yield ds


def frame_group(ds: Dataset, index: int, keyword: str) -> Dataset | None:
    """Return the first item of a functional group macro that applies to a frame."""
    for group in frame_groups(ds, index):
        if found := items(group, keyword):
            return found[0]
    return None


def _number(value: object) -> float:
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return math.nan
