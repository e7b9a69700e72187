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
from cbmir_gui.imaging.patient_words import PatientWords

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
_NEEDED_TERMS = frozenset(
    {"Modality", "PhotometricInterpretation", "PixelIntensityRelationship"}
    | {"PresentationLUTShape", "SpecificCharacterSet", "VOILUTFunction"}
)
"""Without them the image or its texts are shown wrongly: their terms stay, even if the
patient is called so."""
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


def is_safe(element: DataElement, words: PatientWords) -> bool:
    """Return whether an element of the standard's dictionary can be kept.

    Some of several coded strings that are no words of the standard are replaced.

    Parameters
    ----------
    words
        The patient's, which nothing that is kept may hold.
    """
    declared = dictionary_VR(element.tag)
    if element.is_empty or declared == "SQ":
        return True
    if declared in _ANYTHING or element.VR in _ANYTHING:
        return False
    if declared in _WORDS:
        names_patient = words.occur_in(str(element.value))
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
    if declared == "CS":
        return _are_terms(element, texts, words)
    return not any(words.occur_in(text, declared) for text in texts)


def _values(element: DataElement) -> list[object]:
    value: object = element.value
    return list(value) if isinstance(value, MultiValue | list) else [value]


def _are_terms(element: DataElement, texts: list[str], words: PatientWords) -> bool:
    is_needed = element.keyword in _NEEDED_TERMS
    kept = [is_term(text) and (is_needed or not words.occur_in(text)) for text in texts]
    if len(texts) == 1:
        return kept[0]
    element.value = [
        text if is_kept else OTHER_TERM
        for text, is_kept in zip(texts, kept, strict=True)
    ]
    return True
