"""Overlay planes: single bits drawn over a DICOM image (PS3.3 C.9.2).

A plane stands in OverlayData (60xx,3000) or, in older files, in a bit of the pixel
data that no sample uses.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from cbmir_gui.core.records import ImageArray
from cbmir_gui.imaging.dicom_header import ImageHeader
from cbmir_gui.imaging.dicom_native import StoredArray
from cbmir_gui.imaging.dicom_values import integer, numbers, raw_value
from cbmir_gui.imaging.limits import MAX_FRAME_PIXELS

COLOR = (255, 214, 0)
"""Yellow: no gray value can be taken for it."""
_GROUPS = range(0x6000, 0x6020, 2)
_FRAMES, _ORIGIN, _FRAME_ORIGIN = 0x0015, 0x0050, 0x0051
_ROWS, _COLUMNS, _ALLOCATED, _POSITION, _DATA = 0x0010, 0x0011, 0x0100, 0x0102, 0x3000


@dataclass(frozen=True, slots=True)
class OverlayPlane:
    """One plane as it applies to one frame."""

    height: int
    width: int
    top: int
    """Row of the image that its first row lies on, from 0; may be negative."""
    left: int
    data: bytes
    """Its bits, the lowest of each byte first; empty where they are in the pixels."""
    first_bit: int
    """Where the plane of this frame starts in `data`; else the bit of the pixels."""


def read_overlays(
    ds: Dataset, header: ImageHeader, index: int, little_endian: bool
) -> list[OverlayPlane]:
    """Find the planes of frame `index` (from 0); incomplete ones are left out."""
    planes = (
        _read_plane(ds, group << 16, header, index, little_endian) for group in _GROUPS
    )
    return [plane for plane in planes if plane is not None]


def paint_overlays(
    pixels: ImageArray, planes: list[OverlayPlane], words: StoredArray | None
) -> ImageArray:
    """Return (height, width, 3) with the planes on the image.

    Parameters
    ----------
    pixels : (height, width) or (height, width, 3)
    words : (height, width) or None
        Whole words of the pixel data, unsigned, for planes that stand in them.
    """
    gray = pixels.ndim == 2
    painted = np.repeat(pixels[:, :, np.newaxis], 3, axis=2) if gray else pixels.copy()
    for plane in planes:
        if plane.data:
            bits = _unpacked(plane)
        elif words is not None:
            bits = (words >> plane.first_bit) & 1  # type: ignore[operator]
        else:
            continue
        for target, part in _covered(painted, plane, bits):
            target[part != 0] = COLOR
    return painted


def _read_plane(
    ds: Dataset, group: int, header: ImageHeader, index: int, little_endian: bool
) -> OverlayPlane | None:
    height, width = integer(ds, group | _ROWS), integer(ds, group | _COLUMNS)
    if height is None or width is None or min(height, width) <= 0:
        return None
    if height * width > MAX_FRAME_PIXELS:
        return None
    number = _frame_of_overlay(ds, group, index)
    if number is None:
        return None
    origin = numbers(ds, group | _ORIGIN)
    is_sound = len(origin) == 2 and all(value.is_integer() for value in origin)
    top, left = (int(value) - 1 for value in origin) if is_sound else (0, 0)
    data = raw_value(ds, group | _DATA)
    if isinstance(data, bytes) and data:
        first_bit = number * height * width
        if first_bit + height * width > 8 * len(data):
            return None
        if not little_endian and ds[group | _DATA].VR == "OW":
            data = _swapped(data)
        return OverlayPlane(height, width, top, left, data, first_bit)
    position = integer(ds, group | _POSITION)
    bits = header.bits
    is_embedded = integer(ds, group | _ALLOCATED) == bits.allocated and bits.stored > 1
    if not is_embedded or position is None or header.samples != 1:
        return None
    is_free = bits.high < position < bits.allocated or (
        0 <= position <= bits.high - bits.stored
    )
    if not is_free:
        return None
    return OverlayPlane(header.height, header.width, 0, 0, b"", position)


def _frame_of_overlay(ds: Dataset, group: int, index: int) -> int | None:
    """Return which plane of a multi-frame overlay belongs to frame `index`."""
    num_frames = integer(ds, group | _FRAMES)
    first = integer(ds, group | _FRAME_ORIGIN)
    if num_frames is None and first is None:
        return 0  # one plane for every frame
    number = index - ((first or 1) - 1)
    return number if 0 <= number < (num_frames or 1) else None


def _swapped(data: bytes) -> bytes:
    return np.frombuffer(data[: len(data) // 2 * 2], ">u2").astype("<u2").tobytes()


def _unpacked(plane: OverlayPlane) -> NDArray[np.uint8]:
    count = plane.height * plane.width
    start, skip = divmod(plane.first_bit, 8)
    raw = np.frombuffer(plane.data[start : start + (skip + count + 7) // 8], np.uint8)
    bits = np.unpackbits(raw, bitorder="little")[skip : skip + count]
    return bits.reshape(plane.height, plane.width)


def _covered(
    image: ImageArray, plane: OverlayPlane, bits: StoredArray
) -> Iterator[tuple[ImageArray, StoredArray]]:
    """Yield the part of the image under the plane and the part of the plane on it."""
    top, left = max(plane.top, 0), max(plane.left, 0)
    bottom = min(plane.top + bits.shape[0], image.shape[0])
    right = min(plane.left + bits.shape[1], image.shape[1])
    if top < bottom and left < right:
        rows = slice(top - plane.top, bottom - plane.top)
        columns = slice(left - plane.left, right - plane.left)
        yield image[top:bottom, left:right], bits[rows, columns]
