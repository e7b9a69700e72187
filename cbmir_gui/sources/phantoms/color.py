"""Photographs: mixing colors in place, and what a lens does to them."""

import numpy as np

from cbmir_gui.core.records import FloatArray
from cbmir_gui.sources.phantoms import texture
from cbmir_gui.sources.phantoms.phantom import Attributes, Drawing

Color = tuple[float, float, float]
"""Red, green, blue; 0 to 255."""


def plain(shape: tuple[int, int], color: Color) -> FloatArray:
    """Return (height, width, 3) of one color."""
    return np.broadcast_to(np.asarray(color, np.float32), (*shape, 3)).copy()


def mix(picture: FloatArray, color: Color | FloatArray, cover: FloatArray) -> None:
    """Lay a color over (height, width, 3) in place, where `cover` is above 0."""
    cover = cover[..., None]
    picture += (np.asarray(color, np.float32) - picture) * cover


def stain(picture: FloatArray, absorbed: Color, amount: FloatArray) -> None:
    """Let a dye take away light in place: `absorbed` per unit of `amount`."""
    picture *= np.exp(-amount[..., None] * np.asarray(absorbed, np.float32))


def expose(
    picture: FloatArray, rng: np.random.Generator, blur_px: float, noise: float
) -> FloatArray:
    """Return the picture slightly out of focus and with the sensor's noise."""
    planes = [texture.blur(picture[..., channel], blur_px) for channel in range(3)]
    seen = np.stack(planes, axis=-1)
    seen += noise * rng.standard_normal(seen.shape, dtype=np.float32)
    return np.clip(seen, 0, 255)


def photograph(
    values: FloatArray, spacing_mm: float, attributes: Attributes | None = None
) -> Drawing:
    """Turn (height, width, 3) RGB from 0 to 255 into a drawing."""
    return Drawing(
        values,
        spacing_mm,
        bits_stored=8,
        photometric="RGB",
        attributes=attributes or {},
    )
