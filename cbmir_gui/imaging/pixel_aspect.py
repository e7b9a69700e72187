"""Pixels that are not square: what a DICOM file says of them, and their cure."""

import cv2
import numpy as np
from pydicom.dataset import Dataset

from cbmir_gui.core.records import ImageArray
from cbmir_gui.imaging.dicom_values import frame_group, numbers
from cbmir_gui.imaging.limits import MAX_FRAME_PIXELS

_SPACINGS = ("PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing")
_SQUARE = 0.01
"""Spacings differ by rounding; nobody sees less than one percent."""
_LARGEST = 20.0
"""What is said to be longer is a mistake."""


def read_pixel_aspect(ds: Dataset, index: int) -> float:
    """Return height / width of a pixel of frame `index` (from 0); 1 where it is square.

    Also 1 where the file does not say, or what cannot be.

    References
    ----------
    DICOM PS3.3 C.7.6.3.1.7 (Pixel Aspect Ratio), 10.7.1.3 (Pixel Spacing: first
    between rows, then between columns), C.7.6.16.2.1 (Pixel Measures).
    """
    measures = frame_group(ds, index, "PixelMeasuresSequence")
    sources = [(measures, "PixelSpacing")] if measures is not None else []
    sources += [(ds, keyword) for keyword in (*_SPACINGS, "PixelAspectRatio")]
    for source, keyword in sources:
        values = numbers(source, keyword)
        if len(values) != 2 or not (values[0] > 0 and values[1] > 0):
            continue
        aspect = values[0] / values[1]
        if not 1 / _LARGEST <= aspect <= _LARGEST:
            continue
        return 1.0 if abs(aspect - 1) <= _SQUARE else aspect
    return 1.0


def with_square_pixels(pixels: ImageArray, aspect: float) -> ImageArray:
    """Stretch an image of pixels that are `aspect` times as high as wide.

    The side with the larger spacing grows, so that nothing is lost; the other one
    shrinks where the image would become too large.
    """
    if aspect == 1.0:
        return pixels
    height, width = pixels.shape[:2]
    grown = height * max(1.0, aspect), width * max(1.0, 1 / aspect)
    if grown[0] * grown[1] > MAX_FRAME_PIXELS:
        grown = height * min(1.0, aspect), width * min(1.0, 1 / aspect)
    size = (max(1, round(grown[1])), max(1, round(grown[0])))
    shrinks = size[0] * size[1] < width * height
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(pixels, size, interpolation=method), np.uint8)
