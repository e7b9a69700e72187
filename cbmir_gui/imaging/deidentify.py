"""A DICOM image without its patient, by the basic profile of the standard.

What happens to each attribute stands in table E.1-1 of PS3.15, which the package
dicom-anonymizer holds. Beyond the table, what may hold anything at all is removed too:
private and unknown attributes, overlays and curves, what `deidentify_values` does not
take for safe, and what `pixel_remains` finds in pixel data besides pixels.

New UIDs and the patient's new name follow from the old ones and a secret key: equal
within one export, and not to be traced back without the key, which nobody keeps.

References
----------
DICOM PS3.15 E.1.1 (de-identifier), table E.1-1, E.2 (basic profile).
"""

import contextlib
import hashlib
import hmac
import io
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pydicom
from dicomanonymizer.dicomfields_selector import dicom_anonymization_database_selector
from dicomanonymizer.simpledicomanonymizer import replace_element
from pydicom.datadict import dictionary_has_tag
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.multival import MultiValue
from pydicom.tag import BaseTag
from pydicom.uid import (
    PYDICOM_IMPLEMENTATION_UID,
    UID,
    SecondaryCaptureImageStorage,
)

from cbmir_gui.core.errors import (
    CbmirError,
    DamagedImageError,
    UnsupportedImageError,
)
from cbmir_gui.imaging.burned_in import burned_in
from cbmir_gui.imaging.content import FileBytes, describe_other, file_format, read_file
from cbmir_gui.imaging.deidentify_values import is_safe
from cbmir_gui.imaging.dicom_codes import body_part, modality, syntax_name
from cbmir_gui.imaging.dicom_file import parse_dicom
from cbmir_gui.imaging.dicom_header import (
    EXPORT_AGAIN,
    UNKNOWN_PHOTOMETRIC,
    ImageHeader,
    read_header,
)
from cbmir_gui.imaging.dicom_values import text
from cbmir_gui.imaging.patient_identity import patient_digest
from cbmir_gui.imaging.patient_words import PatientWords, read_patient_words
from cbmir_gui.imaging.pixel_remains import blank_remains

TABLE = "dicomfields_2026c"
"""Edition of table E.1-1."""
_STANDARD_UID = re.compile(r"1\.2\.840\.10008(\.[0-9]+)+")
_PIXELS = frozenset({0x7FE00008, 0x7FE00009, 0x7FE00010})
_OFFSETS = frozenset({0x7FE00001, 0x7FE00002})

_Action = Callable[[Dataset, DataElement, bytes], None]


@dataclass(frozen=True, slots=True, eq=False)
class Deidentified:
    """A file that names no patient beside its pixels, and these are as they were."""

    data: bytes
    burned_in: str
    """yes, no, likely or empty: whether its pixels may name one."""


