"""Whether text may be part of the pixels, where no header tells of it."""

from pydicom.dataset import Dataset

from cbmir_gui.core.burned_in import (
    BURNED_IN_LIKELY,
    BURNED_IN_NO,
    BURNED_IN_YES,
    burned_in_by_modality,
)
from cbmir_gui.imaging.dicom_codes import modality
from cbmir_gui.imaging.dicom_values import text

_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
_CONVERTED = frozenset({"DV", "DI", "DF", "WSD", "SD", "SI", "DRW"})
"""Conversion Type (0008,0064): from film, video, paper or a screen (PS3.3 C.8.6.1).
SYN, a synthesised image, is left out."""


def burned_in(ds: Dataset) -> str:
    """Return yes, no, likely, or "" where nothing suggests it.

    What BurnedInAnnotation (0028,0301) says is believed; where it says nothing, the
    modality and the way the image was made decide.
    """
    declared = text(ds, "BurnedInAnnotation").upper()
    if declared in {"YES", "NO"}:
        return BURNED_IN_YES if declared == "YES" else BURNED_IN_NO
    is_captured = text(ds, "SOPClassUID").startswith(_SECONDARY_CAPTURE)
    is_converted = text(ds, "ConversionType").upper() in _CONVERTED
    if is_captured or is_converted:
        return BURNED_IN_LIKELY
    return burned_in_by_modality(modality(ds))
