"""Patients whose words are short, ideographic or accented, typed into other elements.

Such words cannot be told from other text by what they begin with: short ones stand
between tildes wherever they do not belong, the others are like nothing else.
"""

from dataclasses import dataclass
from pathlib import Path

from pydicom.dataset import Dataset


@dataclass(frozen=True)
class Typed:
    """A patient, and how people write who it is."""

    name: str
    patient_id: str
    birth_date: str
    words: tuple[str, ...]
    """Typed into descriptions, labels and codes."""

    @property
    def file_name(self) -> str:
        """Name of the patient's image, after `FILE_WORD`."""
        return f"typed {self.birth_date[2:4]}.dcm"


PATIENTS = (
    Typed(
        "WX^QV",
        "J7",
        "18760503",
        ("~~WX~~", "~~qv~~", "~~wxqv~~", "~~J7~~", "3.5.1876"),
    ),
    Typed(
        "Qzkumo^Ryx=鸙鸝^驫=くづま^りゅ",
        "0004719",
        "18771105",
        ("~~鸙鸝~~", "~~驫~~", "クヅマ", "~~RYX~~", "~~4719~~", "1877-11-05"),
    ),
    Typed(
        "Qzwöxé^Jäq^^Dr",
        "qz-0417",
        "18780921",
        ("Qzwoexe", "QZWÖXÉ", "Qzwoxe", "~~jaeq~~", "~~QZ417~~", "21.09.1878"),
    ),
)
_SHORT_TEXTS = (
    "StudyDescription",
    "SeriesDescription",
    "ProtocolName",
    "RequestedProcedureDescription",
    "PerformedProcedureStepDescription",
    "ContrastBolusAgent",
    "ManufacturerModelName",
    "SoftwareVersions",
)


def write_patient(patient: Typed, ds: Dataset, path: Path) -> None:
    """Have an image say in all places who is seen, and write it."""
    text = f"CT {' '.join(patient.words)} thin"
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.PatientName = patient.name
    ds.PatientID = patient.patient_id
    ds.PatientBirthDate = patient.birth_date
    for keyword in _SHORT_TEXTS:
        setattr(ds, keyword, text)
    ds.DerivationDescription = f"{'x' * 955} {text}"
    ds.StudyInstanceUID = f"1.2.826.0.3.{patient.birth_date[:4]}"
    ds.SeriesInstanceUID = f"{ds.StudyInstanceUID}.1"
    ds.Modality = "CT"
    ds.WindowCenter, ds.WindowWidth = [100, 120], [200, 100]
    ds.WindowCenterWidthExplanation = [text[:40], f"of {patient.words[0]}"]
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "1", "99X", text
    ds.ProcedureCodeSequence = [code]
    ds.private_block(0x0021, patient.words[0], create=True).add_new(1, "LO", text)
    ds.save_as(path, implicit_vr=False, little_endian=True)


def typed_words() -> tuple[str, ...]:
    """Return what none of the files that the program writes may hold."""
    names = ("Qzkumo", "鸙鸝^驫", "Qzwöxé", "0004719", "qz-0417")
    dates = tuple(patient.birth_date for patient in PATIENTS)
    words = (word for patient in PATIENTS for word in patient.words)
    return (*names, *dates, *words)
