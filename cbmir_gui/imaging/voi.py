"""Grey level arithmetic of DICOM: windows and look-up tables; knows no files."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cbmir_gui.core.errors import CbmirError

Values = NDArray[np.float64]
"""Modality values, e.g. Hounsfield units, or display values from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Window:
    """A window in modality values."""

    center: float
    width: float
    function: str = "LINEAR"
    """VOI LUT Function (0028,1056): LINEAR, LINEAR_EXACT or SIGMOID."""

    @property
    def is_valid(self) -> bool:
        """Whether it can be applied: finite, and wider than nothing."""
        finite = math.isfinite(self.center) and math.isfinite(self.width)
        return finite and self.width > 0


@dataclass(frozen=True, slots=True, eq=False)
class LookupTable:
    """A modality or VOI LUT (PS3.3 C.11.1.1.1)."""

    first: int
    """The value that the first entry belongs to."""
    entries: Values
    bits: int
    """Bits per entry: the largest is ``2 ** bits - 1``."""


def apply_window(values: Values, window: Window) -> Values:
    """Map modality values to [0, 1].

    References
    ----------
    DICOM PS3.3 C.11.2.1.2.1 (LINEAR), C.11.2.1.3.2 (LINEAR_EXACT), C.11.2.1.3.1
    (SIGMOID). LINEAR needs a width of 1 or more; devices whose values are small
    fractions write less and mean it exactly.
    """
    center, width = window.center, window.width
    if window.function == "SIGMOID":
        exponent = np.clip(-4.0 * (values - center) / width, -700.0, 700.0)
        return np.asarray(1.0 / (1.0 + np.exp(exponent)))
    if window.function == "LINEAR_EXACT" or width < 1:
        return np.clip((values - center) / width + 0.5, 0.0, 1.0)
    if width == 1:
        return np.where(values <= center - 0.5, 0.0, 1.0)
    return np.clip((values - (center - 0.5)) / (width - 1.0) + 0.5, 0.0, 1.0)


def apply_range(values: Values, low: float, high: float) -> Values:
    """Map [low, high] to [0, 1]; everything is 0 where they are equal."""
    if not high > low:
        return np.zeros_like(values)
    return np.clip((values - low) / (high - low), 0.0, 1.0)


def apply_table(values: Values, table: LookupTable) -> Values:
    """Look up values; those outside the table get its first or last entry.

    What is not a number gets the first.
    """
    index = np.clip(values - table.first, 0, len(table.entries) - 1)
    return table.entries[np.nan_to_num(index).astype(np.intp)]


@dataclass(frozen=True, slots=True)
class GrayLook:
    """How gray values are to be shown."""

    window: Window | None = None
    """The caller's own."""
    minmax: bool = False
    number: int = 0
    """Of the file's windows and LUTs, from 1; 0: the first, if it has any."""


def parse_look(text: str) -> GrayLook:
    """Read ``first``, ``minmax``, ``voi:N`` or ``CENTER,WIDTH``.

    Raises
    ------
    CbmirError
        It is none of these.
    """
    if text in {"first", "minmax"}:
        return GrayLook(minmax=text == "minmax")
    number = text.removeprefix("voi:")
    if number != text and number.isdecimal() and int(number) > 0:
        return GrayLook(number=int(number))
    parts = text.split(",")
    try:
        center, width = (float(part) for part in parts)
    except ValueError:
        center = width = math.nan
    window = Window(center, width)
    if not window.is_valid:
        raise CbmirError(
            f"The window '{text}' cannot be used. Give 'first', 'minmax', 'voi:2' for "
            f"the file's second one, or centre and width above 0, e.g. '40,400'."
        )
    return GrayLook(window)
