"""Colours of PALETTE COLOR images (PS3.3 C.7.6.3.1.5, C.7.9.2)."""

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from cbmir_gui.core.records import ImageArray
from cbmir_gui.imaging.blocks import map_blocks
from cbmir_gui.imaging.dicom_native import StoredArray
from cbmir_gui.imaging.dicom_values import raw_value
from cbmir_gui.imaging.lookup import read_descriptor, read_entries

_COLORS = ("Red", "Green", "Blue")
_DISCRETE, _LINEAR, _INDIRECT = 0, 1, 2
"""Opcodes of the segments."""


class PaletteError(ValueError):
    """A palette is missing or cannot be read."""


def apply_palette(
    stored: StoredArray, ds: Dataset, signed: bool, little_endian: bool
) -> ImageArray:
    """Return (height, width, 3); values outside the table get its nearest entry.

    Raises
    ------
    PaletteError
        The data set has no complete palette.
    """
    tables = [_read_color(ds, color, signed, little_endian) for color in _COLORS]
    length = min(len(entries) for _, entries, _ in tables)
    colors = np.stack([entries[:length] for _, entries, _ in tables], axis=1)
    bits = max(bits for _, _, bits in tables)
    # Some devices declare 16 bits but fill only the low byte.
    if bits > 8 and int(colors.max()) > 255:
        np.right_shift(colors, bits - 8, out=colors)
    first = tables[0][0]
    table = colors.astype(np.uint8)
    return map_blocks(
        stored,
        lambda rows: table[np.clip(rows.astype(np.int64) - first, 0, length - 1)],
        channels=(3,),
    )


def _read_color(
    ds: Dataset, color: str, signed: bool, little_endian: bool
) -> tuple[int, NDArray[np.uint16], int]:
    prefix = f"{color}PaletteColorLookupTable"
    descriptor = read_descriptor(ds, f"{prefix}Descriptor", signed)
    if descriptor is None:
        raise PaletteError(f"it has no sound {color.lower()} palette")
    count, first, bits = descriptor
    entries = read_entries(raw_value(ds, f"{prefix}Data"), count, little_endian)
    if not len(entries):
        segments = raw_value(ds, f"Segmented{prefix}Data")
        if isinstance(segments, bytes):
            entries = expand_segments(segments, bits, count, little_endian)
    if not len(entries):
        raise PaletteError(f"its {color.lower()} palette is empty")
    return first, entries, bits


def expand_segments(
    data: bytes, bits: int, count: int, little_endian: bool = True
) -> NDArray[np.uint16]:
    """Expand segmented palette data to at most `count` entries.

    Parameters
    ----------
    data : bytes
        Discrete, linear and indirect segments, in words of `bits` (8 or 16) bits.

    References
    ----------
    DICOM PS3.3 C.7.9.2.2.
    """
    dtype = np.dtype("u1" if bits <= 8 else "<u2" if little_endian else ">u2")
    size = dtype.itemsize
    words = np.frombuffer(data[: len(data) // size * size], dtype).tolist()
    entries: list[int] = []
    position = 0
    while 0 <= position < len(words) - 1 and len(entries) < count:
        if words[position] != _INDIRECT:
            position = _expand_segment(words, position, entries)
            continue
        num_segments = words[position + 1]
        end = position + 2 + 4 // size
        offset = _byte_offset(words[position + 2 : end], 8 * size) // size
        for _ in range(num_segments):
            if not 0 <= offset < len(words) - 1 or len(entries) >= count:
                break
            offset = _expand_segment(words, offset, entries)
        position = end
    return np.array(entries[:count], dtype=np.uint16)


def _expand_segment(words: list[int], position: int, entries: list[int]) -> int:
    """Append one discrete or linear segment; return where the next one starts.

    Any other opcode ends the palette.
    """
    opcode, length = words[position], words[position + 1]
    if opcode == _DISCRETE:
        entries.extend(words[position + 2 : position + 2 + length])
        return position + 2 + length
    if opcode != _LINEAR or position + 2 >= len(words) or not entries:
        return len(words)
    start, end = entries[-1], words[position + 2]
    steps = np.arange(1, length + 1) / max(length, 1)
    entries.extend(np.rint(start + (end - start) * steps).astype(int).tolist())
    return position + 3


def _byte_offset(words: list[int], bits: int) -> int:
    """Join the words of an offset, the least significant first."""
    return sum(word << (bits * place) for place, word in enumerate(words))
