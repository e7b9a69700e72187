"""One frame of uncompressed DICOM pixel data (PS3.5 8.1 and 8.2)."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cbmir_gui.core.errors import DamagedImageError
from cbmir_gui.imaging.dicom_file import DicomFile, PixelElement
from cbmir_gui.imaging.dicom_header import EXPORT_AGAIN, ImageHeader, SampleBits

StoredArray = NDArray[np.generic]
"""Stored values: (height, width) or (height, width, samples), any numeric type."""


def native_frame(
    file: DicomFile, pixels: PixelElement, header: ImageHeader, index: int, name: str
) -> StoredArray:
    """Return the stored values of frame `index` (from 0).

    Raises
    ------
    DamagedImageError
        The pixel data are shorter than the header says.
    """
    available = min(pixels.length, len(file.data) - pixels.offset)
    header = _with_true_sampling(header, available)
    first_bit = index * header.frame_bits
    end = (first_bit + header.frame_bits + 7) // 8
    if end > available:
        expected = (header.frame_bits * header.num_frames + 7) // 8
        raise DamagedImageError(
            name,
            f"it is cut off: {expected:,} bytes of pixel data were expected, "
            f"{available:,} are there",
            EXPORT_AGAIN,
        )
    swaps = not file.little_endian and pixels.vr == "OW" and header.bits.allocated < 16
    start = first_bit // 8
    raw: bytes | memoryview
    if swaps:  # bytes stand in pairs, and a frame may start inside one
        first = pixels.offset + start // 2 * 2
        pairs = file.data[first : pixels.offset + end + end % 2]
        swapped = np.frombuffer(pairs[: len(pairs) // 2 * 2], "<u2").byteswap()
        raw = swapped.tobytes()[start % 2 : start % 2 + end - start]
    else:
        raw = memoryview(file.data)[pixels.offset + start : pixels.offset + end]
    return native_samples(raw, header, first_bit % 8, file.little_endian)


def _with_true_sampling(header: ImageHeader, available: int) -> ImageHeader:
    """Recognise files that declare YBR_FULL_422 but hold three samples per pixel."""
    full = replace(header, photometric="YBR_FULL")
    holds_all = 8 * available >= full.frame_bits * header.num_frames
    return full if header.photometric == "YBR_FULL_422" and holds_all else header


def native_samples(
    raw: bytes | memoryview, header: ImageHeader, skip_bits: int, little_endian: bool
) -> StoredArray:
    """Return the samples of one frame whose bits start `skip_bits` into `raw`."""
    return _shaped(_samples(raw, header, skip_bits, little_endian), header)


def _samples(
    raw: bytes | memoryview, header: ImageHeader, skip_bits: int, little_endian: bool
) -> StoredArray:
    bits = header.bits
    count = header.frame_bits // bits.allocated
    if bits.allocated == 1:
        unpacked = np.unpackbits(np.frombuffer(raw, np.uint8), bitorder="little")
        return unpacked[skip_bits : skip_bits + count]
    if bits.allocated == 12:
        samples = _unpack_12_bits(np.frombuffer(raw, np.uint8), skip_bits, count)
        return used_bits(samples << 4, replace(bits, allocated=16, high=bits.high + 4))
    order = "<" if little_endian else ">"
    kind, size = "f" if bits.is_float else "u", bits.allocated // 8
    if size not in {1, 2, 4, 8}:
        raw, size = _widened(raw, size, little_endian)
    stored: NDArray[Any] = np.frombuffer(raw, f"{order}{kind}{size}")
    stored = stored.astype(stored.dtype.newbyteorder("="), copy=False)
    return stored if bits.is_float else used_bits(stored, bits)


def _widened(
    raw: bytes | memoryview, size: int, little_endian: bool
) -> tuple[bytes, int]:
    """Give samples of 3, 5, 6 or 7 bytes the size of the next larger integer."""
    wide = 4 if size < 4 else 8
    samples = np.frombuffer(raw, np.uint8).reshape(-1, size)
    gap = ((0, 0), (0, wide - size) if little_endian else (wide - size, 0))
    return np.pad(samples, gap).tobytes(), wide


def used_bits(stored: NDArray[Any], bits: SampleBits) -> StoredArray:
    """Keep the stored bits only, and extend the sign (PS3.5 8.1.1).

    The other bits may hold overlays or anything else.
    """
    size = 8 * stored.dtype.itemsize
    kind = f"{'i' if bits.signed else 'u'}{stored.dtype.itemsize}"
    if bits.stored == size:
        return stored.view(kind)
    to_the_top = np.left_shift(stored, size - 1 - bits.high).view(kind)
    return np.asarray(np.right_shift(to_the_top, size - bits.stored))


def _unpack_12_bits(
    raw: NDArray[np.uint8], skip_bits: int, count: int
) -> NDArray[np.uint16]:
    """Two samples stand in three bytes, the low byte first."""
    nibbles = np.empty(2 * len(raw), np.uint16)
    nibbles[0::2] = raw & 0x0F
    nibbles[1::2] = raw >> 4
    triples = nibbles[skip_bits // 4 :][: 3 * count].reshape(count, 3)
    return np.asarray(triples @ np.array([1, 16, 256], np.uint16), np.uint16)


def _shaped(samples: StoredArray, header: ImageHeader) -> StoredArray:
    height, width = header.height, header.width
    if header.photometric.endswith("_422"):
        return _expand_422(samples, height, width)
    if header.samples == 1:
        return samples.reshape(height, width)
    if header.planar:
        return samples.reshape(header.samples, height, width).transpose(1, 2, 0)
    return samples.reshape(height, width, header.samples)


def _expand_422(samples: StoredArray, height: int, width: int) -> StoredArray:
    """Give both pixels of a pair their common chroma: Y1 Y2 Cb Cr (C.7.6.3.1.2)."""
    pairs = samples.reshape(-1, 4)
    expanded = np.empty((len(pairs), 2, 3), samples.dtype)
    expanded[:, :, 0] = pairs[:, :2]
    expanded[:, :, 1:] = pairs[:, np.newaxis, 2:]
    return expanded.reshape(height, width, 3)
