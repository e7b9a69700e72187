"""Random fields and filters with a chosen scale."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from cbmir_gui.core.records import FloatArray
from cbmir_gui.sources.phantoms.geometry import Field

Shape = tuple[int, int]
_NEGLIGIBLE = 1e-3


def white(rng: np.random.Generator, shape: Shape) -> FloatArray:
    """Return independent normal values."""
    return rng.standard_normal(shape, dtype=np.float32)


def smooth(
    rng: np.random.Generator, shape: Shape, scale_px: float, stretch: float = 1.0
) -> FloatArray:
    """Return a smooth field of unit deviation; `stretch` > 1 lengthens it along x."""
    return _field(rng, _smooth_gain(shape, scale_px, stretch), shape)


def bumps(
    rng: np.random.Generator, shape: Shape, wavelength_px: float, spread: float = 0.3
) -> FloatArray:
    """Return a field of unit deviation in which one wavelength prevails.

    `spread` is the deviation of its logarithm, in octaves.
    """
    return _field(rng, _bump_gain(shape, wavelength_px, spread), shape)


def clouds(
    rng: np.random.Generator, shape: Shape, coarsest_px: float, slope: float = 1.5
) -> FloatArray:
    """Return fractal noise of unit deviation whose amplitude falls with frequency."""
    return _field(rng, _cloud_gain(shape, coarsest_px, slope), shape)


def grain(rng: np.random.Generator, shape: Shape, cutoff: float = 0.25) -> FloatArray:
    """Return noise as filtered back-projection leaves it: few low frequencies.

    `cutoff` is in cycles per pixel.
    """
    return _field(rng, _grain_gain(shape, cutoff), shape)


@lru_cache(maxsize=64)
def _smooth_gain(shape: Shape, scale_px: float, stretch: float) -> FloatArray:
    def gain(fx: FloatArray, fy: FloatArray) -> FloatArray:
        square = (fx * stretch) ** 2 + fy**2
        return np.asarray(np.exp(-2 * (np.pi * scale_px) ** 2 * square), np.float32)

    return _gain(shape, gain)


@lru_cache(maxsize=64)
def _bump_gain(shape: Shape, wavelength_px: float, spread: float) -> FloatArray:
    def gain(fx: FloatArray, fy: FloatArray) -> FloatArray:
        octaves = np.log2(np.maximum(np.hypot(fx, fy), 1e-6) * wavelength_px)
        return np.exp(-np.square(octaves / spread) / 2)

    return _gain(shape, gain)


@lru_cache(maxsize=64)
def _cloud_gain(shape: Shape, coarsest_px: float, slope: float) -> FloatArray:
    return _gain(shape, lambda fx, fy: (np.hypot(fx, fy) + 1 / coarsest_px) ** -slope)


@lru_cache(maxsize=64)
def _grain_gain(shape: Shape, cutoff: float) -> FloatArray:
    def gain(fx: FloatArray, fy: FloatArray) -> FloatArray:
        frequency = np.hypot(fx, fy)
        return np.sqrt(frequency) * np.exp(-np.square(frequency / cutoff))

    return _gain(shape, gain)


def _gain(shape: Shape, gain: Callable[[FloatArray, FloatArray], Field]) -> FloatArray:
    """Tabulate a gain over frequency (cycles per pixel), as far as it is not 0."""
    fx = np.fft.rfftfreq(shape[1]).astype(np.float32)[None, :]
    fy = np.fft.fftfreq(shape[0]).astype(np.float32)[:, None]
    table = np.asarray(gain(fx, fy), np.float32)
    used = np.flatnonzero(table.max(axis=0) > _NEGLIGIBLE * table.max())
    return table[:, : used[-1] + 1]


def _field(rng: np.random.Generator, gain: FloatArray, shape: Shape) -> FloatArray:
    """Draw a random spectrum, and return its field with mean 0 and deviation 1."""
    parts = rng.standard_normal((*gain.shape, 2), dtype=np.float32)
    spectrum: NDArray[np.complex64] = parts.view(np.complex64)[..., 0] * gain
    rows = np.fft.ifft(spectrum, axis=0)
    field = np.fft.irfft(rows, n=shape[1], axis=1).astype(np.float32)
    return np.asarray((field - field.mean()) / max(float(field.std()), 1e-9))


def blur(image: Field, sigma_px: float) -> FloatArray:
    """Smooth (height, width) with a Gaussian; outside, the border pixels go on."""
    # A wide Gaussian leaves nothing that a coarser grid could not hold.
    factor = max(int(sigma_px / 3), 1)
    seen = image.astype(np.float32, copy=False)
    for axis in (0, 1):
        seen = _shrunk(np.moveaxis(seen, axis, 0), factor)
        seen = np.moveaxis(_convolved(seen, sigma_px / factor), 0, axis)
    for axis, size in enumerate(image.shape):
        wide = _enlarged(np.moveaxis(seen, axis, 0), factor, size)
        seen = np.moveaxis(wide, 0, axis)
    return seen


def _shrunk(image: FloatArray, factor: int) -> FloatArray:
    """Average groups of `factor` rows."""
    if factor == 1:
        return image
    missing = -image.shape[0] % factor
    whole = np.pad(image, ((0, missing), (0, 0)), mode="edge")
    return np.asarray(
        whole.reshape(-1, factor, image.shape[1]).mean(axis=1), np.float32
    )


def _convolved(image: FloatArray, sigma_rows: float) -> FloatArray:
    """Smooth along the rows' axis."""
    reach = int(3 * sigma_rows) + 1
    place = np.arange(-reach, reach + 1)
    weights = np.exp(-np.square(place / sigma_rows) / 2)
    weights /= weights.sum()
    padded = np.pad(image, ((reach, reach), (0, 0)), mode="edge")
    total = np.zeros_like(image)
    for step, weight in enumerate(weights.tolist()):
        total += weight * padded[step : step + image.shape[0]]
    return total


def _enlarged(image: FloatArray, factor: int, size: int) -> FloatArray:
    """Interpolate between rows that stand for `factor` rows each."""
    if factor == 1:
        return image
    place = (np.arange(size, dtype=np.float32) + 0.5) / factor - 0.5
    place = np.clip(place, 0, image.shape[0] - 1.001)
    low = place.astype(np.int32)
    part = (place - low)[:, None]
    return np.asarray(image[low] * (1 - part) + image[low + 1] * part, np.float32)


def zero_distance(field: Field) -> FloatArray:
    """Return for each pixel about how far, in pixels, the next zero of `field` is."""
    dy, dx = np.gradient(field)
    return np.asarray(np.abs(field) / (np.hypot(dx, dy) + 1e-3), np.float32)


def sample(image: FloatArray, rows: Field, columns: Field) -> FloatArray:
    """Read (height, width) between its pixels; outside, the border goes on."""
    height, width = image.shape
    rows = np.clip(rows, 0, height - 1.001)
    columns = np.clip(columns, 0, width - 1.001)
    top, left = rows.astype(np.int32), columns.astype(np.int32)
    down, right = rows - top, columns - left
    upper = image[top, left] * (1 - right) + image[top, left + 1] * right
    lower = image[top + 1, left] * (1 - right) + image[top + 1, left + 1] * right
    return np.asarray(upper * (1 - down) + lower * down, np.float32)
