"""Who an image shows, read when somebody asks for it and kept nowhere."""

import warnings
from pathlib import Path

from cbmir_gui.core.errors import CbmirError, DamagedImageError
from cbmir_gui.core.patient_records import PatientData
from cbmir_gui.imaging.content import file_format, read_file
from cbmir_gui.imaging.dicom_file import parse_dicom
from cbmir_gui.imaging.dicom_header import EXPORT_AGAIN
from cbmir_gui.imaging.dicom_values import text

_MAX_LENGTH = 200


def read_patient(path: Path) -> PatientData:
    """Return name, id and birth date; empty ones where the file names no patient.

    Raises
    ------
    ImageReadError
        The file cannot be read.
    """
    data = read_file(path)
    if file_format(data) != "DICOM":
        return PatientData()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ds = parse_dicom(data, path.name).ds
    except (CbmirError, MemoryError):
        raise
    except Exception as error:  # pydicom raises anything at all on damaged data
        raise DamagedImageError(
            path.name, "its DICOM data are damaged", EXPORT_AGAIN
        ) from error
    return PatientData(
        name=_shown_name(text(ds, "PatientName")),
        patient_id=_printable(text(ds, "PatientID")),
        birth_date=_shown_date(text(ds, "PatientBirthDate")),
    )


def _shown_name(stored: str) -> str:
    """Write the first group of components with a comma after the family name.

    References
    ----------
    DICOM PS3.5 6.2.1.1: family, given, middle, prefix, suffix.
    """
    family, *others = stored.split("=")[0].split("^")
    given = " ".join(part.strip() for part in others if part.strip())
    return _printable(", ".join(part for part in (family.strip(), given) if part))


def _shown_date(stored: str) -> str:
    digits = stored.replace(".", "")
    if len(digits) == 8 and digits.isdigit():
        return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}"
    return _printable(stored)


def _printable(value: str) -> str:
    letters = [letter if letter.isprintable() else " " for letter in value]
    return "".join(letters)[:_MAX_LENGTH]
