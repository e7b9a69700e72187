"""The elements of a DICOM file as a window shows them; frozen, as `records`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TagRow:
    """One element, or one item of a sequence."""

    depth: int
    """0 for the data set itself, one more in each sequence and each item."""
    tag: str
    """e.g. ``(0010,0010)``; empty for an item."""
    keyword: str
    """Of PS3.6; of a private element who made it; of an item its number."""
    vr: str
    value: str
    """Shortened where it is long; empty where it is hidden, with "…" in the place of
    the patient's words where it only holds some."""
    is_identifying: bool = False
    """It may tell who the patient is."""
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class TagTable:
    """The elements of one file, in the file's order."""

    rows: tuple[TagRow, ...]
    num_hidden: int = 0
    """Elements whose value, or a part of it, was held back."""
    problem: str = ""
    """Why these are not all elements; empty if they are."""
