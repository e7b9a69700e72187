"""Colours of DICOM images as 8-bit RGB."""

import cv2
import numpy as np
from numpy.typing import NDArray

from cbmir_gui.core.records import ImageArray
from cbmir_gui.imaging.dicom_native import StoredArray

RGB_AFTER_DECODING = frozenset({"RGB", "YBR_ICT", "YBR_RCT"})
"""JPEG 2000 decoders undo their own colour transforms."""


def _to_rgb_matrix(
    luma_range: float, chroma_range: float, black: float
) -> NDArray[np.float64]:
    """Return the 3 x 4 matrix from (Y, Cb, Cr, 1) to RGB (ITU-R BT.601)."""
    luma, chroma = 255.0 / luma_range, 255.0 / chroma_range
    columns = np.array(
        [
            [luma, 0.0, 1.402 * chroma],
            [luma, -0.344136 * chroma, -0.714136 * chroma],
            [luma, 1.772 * chroma, 0.0],
        ]
    )
    return np.hstack([columns, columns @ np.array([[-black], [-128.0], [-128.0]])])


_MATRICES = {
    "YBR_FULL": _to_rgb_matrix(255.0, 255.0, 0.0),
    "YBR_FULL_422": _to_rgb_matrix(255.0, 255.0, 0.0),
    "YBR_PARTIAL_422": _to_rgb_matrix(219.0, 224.0, 16.0),
    "YBR_PARTIAL_420": _to_rgb_matrix(219.0, 224.0, 16.0),
}


def is_color(photometric: str) -> bool:
    """Whether `to_rgb` knows this photometric interpretation."""
    return photometric in RGB_AFTER_DECODING or photometric in _MATRICES


def to_rgb(stored: StoredArray, bits_stored: int, photometric: str) -> ImageArray:
    """Return (height, width, 3) RGB; deeper samples keep their upper eight bits.

    Samples of fewer bits are spread over the eight.

    References
    ----------
    DICOM PS3.3 C.7.6.3.1.2.
    """
    samples = np.ascontiguousarray(_to_8_bits(stored, bits_stored))
    if photometric in RGB_AFTER_DECODING:
        return samples
    return np.asarray(cv2.transform(samples, _MATRICES[photometric]), np.uint8)


def _to_8_bits(stored: StoredArray, bits_stored: int) -> ImageArray:
    if np.issubdtype(stored.dtype, np.floating):
        return np.clip(np.nan_to_num(stored) * 255, 0, 255).astype(np.uint8)
    unsigned = stored.view(f"u{stored.dtype.itemsize}")
    if bits_stored > 8:
        unsigned = np.right_shift(unsigned, bits_stored - 8)
    elif bits_stored < 8:
        largest = 2**bits_stored - 1
        spread = (np.arange(256) & largest) * 255 // largest
        unsigned = spread.astype(np.uint8)[unsigned & 0xFF]
    return unsigned.astype(np.uint8, copy=False)
