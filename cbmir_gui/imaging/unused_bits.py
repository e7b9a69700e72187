"""Bits of stored samples that no pixel uses: they may hold overlays, or anything else.

References
----------
DICOM PS3.5 8.1.1.
"""

import numpy as np

from cbmir_gui.imaging.dicom_header import SampleBits


def mask_unused(data: bytearray, bits: SampleBits, big: bool) -> None:
    """Clear the bits of uncompressed samples that no pixel uses, in place."""
    if bits.is_float or bits.stored == bits.allocated:
        return
    if bits.allocated == 12:  # two samples in three bytes
        used = _used(bits)
        masks = [(used | used << 12) >> shift & 0xFF for shift in (0, 8, 16)]
        tables = [bytes(value & mask for value in range(256)) for mask in masks]
    else:
        tables = byte_tables(bits)
        tables = tables if big else tables[::-1]
    samples = np.frombuffer(data, np.uint8)
    for number, table in enumerate(tables):
        place = samples[number :: len(tables)]
        place[:] = np.frombuffer(table, np.uint8)[place]


def _used(bits: SampleBits) -> int:
    return ((1 << bits.stored) - 1) << (bits.high + 1 - bits.stored)


def byte_tables(bits: SampleBits) -> list[bytes]:
    """Return what becomes of each byte of a sample, the highest byte first.

    Unused bits become 0, or copies of the sign where that stands in the same byte:
    some programs rely on it.
    """
    tables = []
    for shift in range(bits.allocated - 8, -8, -8):
        mask = _used(bits) >> shift & 0xFF
        sign = bits.high - shift
        has_sign = bits.signed and 0 <= sign < 8
        above = 0xFF & ~((2 << sign) - 1) if has_sign else 0
        tables.append(
            bytes(
                value & mask | (above if has_sign and value >> sign & 1 else 0)
                for value in range(256)
            )
        )
    return tables
