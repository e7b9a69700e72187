"""Stored values of a DICOM frame to grey levels: modality, then VOI, then display."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from cbmir_gui.core.records import ImageArray
from cbmir_gui.imaging.blocks import map_blocks
from cbmir_gui.imaging.dicom_header import SampleBits
from cbmir_gui.imaging.dicom_native import StoredArray
from cbmir_gui.imaging.dicom_values import (
    frame_group,
    items,
    number,
    text,
)
from cbmir_gui.imaging.lookup import read_table
from cbmir_gui.imaging.voi import (
    LookupTable,
    Values,
    apply_table,
)

_MAX_TABLE = 2**17
"""Up to so many different stored values, a table of grey levels is cheaper."""
_XRAY_MODALITIES = frozenset({"XA", "RF", "XRF"})


@dataclass(frozen=True, slots=True, eq=False)
class Modality:
    """From stored to modality values (PS3.3 C.11.1)."""

    slope: float = 1.0
    intercept: float = 0.0
    table: LookupTable | None = None

    def apply(self, stored: Values) -> Values:
        """Return modality values, e.g. Hounsfield units."""
        if self.table is not None:
            return apply_table(stored, self.table)
        return stored * self.slope + self.intercept

    def highest(self, bits: SampleBits) -> float:
        """Return the largest modality value that stored values of `bits` may give."""
        if self.table is not None:
            return float(self.table.entries.max())
        if bits.is_float:
            return math.inf
        low = -(1 << (bits.stored - 1)) if bits.signed else 0
        ends = np.array([low, low + (1 << bits.stored) - 1], np.float64)
        return float(self.apply(ends).max())


def read_modality(
    ds: Dataset, index: int, signed: bool, little_endian: bool
) -> Modality:
    """Find the modality transform of frame `index` (from 0).

    X-ray devices store a LUT that linearises the detector; it is not for display
    (PS3.3 C.8.7.1.1.2).
    """
    linearises = text(ds, "Modality") in _XRAY_MODALITIES and bool(
        text(ds, "PixelIntensityRelationship")
    )
    if not linearises:
        for item in items(ds, "ModalityLUTSequence")[:1]:
            table = read_table(item, signed, little_endian)
            if table is not None:
                return Modality(table=table)
    group = frame_group(ds, index, "PixelValueTransformationSequence") or ds
    slope = number(group, "RescaleSlope")
    intercept = number(group, "RescaleIntercept")
    return Modality(slope or 1.0, intercept or 0.0)


def shown_dark_on_light(ds: Dataset) -> bool:
    """Say whether viewers show these values dark on light, whatever the file says.

    So radiologists read PET and planar scintigrams: uptake is dark. Reconstructed SPECT
    slices are read light on dark, or in colours.
    """
    modality = text(ds, "Modality")
    if modality != "NM":
        return modality == "PT"
    return "RECON" not in text(ds, "ImageType").upper()  # RECON TOMO, RECON GATED TOMO


def read_padding(ds: Dataset, bits: SampleBits) -> tuple[float, float] | None:
    """Return the inclusive range of stored values that mean "no image here".

    References
    ----------
    DICOM PS3.3 C.7.5.1.1.2; C.7.6.3.1 for floating point pixels.
    """
    kind = ""
    if bits.is_float:
        kind = "Float" if bits.allocated == 32 else "DoubleFloat"
    value = number(ds, f"{kind}PixelPaddingValue")
    if value is None:
        return None
    limit = number(ds, f"{kind}PixelPaddingRangeLimit")
    found = [end for end in (value, limit) if end is not None]
    ends = found if bits.is_float else [_stored(end, bits) for end in found]
    return min(ends), max(ends)


def _stored(value: float, bits: SampleBits) -> int:
    """Undo a padding value that was written with the other signedness."""
    span = 1 << bits.stored
    whole = int(value) % span
    return whole - span if bits.signed and whole >= span // 2 else whole


def value_range(
    stored: StoredArray, modality: Modality, padding: tuple[float, float] | None
) -> tuple[float, float]:
    """Return the smallest and largest modality value of a frame, without padding."""
    values: NDArray[Any] = stored
    if np.issubdtype(stored.dtype, np.floating):
        values = stored[np.isfinite(stored)]
    if padding is not None:
        values = values[(values < padding[0]) | (values > padding[1])]
    if not values.size:  # nothing but padding, or no number at all
        values = np.nan_to_num(stored)
    if modality.table is None:
        ends = np.array([values.min(), values.max()], np.float64)
    else:  # a table need not rise: look at each value that occurs
        ends = np.unique(values).astype(np.float64)
    mapped = modality.apply(ends)
    return float(mapped.min()), float(mapped.max())


def to_levels(
    stored: StoredArray, to_display: Callable[[Values], Values]
) -> ImageArray:
    """Return (height, width) grey levels 0-255.

    Parameters
    ----------
    stored : (height, width)
    to_display : callable
        Maps stored values as float64 to display values from 0 to 1, one by one.
    """
    if not np.issubdtype(stored.dtype, np.floating):
        low, high = int(stored.min()), int(stored.max())
        if high - low < _MAX_TABLE:
            table = _quantized(to_display(np.arange(low, high + 1, dtype=np.float64)))
            return map_blocks(stored, lambda rows: table[rows.astype(np.int64) - low])
    return map_blocks(
        stored, lambda rows: _quantized(to_display(rows.astype(np.float64)))
    )


def _quantized(display: Values) -> ImageArray:
    """Return the grey level that each display value has reached, as DCMTK does."""
    return (np.nan_to_num(display) * 255.0 + 1e-9).astype(np.uint8)
