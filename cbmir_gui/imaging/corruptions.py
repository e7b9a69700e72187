"""What another hospital's images may look like: pictures spoilt in a stated way.

Every corruption is a pure function of the pixels: the same picture is always spoilt
alike. Strengths that are lengths are shares of the picture's longer side, so that a
small picture suffers as much as a large one. After Hendrycks & Dietterich 2019,
"Benchmarking neural network robustness to common corruptions and perturbations".
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cbmir_gui.core.errors import CbmirError
from cbmir_gui.core.records import ImageArray
from cbmir_gui.imaging.transforms import (
    adjust_tones,
    blur,
    compress_as_jpeg,
    lower_resolution,
)

ALL = "all"
BLUR_SHARE = 2 / 256
LOW_RESOLUTION_PX = 64
BORDER_SHARE = 0.1
CROP_SHARE = 0.8
CROP_SEED = 1
BRIGHTNESS_OFFSET = 0.2
LOW_CONTRAST_GAIN = 0.6
HIGH_CONTRAST_GAIN = 1.5
JPEG_QUALITY = 30
_VERSION = 1
"""To be raised when a corruption changes and its stated strength does not."""


@dataclass(frozen=True, slots=True)
class Corruption:
    """One way to spoil a decoded image."""

    name: str
    strength: str
    """How strongly, in words and figures."""
    apply: Callable[[ImageArray], ImageArray]
    """Gray or RGB pixels in, pixels of the same number of channels out; the input
    stays as it is."""

    @property
    def key(self) -> str:
        """Tells features of images that it has spoilt from all others."""
        return f"corruption {self.name}: {self.strength}, version {_VERSION}"


def blur_image(pixels: ImageArray) -> ImageArray:
    """Blur with a Gaussian whose standard deviation is 1/128 of the longer side."""
    return blur(pixels, max(pixels.shape[:2]) * BLUR_SHARE)


def add_border(pixels: ImageArray, level: int) -> ImageArray:
    """Put a frame of one gray level around the picture: 10 % of the longer side."""
    width_px = round(max(pixels.shape[:2]) * BORDER_SHARE)
    around = [(width_px, width_px)] * 2 + [(0, 0)] * (pixels.ndim - 2)
    return np.pad(pixels, around, constant_values=level)


def crop(pixels: ImageArray) -> ImageArray:
    """Keep 80 % of the width and of the height, at a place drawn for the picture."""
    rng = np.random.default_rng([CROP_SEED, zlib.crc32(pixels.tobytes())])
    sides = [max(1, round(side * CROP_SHARE)) for side in pixels.shape[:2]]
    top, left = (
        int(rng.integers(0, whole - part + 1))
        for whole, part in zip(pixels.shape[:2], sides, strict=True)
    )
    return pixels[top : top + sides[0], left : left + sides[1]].copy()


def shift_brightness(pixels: ImageArray, offset: float) -> ImageArray:
    """Add `offset` of the full range to every value, clipped."""
    return adjust_tones(pixels, gain=1.0, offset=offset, gamma=1.0)


def scale_contrast(pixels: ImageArray, gain: float) -> ImageArray:
    """Multiply the distance to middle gray by `gain`, clipped."""
    return adjust_tones(pixels, gain=gain, offset=(1 - gain) / 2, gamma=1.0)


CORRUPTIONS: tuple[Corruption, ...] = (
    Corruption("blur", "Gaussian, sigma 1/128 of the longer side", blur_image),
    Corruption(
        "resolution",
        f"longer side shrunk to {LOW_RESOLUTION_PX} px and enlarged again",
        lambda pixels: lower_resolution(pixels, LOW_RESOLUTION_PX),
    ),
    Corruption(
        "black_border",
        f"black frame, {BORDER_SHARE:.0%} of the longer side wide",
        lambda pixels: add_border(pixels, 0),
    ),
    Corruption(
        "white_border",
        f"white frame, {BORDER_SHARE:.0%} of the longer side wide",
        lambda pixels: add_border(pixels, 255),
    ),
    Corruption(
        "crop",
        f"{CROP_SHARE:.0%} of width and height kept, place drawn with seed {CROP_SEED}",
        crop,
    ),
    Corruption(
        "brighter",
        f"{BRIGHTNESS_OFFSET:.0%} of the range added",
        lambda pixels: shift_brightness(pixels, BRIGHTNESS_OFFSET),
    ),
    Corruption(
        "darker",
        f"{BRIGHTNESS_OFFSET:.0%} of the range taken away",
        lambda pixels: shift_brightness(pixels, -BRIGHTNESS_OFFSET),
    ),
    Corruption(
        "low_contrast",
        f"distance to middle gray times {LOW_CONTRAST_GAIN}",
        lambda pixels: scale_contrast(pixels, LOW_CONTRAST_GAIN),
    ),
    Corruption(
        "high_contrast",
        f"distance to middle gray times {HIGH_CONTRAST_GAIN}",
        lambda pixels: scale_contrast(pixels, HIGH_CONTRAST_GAIN),
    ),
    Corruption(
        "jpeg",
        f"JPEG of quality {JPEG_QUALITY}",
        lambda pixels: compress_as_jpeg(pixels, JPEG_QUALITY),
    ),
)


def choose_corruptions(name: str) -> tuple[Corruption, ...]:
    """Return the named corruption, every one for "all", none for an empty name.

    Raises
    ------
    CbmirError
        There is no such corruption.
    """
    chosen = tuple(item for item in CORRUPTIONS if name in {ALL, item.name})
    if name and not chosen:
        names = ", ".join(item.name for item in CORRUPTIONS)
        raise CbmirError(
            f"There is no corruption '{name}'. Choose {ALL}, or one of: {names}."
        )
    return chosen
