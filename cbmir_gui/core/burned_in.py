"""What is known of text that is part of an image's pixels."""

BURNED_IN_YES = "yes"
"""The file says so."""
BURNED_IN_LIKELY = "likely"
"""Images of this kind usually have it, and the file does not say."""
BURNED_IN_NO = "no"
"""The file says that there is none. That is a claim, not a proof."""

_USUAL_MODALITIES = frozenset(
    {"BDUS", "BMD", "DG", "DOC", "ECG", "EPS", "ES", "FS", "HC", "IVUS", "OT", "SC"}
    | {"SMR", "US", "XC"}
)
"""Ultrasound, screens and paper, photographs and endoscopy, digitised film."""


def burned_in_by_modality(modality: str) -> str:
    """Return likely for modalities that usually carry burned-in text, else ""."""
    return BURNED_IN_LIKELY if modality in _USUAL_MODALITIES else ""


def is_burned_in_flagged(burned_in: str) -> bool:
    """Tell whether a person should be told of text in the picture."""
    return burned_in in {BURNED_IN_YES, BURNED_IN_LIKELY}
