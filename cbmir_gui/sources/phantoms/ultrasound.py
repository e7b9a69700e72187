"""Ultrasound: speckle, log compression and the fan of a curved probe."""

import numpy as np

from cbmir_gui.core.records import FloatArray
from cbmir_gui.sources.phantoms import texture
from cbmir_gui.sources.phantoms.phantom import Attributes, Drawing


def speckle(
    rng: np.random.Generator, shape: tuple[int, int], axial_px: float, lateral_px: float
) -> FloatArray:
    """Return speckle amplitudes of mean 1.

    Scatterers far below the resolution cell add up with random phases: a complex
    normal field, smoothed by the pulse, whose modulus is Rayleigh distributed. Two
    such looks are averaged, as in spatial compounding.
    """
    stretch = lateral_px / axial_px
    parts = [texture.smooth(rng, shape, axial_px, stretch) for _ in range(4)]
    looks = np.hypot(parts[0], parts[1]) + np.hypot(parts[2], parts[3])
    return np.asarray(looks / (2 * np.sqrt(np.pi / 2)), np.float32)


def compress(amplitude: FloatArray, range_db: float) -> FloatArray:
    """Map amplitudes to [0, 1]: 1 stays 1, what is `range_db` below becomes 0."""
    decibel = 20 * np.log10(np.maximum(amplitude, 1e-6))
    # The gray map of most scanners darkens the middle of the range.
    return np.asarray(np.clip(1 + (decibel - 4) / range_db, 0, 1) ** 1.7, np.float32)


def picture(shown: FloatArray, spacing: float, attributes: Attributes) -> Drawing:
    """Turn [0, 1] into an 8-bit picture, which is shown as it is."""
    return Drawing(
        shown * 255, spacing, (127.5, 256.0), bits_stored=8, attributes=attributes
    )


def fan_coordinates(
    shape: tuple[int, int], opening_degrees: float, probe_radius: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return depth and angle of each pixel of a fan that fills the picture's height.

    Returns
    -------
    depth : (height, width)
        0 at the probe's face, 1 at the lower end.
    angle : (height, width)
        -1 at the left and 1 at the right edge of the fan.
    cover : (height, width)
        1 inside the fan.

    Notes
    -----
    `probe_radius` is relative to the depth of the picture.
    """
    height, width = shape
    half = np.radians(opening_degrees / 2)
    scale = (1 + probe_radius * (1 - np.cos(half))) / (height - 8)
    y = (np.arange(height) - 4) * scale + probe_radius * np.cos(half)
    x = (np.arange(width) - (width - 1) / 2) * scale
    radius = np.hypot(x[None, :], y[:, None])
    angle = np.arctan2(x[None, :], y[:, None]) / half
    depth = radius - probe_radius
    soft = scale * 1.2
    edge = np.maximum(
        np.maximum(-depth, depth - 1), (np.abs(angle) - 1) * radius * half
    )
    cover = np.clip(0.5 - edge / soft, 0, 1)
    return depth.astype(np.float32), angle.astype(np.float32), cover.astype(np.float32)
