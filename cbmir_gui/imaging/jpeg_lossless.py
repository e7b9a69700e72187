"""Lossless JPEG of 2 to 8 bits in gray, through OpenCV.

GDCM, which reads the deeper ones, ends the process where the header declares fewer bits
than the 8 that it allocates.
"""

import cv2
import numpy as np

from cbmir_gui.core.errors import DamagedImageError
from cbmir_gui.imaging.codestreams import StreamSize
from cbmir_gui.imaging.dicom_header import EXPORT_AGAIN, ImageHeader, SampleBits
from cbmir_gui.imaging.dicom_native import StoredArray, used_bits


def decode_small_lossless_jpeg(
    encoded: bytes, size: StreamSize, header: ImageHeader, name: str
) -> StoredArray:
    """Return the stored values of one frame, (height, width).

    Raises
    ------
    DamagedImageError
        It cannot be decoded.
    """
    decoded = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_UNCHANGED)
    if decoded is None or decoded.shape != (header.height, header.width):
        raise DamagedImageError(
            name, "its lossless JPEG data are damaged", EXPORT_AGAIN
        )
    stored = min(header.bits.stored, size.bits)
    bits = SampleBits(8, stored, stored - 1, header.bits.signed)
    return used_bits(np.asarray(decoded, np.uint8), bits)
