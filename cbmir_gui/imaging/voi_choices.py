"""The VOI windows and LUTs that a DICOM file offers for a frame (PS3.3 C.11.2)."""

from dataclasses import dataclass, replace
from itertools import zip_longest

from pydicom.dataset import Dataset

from cbmir_gui.core.records import GrayChoice
from cbmir_gui.imaging.dicom_header import MAX_CODE_LENGTH
from cbmir_gui.imaging.dicom_values import (
    frame_group,
    items,
    numbers,
    text,
    texts,
)
from cbmir_gui.imaging.lookup import read_descriptor, read_table
from cbmir_gui.imaging.patient_words import read_patient_words
from cbmir_gui.imaging.voi import LookupTable, Window

MAX_CHOICES = 64
"""A file may list thousands; nobody chooses from so many."""
_MAX_SEARCHED = 2**10


@dataclass(frozen=True, slots=True, eq=False)
class VoiChoice:
    """One way that the file wants to be shown."""

    voi: Window | LookupTable
    explanation: str
    """What the file calls it, without the patient's words; may be empty."""

    @property
    def described(self) -> GrayChoice:
        """The choice as it is told to others."""
        if isinstance(self.voi, Window):
            return GrayChoice(self.explanation, self.voi.center, self.voi.width)
        return GrayChoice(self.explanation, is_table=True)


def read_voi_choices(
    ds: Dataset, index: int, highest: float, little_endian: bool
) -> tuple[VoiChoice, ...]:
    """Find what applies to frame `index` (from 0): LUTs first, then windows.

    What is incomplete or cannot be applied is left out, and a functional group that
    offers nothing hides nothing.

    Parameters
    ----------
    highest : float
        The largest modality value that can occur.
    """
    for group in (frame_group(ds, index, "FrameVOILUTSequence"), ds):
        if group is not None:
            found = _tables(group, highest, little_endian) + _windows(group)
            if found:
                return _without_patient(found[:MAX_CHOICES], ds)
    return ()


def _tables(group: Dataset, highest: float, little_endian: bool) -> list[VoiChoice]:
    found = []
    for item in items(group, "VOILUTSequence")[:MAX_CHOICES]:
        # Its first value is signed where modality values can be (C.11.2.1.1), which
        # not every writer has in mind: what can never occur is negative.
        descriptor = read_descriptor(item, "LUTDescriptor", signed=False)
        is_signed = descriptor is not None and descriptor[1] > highest
        table = read_table(item, is_signed, little_endian)
        if table is not None:
            found.append(VoiChoice(table, text(item, "LUTExplanation")[:_MAX_SEARCHED]))
    return found


def _windows(group: Dataset) -> list[VoiChoice]:
    function = text(group, "VOILUTFunction").upper() or "LINEAR"
    pairs = zip(
        numbers(group, "WindowCenter"), numbers(group, "WindowWidth"), strict=False
    )
    names = texts(group, "WindowCenterWidthExplanation")
    found = []
    for pair, name in zip_longest(pairs, names, fillvalue=None):
        if pair is None:
            break
        window = Window(*pair, function)
        if window.is_valid:
            found.append(VoiChoice(window, (name or "")[:_MAX_SEARCHED]))
    return found


def _without_patient(found: list[VoiChoice], ds: Dataset) -> tuple[VoiChoice, ...]:
    """Take what names the patient out of the explanations, which are shown."""
    if not any(choice.explanation for choice in found):
        return tuple(found)
    words = read_patient_words(ds)
    return tuple(
        replace(
            choice,
            explanation=_label(words.hide(choice.explanation, length=MAX_CODE_LENGTH)),
        )
        for choice in found
    )


def _label(explanation: str) -> str:
    """Return an explanation as one short line; empty if nothing is left of it."""
    label = "".join(filter(str.isprintable, explanation)).strip()
    return label if any(map(str.isalnum, label)) else ""
