"""Who the patient of a file is, as a hash that files of one patient share.

Devices and archives write one patient in many ways: MUELLER^ANNA^^, Mueller^Anna, with
a middle name or without, with a birth date or without. So an id decides, within its
issuer where one is named, together with the first word of the name: two hospitals may
give the same id, further names come and go, and dates are missing. Where there is no
id, the name and the birth date decide.

Of the two errors this prefers to take two persons for one, if they share an id and a
family name: a group that is too large cuts nothing, while one patient who counts as two
leaks from the images learned from to those tested with, and passes off an own image for
somebody else's.
"""

import hashlib
import json
import re

from pydicom.dataset import Dataset

from cbmir_gui.imaging.dicom_values import text
from cbmir_gui.imaging.folded_text import fold
from cbmir_gui.imaging.nobody import is_nobody

_NUM_NAME_COMPONENTS = 3
"""Family, given and middle name; prefix and suffix come and go (PS3.5 6.2.1)."""


def patient_digest(ds: Dataset) -> str:
    """Return a hash of who the patient is; empty where the file does not tell."""
    patient_id, name = _id(text(ds, "PatientID")), _name_words(text(ds, "PatientName"))
    if patient_id:
        issuer = fold(text(ds, "IssuerOfPatientID"))
        identity = ["id", patient_id, issuer, *name[:1]]
    elif name:
        date = re.sub(r"[.\s-]", "", text(ds, "PatientBirthDate"))
        identity = ["name", *name, date]
    else:
        return ""
    encoded = json.dumps(identity).encode()
    return hashlib.sha256(encoded).hexdigest()


def _id(stored: str) -> str:
    """Return an id without case, leading zeros, and what HL7 (CX) adds to it."""
    if is_nobody(stored):
        return ""
    own = fold(stored.split("^")[0]).strip()
    return own.lstrip("0") if own.isdecimal() else own


def _name_words(stored: str) -> list[str]:
    """Return the words of the first component group that has any.

    Trailing delimiters and spaces say nothing (PS3.5 6.2.1.1), neither do accents, nor
    ü against ue.
    """
    if is_nobody(stored):
        return []
    for group in stored.split("="):
        components = fold(group).split("^")[:_NUM_NAME_COMPONENTS]
        words = re.findall(r"[^\W_]+", " ".join(components))
        if words:
            return [re.sub("([aou])e", r"\1", word) for word in words]
    return []