def deidentify(path: Path, key: bytes) -> Deidentified:
    """Return the file as the basic profile leaves it.

    Parameters
    ----------
    key
        Secret, at least 16 bytes; files of one export share it.

    Raises
    ------
    ImageReadError
        It is no DICOM image, or too damaged to be sure of what it says.
    """
    data, name = read_file(path), path.name
    kind = file_format(data)
    if kind != "DICOM":
        raise UnsupportedImageError(
            name,
            f"it is {kind or describe_other(data)}, and only DICOM files can be "
            f"de-identified",
            "Look at it yourself before you pass it on.",
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            file = parse_dicom(data, name)
            header = read_header(file, name)
            _refuse_unknown(header, file.transfer_syntax, name)
            ds = pydicom.dcmread(io.BytesIO(data), force=True)
            risk = burned_in(ds)
            pseudonym = _pseudonym(ds, key)
            _clean(ds, key, read_patient_words(ds))
            blank_remains(ds, file, header, name)
            _identify(ds, data, key)
            _describe(ds, pseudonym)
            ds.file_meta = _new_meta(ds, file.transfer_syntax)
            ds.preamble = b"\0" * 128
            target = io.BytesIO()
            ds.save_as(target, enforce_file_format=True)
    except (CbmirError, MemoryError):
        raise
    except Exception as error:  # pydicom raises anything at all on damaged data
        raise DamagedImageError(
            name, "its DICOM data are too damaged to be de-identified", EXPORT_AGAIN
        ) from error
    return Deidentified(target.getvalue(), risk)


def _refuse_unknown(header: ImageHeader, syntax: UID, name: str) -> None:
    """Refuse an image that nobody could show afterwards."""
    if header.photometric == UNKNOWN_PHOTOMETRIC or syntax_name(syntax) == "unknown":
        raise UnsupportedImageError(
            name, "its colours or its compression are not of the standard", EXPORT_AGAIN
        )


def _clean(ds: Dataset, key: bytes, words: PatientWords) -> None:
    """Apply the profile to a data set and all that is nested in it."""
    actions = _actions()
    for tag in list(ds.keys()):
        if tag in _PIXELS:
            continue
        if not _is_standard(tag):
            del ds[tag]
            continue
        try:
            element = ds[tag]
            action = actions.get(int(tag))
            if action is not None:
                action(ds, element, key)
            elif not is_safe(element, words):
                del ds[tag]
            elif element.VR == "UI":
                # The table does not name every UID that means an instance.
                _replace_uid(ds, element, key)
            if tag in ds and ds[tag].VR == "SQ":
                for item in ds[tag].value:
                    for pixels in _PIXELS | _OFFSETS:  # nobody shows them
                        item.pop(pixels, None)
                    _clean(item, key, words)
        except Exception:  # noqa: BLE001 - what cannot be read cannot be known to be clean
            with contextlib.suppress(KeyError):
                del ds[tag]


def _is_standard(tag: BaseTag) -> bool:
    is_overlay_or_curve = tag.group & 0xFF00 in {0x5000, 0x6000}
    is_control = tag.group < 0x0008 or tag.element == 0
    is_private = tag.is_private
    return not (is_overlay_or_curve or is_control or is_private) and dictionary_has_tag(
        tag
    )


@cache
def _actions() -> dict[int, _Action]:
    """Return what is done to each attribute of table E.1-1, by its tag."""
    categories: dict[str, _Action] = {
        "D_TAGS": _replace,
        "Z_D_TAGS": _replace,
        "X_D_TAGS": _replace,
        "X_Z_D_TAGS": _replace,
        "Z_TAGS": _empty,
        "X_Z_TAGS": _empty,
        "X_TAGS": _remove,
        "U_TAGS": _replace_uid,
        "X_Z_U_STAR_TAGS": _keep_sequence,
    }
    table: dict[str, list[tuple[int, ...]]] = dicom_anonymization_database_selector(
        TABLE
    )
    # Repeating groups, of four numbers, are overlays and curves: removed anyway.
    return {
        tag[0] << 16 | tag[1]: action
        for category, action in categories.items()
        for tag in table[category]
        if len(tag) == 2
    }


def _remove(ds: Dataset, element: DataElement, _key: bytes) -> None:
    del ds[element.tag]


def _empty(_ds: Dataset, element: DataElement, _key: bytes) -> None:
    element.value = [] if element.VR == "SQ" else None


def _replace(_ds: Dataset, element: DataElement, key: bytes) -> None:
    if element.VR == "UI":
        element.value = _new_uids(element.value, key)
    elif element.VR == "SQ":
        element.value = []
    else:
        replace_element(element)


def _replace_uid(_ds: Dataset, element: DataElement, key: bytes) -> None:
    element.value = _new_uids(element.value, key)


def _keep_sequence(_ds: Dataset, _element: DataElement, _key: bytes) -> None:
    """Leave it: what is nested in it gets new UIDs like everything else."""


def _new_uids(value: Any, key: bytes) -> Any:
    if isinstance(value, MultiValue | list):
        return [_new_uid(str(item), key) for item in value]
    return _new_uid(str(value), key) if value else value


def _new_uid(old: str, key: bytes) -> str:
    """Return a UID under 2.25 (PS3.5 B.2); those of the standard mean no instance."""
    if _STANDARD_UID.fullmatch(old):
        return old
    digest = hmac.new(key, b"uid " + old.encode(), hashlib.sha256).digest()
    return f"2.25.{int.from_bytes(digest[:16], 'big')}"


def _pseudonym(ds: Dataset, key: bytes) -> str:
    """Return a name that the patient's files of one export share."""
    identity = patient_digest(ds).encode()
    digest = hmac.new(key, b"patient " + identity, hashlib.sha256).hexdigest()
    return f"ANON-{digest[:10].upper()}"


def _identify(ds: Dataset, data: FileBytes, key: bytes) -> None:
    """Give a file of old days the two UIDs that every file must have."""
    if not text(ds, "SOPClassUID"):
        ds.SOPClassUID = SecondaryCaptureImageStorage
    if not text(ds, "SOPInstanceUID"):
        ds.SOPInstanceUID = _new_uid(hashlib.sha256(data).hexdigest(), key)


def _describe(ds: Dataset, pseudonym: str) -> None:
    """Say in the file what was done to it (PS3.15 E.1.1)."""
    for keyword, value in (
        ("Modality", modality(ds)),
        ("BodyPartExamined", body_part(ds)),
    ):
        if keyword in ds:
            setattr(ds, keyword, value)
    ds.PatientName = pseudonym
    ds.PatientID = pseudonym
    ds.PatientBirthDate = ""
    ds.PatientIdentityRemoved = "YES"
    ds.DeidentificationMethod = [
        "DICOM PS3.15 Basic Application Level Confidentiality Profile",
        f"Table E.1-1 of {TABLE.removeprefix('dicomfields_')} by dicom-anonymizer "
        f"{version('dicom-anonymizer')}",
        "Private, unknown, free text, overlays removed; UIDs replaced",
        "Pixel values not looked at; all else in pixel data blanked",
    ]
    code = Dataset()
    code.CodeValue = "113100"
    code.CodingSchemeDesignator = "DCM"
    code.CodeMeaning = "Basic Application Confidentiality Profile"
    ds.DeidentificationMethodCodeSequence = [code]
    ds.LongitudinalTemporalInformationModified = "REMOVED"


def _new_meta(ds: Dataset, transfer_syntax: UID) -> FileMetaDataset:
    """Return a new head of the file: the old one may name stations and persons."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = ds.SOPClassUID
    meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    meta.TransferSyntaxUID = transfer_syntax
    meta.ImplementationClassUID = PYDICOM_IMPLEMENTATION_UID
    return meta
