"""LUT descriptors and data of DICOM data sets, palettes included."""

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from cbmir_gui.imaging.dicom_values import numbers, raw_value
from cbmir_gui.imaging.voi import LookupTable

_MAX_ENTRIES = 2**16


def read_table(item: Dataset, signed: bool, little_endian: bool) -> LookupTable | None:
    """Read an item of a Modality or VOI LUT Sequence; None where it is incomplete.

    Parameters
    ----------
    item : Dataset
        With LUTDescriptor and LUTData.
    signed : bool
        Whether the first mapped value may be negative.
    little_endian : bool
        Byte order of the data set.
    """
    descriptor = read_descriptor(item, "LUTDescriptor", signed)
    if descriptor is None:
        return None
    count, first, bits = descriptor
    entries = read_entries(raw_value(item, "LUTData"), count, little_endian)
    if not len(entries):
        return None
    # Some devices declare more bits than they use; none may use more than declared.
    bits = max(bits, int(entries.max()).bit_length(), 1)
    return LookupTable(first, entries.astype(np.float64), bits)


def read_descriptor(
    item: Dataset, keyword: str, signed: bool
) -> tuple[int, int, int] | None:
    """Return number of entries, first mapped value and bits per entry.

    The descriptor may have been written with either signedness; 0 entries stands for
    65,536 (PS3.3 C.11.1.1.1).
    """
    found = numbers(item, keyword)
    if len(found) != 3 or not all(value.is_integer() for value in found):
        return None
    count, first, bits = (int(value) for value in found)
    count = (count & 0xFFFF) or _MAX_ENTRIES
    first &= 0xFFFF
    if signed and first >= 0x8000:
        first -= 0x10000
    return (count, first, bits) if 0 < bits <= 16 else None


def read_entries(value: object, count: int, little_endian: bool) -> NDArray[np.uint16]:
    """Return up to `count` entries of 8 or 16 bits; fewer where data are missing.

    8-bit entries may be packed two to a word, low byte first.
    """
    if isinstance(value, bytes):
        if len(value) in {count, count + 1}:
            return _packed(value, little_endian)[:count].astype(np.uint16)
        order = "<u2" if little_endian else ">u2"
        words = np.frombuffer(value[: len(value) // 2 * 2], dtype=order)
        return words[:count].astype(np.uint16)
    if value is None or isinstance(value, str):
        return np.zeros(0, np.uint16)
    listed = value if hasattr(value, "__iter__") else [value]
    words = np.array([int(entry) & 0xFFFF for entry in listed], dtype=np.uint16)
    if count > 1 and len(words) == (count + 1) // 2:
        return _packed(words.astype("<u2").tobytes(), True)[:count].astype(np.uint16)
    return words[:count]


def _packed(data: bytes, little_endian: bool) -> NDArray[np.uint8]:
    if little_endian or len(data) % 2:
        return np.frombuffer(data, np.uint8)
    return np.frombuffer(data, ">u2").astype("<u2").view(np.uint8)
