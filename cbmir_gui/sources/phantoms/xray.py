"""Projection radiography: line integrals, Beer-Lambert law, detector noise."""

import numpy as np

from cbmir_gui.core.records import FloatArray
from cbmir_gui.sources.phantoms import texture
from cbmir_gui.sources.phantoms.geometry import Field, Grid, Point
from cbmir_gui.sources.phantoms.phantom import Attributes, Drawing, Photometric

TISSUE_PER_MM = 0.021
"""Attenuation of soft tissue at about 60 keV."""
BONE_PER_MM = 0.060
"""Attenuation of compact bone, without what soft tissue in its place would take."""
FULL_SCALE = 4095.0

_LETTERS = {
    "L": ("1....", "1....", "1....", "1....", "1....", "1....", "11111"),
    "R": ("1111.", "1...1", "1...1", "1111.", "1.1..", "1..1.", "1...1"),
}


def chord(distance: Field, radius: float | Field) -> FloatArray:
    """Return the way through a cylinder or ball, `distance` from its axis, in mm."""
    return np.asarray(
        2 * np.sqrt(np.clip(np.square(radius) - np.square(distance), 0, None)),
        np.float32,
    )


def shell(distance: Field, radius: float | Field, wall: float | Field) -> FloatArray:
    """Return the way through the wall of a hollow cylinder or ball, in mm."""
    hollow = np.clip(np.asarray(radius - wall, np.float32), 0, None)
    return chord(distance, radius) - chord(distance, hollow)


def add_marker(attenuation: FloatArray, grid: Grid, letter: str, place: Point) -> None:
    """Put a lead letter, 9 mm wide, beside the patient."""
    rows = np.array([[c == "1" for c in row] for row in _LETTERS[letter]], np.float32)
    column = (grid.x - place[0]) / 1.9 + 2
    row = (grid.y - place[1]) / 1.9 + 3
    lead = texture.sample(np.pad(rows, 1), row + 1, column + 1)
    attenuation += 3.0 * np.clip(3 * lead - 1, 0, 1)


def expose(
    attenuation: FloatArray,
    grid: Grid,
    rng: np.random.Generator,
    *,
    photons: float,
    blur_px: float,
    percentiles: tuple[float, float],
    detail: float,
    photometric: Photometric,
    attributes: Attributes,
) -> Drawing:
    """Send photons through line integrals of attenuation, and develop the image.

    Parameters
    ----------
    attenuation : (height, width)
        Sum of attenuation coefficient times length along each ray.
    photons
        Mean count of an unattenuated pixel.
    percentiles
        Of the attenuation: what is shown black and white.
    detail
        How much structures below 2 cm are raised against larger ones, as the
        processing of a digital system does.
    """
    through = np.exp(-attenuation)
    # Scattered photons fog the image behind thick parts.
    fog = 0.06 * texture.blur(through, 18)
    counts = rng.poisson(photons * texture.blur(through + fog, blur_px))
    density = -np.log(np.maximum(counts, 1) / photons).astype(np.float32)
    density += detail * (density - texture.blur(density, 20 / grid.spacing / 2))
    low, high = np.percentile(density, percentiles)
    white = np.clip((density - low) / (high - low), -0.15, 1.15)
    shown = white if photometric == "MONOCHROME2" else 1 - white
    values = 0.13 * FULL_SCALE + 0.74 * FULL_SCALE * shown
    return Drawing(
        np.clip(values, 0, FULL_SCALE),
        grid.spacing,
        (FULL_SCALE / 2, 0.74 * FULL_SCALE),
        photometric=photometric,
        attributes=attributes,
    )
