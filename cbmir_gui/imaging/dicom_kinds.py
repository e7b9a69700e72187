"""DICOM objects that are no image, in the words of those who use them."""

from pydicom.dataset import Dataset

from cbmir_gui.imaging.dicom_values import text

_STORAGE = "1.2.840.10008.5.1.4.1.1."
_KINDS_BY_CLASS = (
    ("88.59", "a key object selection"),
    ("88.", "a structured report"),
    ("11.", "a presentation state"),
    ("9.", "a waveform"),
    ("481.3", "a radiotherapy structure set"),
    ("481.5", "a radiotherapy plan"),
    ("481.8", "a radiotherapy plan"),
    ("481.4", "a radiotherapy treatment record"),
    ("481.6", "a radiotherapy treatment record"),
    ("481.7", "a radiotherapy treatment record"),
    ("481.9", "a radiotherapy treatment record"),
    ("104.1", "an encapsulated PDF document"),
    ("104.2", "an encapsulated CDA document"),
    ("104.", "an encapsulated document"),
    ("66.1", "a spatial registration"),
    ("66.2", "a set of spatial fiducials"),
    ("66.3", "a deformable spatial registration"),
    ("66.5", "a surface segmentation"),
    ("66.6", "a set of tracts"),
    ("66", "raw data of a scanner"),
    ("68.", "a surface scan"),
    ("67", "a real world value mapping"),
    ("4.2", "a spectroscopy measurement"),
    ("78.", "a measurement of the eye"),
    ("79.", "a report of a visual field"),
    ("131", "an implantation plan"),
    ("200.", "a scanning protocol"),
)
"""By the part of the SOP Class UID after the root of storage classes (PS3.6 A)."""
_KINDS_BY_MODALITY = {
    "SR": "a structured report",
    "KO": "a key object selection",
    "PR": "a presentation state",
    "RTSTRUCT": "a radiotherapy structure set",
    "RTPLAN": "a radiotherapy plan",
    "ECG": "a waveform",
    "DOC": "an encapsulated document",
    "REG": "a spatial registration",
}


def kind_without_image(ds: Dataset) -> str:
    """Say what a data set without pixels is, e.g. "a structured report"."""
    sop_class = text(ds, "SOPClassUID")
    if sop_class.startswith(_STORAGE):
        rest = sop_class.removeprefix(_STORAGE)
        for start, kind in _KINDS_BY_CLASS:
            if rest == start or (start.endswith(".") and rest.startswith(start)):
                return kind
    modality = text(ds, "Modality")
    return _KINDS_BY_MODALITY.get(modality, "a DICOM object without an image")
