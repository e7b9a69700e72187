"""What travels of patients: their data when asked for, and files without them."""

from dataclasses import dataclass, field

from cbmir_gui.core.records import FailedFile


@dataclass(frozen=True, slots=True)
class PatientData:
    """Who an image shows, as its file says; never stored, never logged."""

    name: str = field(default="", repr=False)
    """As people write it; empty where the file has none."""
    patient_id: str = field(default="", repr=False)
    birth_date: str = field(default="", repr=False)
    """YYYY-MM-DD where the file has a date, else what it has."""


@dataclass(frozen=True, slots=True)
class DeidentifyRequest:
    """DICOM images to be written without their patients."""

    paths: tuple[str, ...]
    folder: str
    """Where they go; made if it is not there."""


@dataclass(frozen=True, slots=True)
class DeidentifiedFile:
    """One file that was written."""

    source: str
    file: str
    burned_in: str
    """yes, no, likely or empty: whether its pixels may name the patient."""


@dataclass(frozen=True, slots=True)
class DeidentifySummary:
    """What an export of de-identified files did."""

    folder: str
    written: tuple[DeidentifiedFile, ...]
    failed: tuple[FailedFile, ...]
    cancelled: bool = False
