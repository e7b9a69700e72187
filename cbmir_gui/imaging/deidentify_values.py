"""Which values of an image header can name nobody, whatever people wrote there.

Table E.1-1 of PS3.15 says which attributes name a patient by their meaning. Careless or
damaged files name one elsewhere too; what is kept is therefore what is a number, a date
left by the table, an identifier of the standard's form, a word of the standard, or a
description of a device.
"""

import re

from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement
from pydicom.multival import MultiValue

from cbmir_gui.imaging.dicom_terms import is_term

OTHER_TERM = "OTHER"
"""Stands where one of several coded strings was no word of the standard."""
_ANYTHING = frozenset({"AE", "LT", "PN", "ST", "UN", "UR", "UT"})
"""Types whose values may be anything: titles of stations, text, names, addresses."""
_WORDS = frozenset({"LO", "SH", "UC"})
_KEPT_WORDS = frozenset(
    {"CodeMeaning", "CodeValue", "CodingSchemeDesignator", "CodingSchemeVersion"}
    | {"ContrastBolusAgent", "ConvolutionKernel", "FilterType", "GridID"}
    | {"LUTLabel", "Manufacturer", "ManufacturerModelName", "ModalityLUTType"}
    | {"PulseSequenceName", "Radiopharmaceutical", "ReceiveCoilName", "RescaleType"}
    | {"SequenceName", "SoftwareVersions", "TransmitCoilName", "TransducerType"}
)
"""Short texts about devices, substances and codes."""
_KEPT_BYTES = frozenset({"ICCProfile"})
_FORMS = {
    "AS": r"[0-9]{3}[DWMY]",
    "CS": r"[A-Z0-9_ ]{0,16}",
    "DA": r"[0-9]{8}|[0-9]{4}\.[0-9]{2}\.[0-9]{2}",
    "DS": r"[0-9E+. -]*",
    "DT": r"[0-9]{4,14}(\.[0-9]{1,6})?([+-][0-9]{4})?",
    "IS": r"[0-9+ -]*",
    "TM": r"[0-9]{2,6}(\.[0-9]{1,6})?|[0-9]{2}:[0-9]{2}(:[0-9]{2})?",
    "UI": r"[0-9]+(\.[0-9]+)+",
}
"""What values of a type look like (PS3.5 table 6.2-1)."""


def is_safe(element: DataElement, identifiers: frozenset[str]) -> bool:
    """Return whether an element of the standard's dictionary can be kept.

    Some of several coded strings that are no words of the standard are replaced.

    Parameters
    ----------
    identifiers
        Parts of the patient's names and numbers, in lower case.
    """
    declared = dictionary_VR(element.tag)
    if element.is_empty or declared == "SQ":
        return True
    if declared in _ANYTHING or element.VR in _ANYTHING:
        return False
    if declared in _WORDS:
        text = str(element.value).casefold()
        names_patient = any(identifier in text for identifier in identifiers)
        return element.keyword in _KEPT_WORDS and not names_patient
    values = _values(element)
    form = _FORMS.get(declared)
    if form is None:
        # Numbers and bytes: text stands there only in damaged files.
        is_bytes = declared in {"OB", "OB or OW"}
        is_text = any(isinstance(value, str) for value in values)
        return not is_text and (not is_bytes or element.keyword in _KEPT_BYTES)
    texts = [str(value).strip(" \0") for value in values]
    if not all(re.fullmatch(form, text, re.IGNORECASE) for text in texts):
        return False
    return declared != "CS" or _are_terms(element, texts)


def _values(element: DataElement) -> list[object]:
    value: object = element.value
    return list(value) if isinstance(value, MultiValue | list) else [value]


def _are_terms(element: DataElement, texts: list[str]) -> bool:
    if len(texts) == 1:
        return is_term(texts[0])
    element.value = [text if is_term(text) else OTHER_TERM for text in texts]
    return True
