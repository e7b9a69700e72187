"""Random changes to training images that defeat what must not decide.

Resolution, borders, aspect, contrast and orientation leak the source of an image, so
each of them is drawn at random. Every draw comes from the generator that is passed in:
the same seed gives the same picture.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cbmir_gui.core.records import ImageArray
from cbmir_gui.imaging import transforms

_MAX_GRAY_SPREAD = 4.0
"""Levels between the channels, on average; coloured annotations are allowed."""


@dataclass(frozen=True, slots=True)
class AugmentationRanges:
    """How far images are changed; probabilities are per image."""

    min_zoom: float = 0.85
    """Below 1 the image gets a border."""
    max_zoom: float = 1.9
    max_aspect: float = 1.25
    max_rotation_degrees: float = 15.0
    mirror_probability: float = 0.5
    flip_probability: float = 0.1
    """Upside down, as slices without an orientation may arrive."""
    invert_probability: float = 0.12
    """Gray images only: emission images and radiographs are shown in both
    polarities."""
    low_resolution_probability: float = 0.3
    min_resolution_px: int = 32
    blur_probability: float = 0.1
    jpeg_probability: float = 0.15
    noise_probability: float = 0.2
    tones_probability: float = 0.7
    gray_probability: float = 0.1
    erase_probability: float = 0.25


def augment(
    pixels: ImageArray,
    size_px: int,
    rng: np.random.Generator,
    ranges: AugmentationRanges = AugmentationRanges(),
) -> ImageArray:
    """Return a random view of a square image.

    Parameters
    ----------
    pixels : (height, width, 3)
    size_px
        Side of the result.

    Returns
    -------
    (size_px, size_px, 3)
    """
    if rng.random() < ranges.low_resolution_probability:
        side = int(rng.integers(ranges.min_resolution_px, 129))
        pixels = transforms.lower_resolution(pixels, side)
    zoom = float(np.exp(rng.uniform(np.log(ranges.min_zoom), np.log(ranges.max_zoom))))
    whole_px = max(1, round(size_px * zoom))
    if whole_px < pixels.shape[0]:
        # Averaged first: the warp below takes single pixels and would alias.
        pixels = transforms.resize(pixels, whole_px, whole_px)
    placement = _random_map(pixels.shape[0], size_px, zoom, rng, ranges)
    view = transforms.warp(pixels, placement, size_px, _fill(rng))
    if rng.random() < ranges.tones_probability:
        view = transforms.adjust_tones(
            view,
            gain=rng.uniform(0.6, 1.4),
            offset=rng.uniform(-0.15, 0.15),
            gamma=float(np.exp(rng.uniform(-0.5, 0.5))),
        )
    if rng.random() < ranges.invert_probability and _is_gray(view):
        view = np.asarray(255 - view, np.uint8)
    if rng.random() < ranges.gray_probability:
        view = transforms.to_rgb(transforms.to_gray(view))
    if rng.random() < ranges.blur_probability:
        view = transforms.blur(view, rng.uniform(0.4, 1.2))
    if rng.random() < ranges.jpeg_probability:
        view = transforms.compress_as_jpeg(view, int(rng.integers(25, 90)))
    if rng.random() < ranges.noise_probability:
        view = _add_noise(view, rng)
    if rng.random() < ranges.erase_probability:
        view = _erase(view, rng)
    return view


def centre_view(pixels: ImageArray, size_px: int) -> ImageArray:
    """Return the whole image at `size_px`, as validation sees it."""
    return transforms.resize(pixels, size_px, size_px)


def _random_map(
    side_px: int,
    size_px: int,
    zoom: float,
    rng: np.random.Generator,
    ranges: AugmentationRanges,
) -> NDArray[np.float64]:
    aspect = float(np.exp(rng.uniform(-1, 1) * np.log(ranges.max_aspect) / 2))
    angle = np.deg2rad(
        rng.uniform(-ranges.max_rotation_degrees, ranges.max_rotation_degrees)
    )
    mirror = -1.0 if rng.random() < ranges.mirror_probability else 1.0
    flip = -1.0 if rng.random() < ranges.flip_probability else 1.0
    step = side_px / size_px / zoom
    scale = np.diag([mirror * step * aspect, flip * step / aspect])
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = turn @ scale
    slack = max(0.0, 1.0 - 1.0 / zoom) * side_px / 2
    shift = rng.uniform(-1, 1, 2) * max(slack, 0.06 * side_px)
    centre_in = np.full(2, (side_px - 1) / 2) + shift
    centre_out = np.full(2, (size_px - 1) / 2)
    return np.column_stack([linear, centre_in - linear @ centre_out])


def _is_gray(view: ImageArray) -> bool:
    channels = view.astype(np.int16)
    return bool(np.ptp(channels, axis=2).mean() < _MAX_GRAY_SPREAD)


def _fill(rng: np.random.Generator) -> tuple[int, int, int] | None:
    choice = rng.random()
    if choice < 0.5:
        return (0, 0, 0)
    if choice < 0.75:
        return None
    level = int(rng.integers(0, 256))
    return (level, level, level)


def _add_noise(view: ImageArray, rng: np.random.Generator) -> ImageArray:
    noise = rng.normal(0.0, rng.uniform(2.0, 12.0), view.shape[:2]).astype(np.float32)
    noisy = view.astype(np.float32) + noise[:, :, np.newaxis]
    return np.asarray(np.clip(noisy, 0, 255), np.uint8)


def _erase(view: ImageArray, rng: np.random.Generator) -> ImageArray:
    size = view.shape[0]
    height, width = (int(size * rng.uniform(0.1, 0.35)) for _ in range(2))
    top = int(rng.integers(0, size - height))
    left = int(rng.integers(0, size - width))
    erased = view.copy()
    erased[top : top + height, left : left + width] = rng.integers(0, 256)
    return erased
