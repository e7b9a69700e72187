"""JPEG streams that no encoder at hand writes: lossless, and DCT with 12 bits.

ITU-T T.81; one component, one Huffman table in which all codes are equally long.
"""

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

_CODE_BITS = 5
_NUM_CATEGORIES = 17
"""A difference of n bits has category n; 16 is -32768 and has no further bits."""


def lossless_jpeg(samples: NDArray[Any], precision: int) -> bytes:
    """Encode (height, width) with the sample to the left as predictor (process 14)."""
    height, width = samples.shape
    values = samples.astype(np.int64) & ((1 << precision) - 1)
    predicted = np.empty_like(values)
    predicted[:, 1:] = values[:, :-1]
    predicted[1:, 0] = values[:-1, 0]
    predicted[0, 0] = 1 << (precision - 1)
    differences = (values - predicted + 32767) % 65536 - 32767
    bits = "".join(_coded(int(number)) for number in differences.ravel())
    frame = struct.pack(">BHHB3B", precision, height, width, 1, 1, 0x11, 0)
    scan = bytes([1, 1, 0x00, 1, 0, 0])
    return _stream(
        (0xC3, frame), (0xC4, _table(0x00, _NUM_CATEGORIES)), (0xDA, scan), bits=bits
    )


def flat_12_bit_jpeg(blocks: NDArray[Any]) -> bytes:
    """Encode an image whose blocks of 8 x 8 pixels have one value each, 0 to 4095.

    Extended sequential DCT (process 4): without rounding, since a flat block is its
    DC coefficient only.
    """
    rows, columns = blocks.shape
    coefficients = 8 * (blocks.astype(np.int64).ravel() - 2048)
    differences = np.diff(coefficients, prepend=0)
    end_of_block = "0" * _CODE_BITS
    bits = "".join(_coded(int(number)) + end_of_block for number in differences)
    frame = struct.pack(">BHHB3B", 12, 8 * rows, 8 * columns, 1, 1, 0x11, 0)
    return _stream(
        (0xDB, bytes([0]) + bytes([1]) * 64),
        (0xC1, frame),
        (0xC4, _table(0x00, _NUM_CATEGORIES - 1)),
        (0xC4, _table(0x10, 1)),
        (0xDA, bytes([1, 1, 0x00, 0, 63, 0])),
        bits=bits,
    )


def _coded(difference: int) -> str:
    category = abs(difference).bit_length()
    code = f"{category:0{_CODE_BITS}b}"
    if category == 0 or difference == 32768:
        return code
    extra = difference if difference > 0 else difference + (1 << category) - 1
    return code + f"{extra:0{category}b}"


def _table(kind: int, num_codes: int) -> bytes:
    counts = [0] * 16
    counts[_CODE_BITS - 1] = num_codes
    return bytes([kind, *counts, *range(num_codes)])


def _stream(*segments: tuple[int, bytes], bits: str) -> bytes:
    padded = bits + "1" * (-len(bits) % 8)
    coded = int(padded, 2).to_bytes(len(padded) // 8, "big")
    headers = b"".join(
        struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body
        for marker, body in segments
    )
    return b"\xff\xd8" + headers + coded.replace(b"\xff", b"\xff\0") + b"\xff\xd9"
