"""Magnetic resonance: signal equations, receive field, resolution and Rician noise."""

from typing import NamedTuple

import numpy as np

from cbmir_gui.core.records import FloatArray
from cbmir_gui.sources.phantoms import texture
from cbmir_gui.sources.phantoms.geometry import Grid
from cbmir_gui.sources.phantoms.phantom import Attributes, Drawing

FULL_SCALE = 1000.0
"""Stored value of a signal of 1."""


class Tissue(NamedTuple):
    """Proton density relative to water, and relaxation times in ms at 1.5 T."""

    density: float
    t1: float
    t2: float


AIR = Tissue(0.0, 1000.0, 10.0)
WHITE_MATTER = Tissue(0.70, 600.0, 78.0)
GRAY_MATTER = Tissue(0.82, 980.0, 100.0)
FLUID = Tissue(1.0, 4200.0, 2000.0)
FAT = Tissue(0.95, 260.0, 85.0)
MUSCLE = Tissue(0.80, 950.0, 45.0)
MARROW = Tissue(0.80, 420.0, 75.0)
BONE = Tissue(0.08, 700.0, 2.0)
BLOOD = Tissue(0.95, 1400.0, 240.0)
LIVER = Tissue(0.80, 580.0, 50.0)
EDEMA = Tissue(0.90, 1700.0, 190.0)
TUMOR = Tissue(0.86, 1250.0, 130.0)
DISC = Tissue(0.85, 1000.0, 95.0)
DRY_DISC = Tissue(0.60, 900.0, 48.0)
TENDON = Tissue(0.25, 700.0, 6.0)


def spin_echo(tissue: Tissue, tr_ms: float, te_ms: float) -> float:
    """Return the signal of a spin echo sequence, 0 to 1."""
    recovered = 1 - np.exp(-tr_ms / tissue.t1)
    return float(tissue.density * recovered * np.exp(-te_ms / tissue.t2))


def flair(tissue: Tissue, tr_ms: float, te_ms: float, ti_ms: float) -> float:
    """Return the signal of an inversion recovery spin echo sequence, 0 to 1."""
    recovered = 1 - 2 * np.exp(-ti_ms / tissue.t1) + np.exp(-tr_ms / tissue.t1)
    return float(abs(tissue.density * recovered) * np.exp(-te_ms / tissue.t2))


def balanced(tissue: Tissue, flip_degrees: float) -> float:
    """Return the steady-state signal of a balanced gradient echo, 0 to about 0.5."""
    cos = np.cos(np.radians(flip_degrees))
    ratio = tissue.t1 / tissue.t2
    sin = np.sin(np.radians(flip_degrees))
    return float(tissue.density * sin / (1 + cos + (1 - cos) * ratio))


def receive_field(rng: np.random.Generator, grid: Grid, strength: float) -> FloatArray:
    """Return a slowly varying gain around 1, as surface coils have."""
    field = texture.smooth(rng, grid.shape, min(grid.shape) / 5)
    return np.asarray(np.exp(strength * field), np.float32)


def scan(
    signal: FloatArray,
    grid: Grid,
    rng: np.random.Generator,
    white: float,
    noise: float,
    attributes: Attributes,
) -> Drawing:
    """Turn an ideal signal into a magnitude image with Rician noise.

    `white` is the signal that the window shows as white; `noise` is relative to it.
    """
    seen = texture.blur(signal, 0.5)
    sigma = noise * white
    real = seen + sigma * texture.white(rng, grid.shape)
    magnitude = np.hypot(real, sigma * texture.white(rng, grid.shape))
    scale = FULL_SCALE / white
    return Drawing(
        np.clip(magnitude * scale, 0, 4095),
        grid.spacing,
        (FULL_SCALE / 2, FULL_SCALE),
        attributes={"MagneticFieldStrength": 1.5, "SliceThickness": 5.0, **attributes},
    )
