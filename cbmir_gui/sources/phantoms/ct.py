"""Computed tomography: Hounsfield units, couch, resolution and noise."""

import numpy as np

from cbmir_gui.core.records import FloatArray
from cbmir_gui.sources.phantoms import geometry, texture
from cbmir_gui.sources.phantoms.geometry import Grid
from cbmir_gui.sources.phantoms.phantom import Attributes, Drawing

AIR, LUNG, FAT, WATER, MUSCLE = -1000.0, -860.0, -100.0, 0.0, 55.0
BLOOD, SPONGIOSA, CORTEX = 45.0, 320.0, 1100.0
SIZE = 256


def add_couch(hu: FloatArray, grid: Grid, top_mm: float, curvature: float) -> None:
    """Lay the patient on a couch whose shell is seen as two thin arcs.

    Parameters
    ----------
    top_mm
        y of the couch's upper face at its middle.
    curvature
        Rise of the face per mm² of distance from the middle; 0 is flat.
    """
    face = grid.y - top_mm + curvature * grid.x**2
    reach = np.abs(grid.x) < 150
    for depth, value in ((0.0, 150.0), (24.0, -120.0)):
        shell = geometry.inside(np.abs(face - depth) - 1.2, 1.5) * reach
        geometry.paint(hu, value, shell * (hu < -900))


def scan(
    hu: FloatArray,
    grid: Grid,
    rng: np.random.Generator,
    noise_hu: float,
    window: tuple[float, float],
    attributes: Attributes,
) -> Drawing:
    """Give ideal Hounsfield units the resolution and noise of a scanner."""
    seen = texture.blur(hu, 0.55)
    # More photons are lost where the body is thick, so its middle is noisier.
    body = texture.blur((hu > -500).astype(np.float32), 24.0)
    noise = texture.grain(rng, grid.shape) * noise_hu * (0.45 + 0.75 * body)
    return Drawing(
        np.clip(seen + noise, -1024, 3071),
        grid.spacing,
        window,
        intercept=-1024.0,
        attributes={
            "KVP": 120.0,
            "SliceThickness": 5.0,
            "ConvolutionKernel": "SOFT",
            **attributes,
        },
    )
