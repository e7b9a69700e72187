"""Geometry and degradations of 8-bit images; knows no files, features or labels.

All functions take and return `uint8` pixels as shown, (height, width) or
(height, width, 3) RGB, and never change their input.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from cbmir_gui.core.records import ImageArray

LUMA = (0.299, 0.587, 0.114)
"""Weights of red, green and blue in the gray value (ITU-R BT.601)."""
_BACKGROUND_SPREAD = 12
_BACKGROUND_SHARE = 0.9
"""An image ends on an even background if so much of its outermost line lies within so
many levels of its median."""


def to_rgb(pixels: ImageArray) -> ImageArray:
    """Return (height, width, 3); gray is repeated in the three channels."""
    if pixels.ndim == 3:
        return pixels
    return np.repeat(pixels[:, :, np.newaxis], 3, axis=2)


def to_gray(pixels: ImageArray) -> ImageArray:
    """Return (height, width): ITU-R BT.601 luma of RGB."""
    if pixels.ndim == 2:
        return pixels
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)


def resize(pixels: ImageArray, width: int, height: int) -> ImageArray:
    """Resize; averages when shrinking, so that fine patterns do not alias."""
    shrinks = width * height < pixels.shape[0] * pixels.shape[1]
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    resized = cv2.resize(pixels, (width, height), interpolation=interpolation)
    return np.asarray(resized, np.uint8)


def letterbox(
    pixels: ImageArray, size_px: int, continue_background: bool = False
) -> ImageArray:
    """Fit the image into a square with its aspect kept, centred on black.

    Parameters
    ----------
    pixels : (height, width) or (height, width, 3)
    size_px
        Side of the square.
    continue_background
        Where the image ends on an even background, e.g. on the white of a scintigram,
        centre it on that instead: black bars beside it would look like anatomy.

    Returns
    -------
    (size_px, size_px, 3)
    """
    height, width = pixels.shape[:2]
    scale = size_px / max(height, width)
    new_height = max(1, round(height * scale))
    new_width = max(1, round(width * scale))
    small = resize(pixels, new_width, new_height)
    square = np.zeros((size_px, size_px, 3), np.uint8)
    if continue_background and small.shape[:2] != square.shape[:2]:
        square[:] = _even_background(to_rgb(small))
    top = (size_px - new_height) // 2
    left = (size_px - new_width) // 2
    square[top : top + new_height, left : left + new_width] = to_rgb(small)
    return square


def _even_background(pixels: ImageArray) -> NDArray[np.uint8]:
    """Return the colour that an image ends on; black where there is no such colour."""
    edges = (pixels[0], pixels[-1], pixels[1:-1, 0], pixels[1:-1, -1])
    border = np.concatenate(edges).astype(np.int16)
    color = np.median(border, axis=0)
    near = np.abs(border - color).max(axis=1) <= _BACKGROUND_SPREAD
    if near.mean() < _BACKGROUND_SHARE:
        return np.zeros(3, np.uint8)
    return np.asarray(color, np.uint8)


def warp(
    pixels: ImageArray,
    matrix: NDArray[np.float64],
    size_px: int,
    fill: tuple[int, int, int] | None,
) -> ImageArray:
    """Sample a square image through an affine map.

    Parameters
    ----------
    pixels : (height, width, 3)
    matrix : (2, 3)
        Maps output pixel coordinates (x, y, 1) to input coordinates.
    size_px
        Side of the result.
    fill
        RGB outside the input; None repeats a mirrored border.
    """
    border = cv2.BORDER_REFLECT_101 if fill is None else cv2.BORDER_CONSTANT
    warped = cv2.warpAffine(
        pixels,
        matrix,
        (size_px, size_px),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=border,
        borderValue=fill or (0, 0, 0),
    )
    return np.asarray(warped, np.uint8)


def lower_resolution(pixels: ImageArray, side_px: int) -> ImageArray:
    """Shrink the longer side to `side_px` and enlarge it again: detail is lost."""
    height, width = pixels.shape[:2]
    scale = min(1.0, side_px / max(height, width))
    small = resize(pixels, max(1, round(width * scale)), max(1, round(height * scale)))
    return resize(small, width, height)


def blur(pixels: ImageArray, sigma_px: float) -> ImageArray:
    """Gaussian blur with a standard deviation of `sigma_px` pixels."""
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), sigma_px), np.uint8)


def compress_as_jpeg(pixels: ImageArray, quality: int) -> ImageArray:
    """Encode as JPEG and decode again: the picture gets its artefacts.

    The channel order does not matter to a round trip, so RGB goes in as it is.
    """
    _, encoded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    flags = cv2.IMREAD_GRAYSCALE if pixels.ndim == 2 else cv2.IMREAD_COLOR
    return np.asarray(cv2.imdecode(encoded, flags), np.uint8)


def adjust_tones(
    pixels: ImageArray, gain: float, offset: float, gamma: float
) -> ImageArray:
    """Apply ``clip(gain * (x ** gamma) + offset)`` with x in [0, 1]."""
    levels = np.linspace(0.0, 1.0, 256) ** gamma
    table = np.clip(gain * levels + offset, 0.0, 1.0) * 255.0
    return np.asarray(cv2.LUT(pixels, np.rint(table).astype(np.uint8)), np.uint8)
