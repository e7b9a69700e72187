"""Small versions of an image, for grids and previews."""

import cv2
import numpy as np

from cbmir_gui.core.records import ImageArray
from cbmir_gui.imaging.raster import encode_jpeg

THUMBNAIL_PX = 192
THUMBNAIL_QUALITY = 85


def shrink(pixels: ImageArray, max_side_px: int) -> ImageArray:
    """Scale down so that the longer side is at most `max_side_px`; never up."""
    height, width = pixels.shape[:2]
    scale = max_side_px / max(height, width)
    if scale >= 1:
        return pixels
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.uint8)


def make_thumbnail(pixels: ImageArray, size_px: int = THUMBNAIL_PX) -> bytes:
    """Return a JPEG whose longer side is at most `size_px`."""
    return encode_jpeg(shrink(pixels, size_px), THUMBNAIL_QUALITY)
