"""What looking at labelled images has found, in words and with the images meant."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from cbmir_gui.core.records import FailedFile
from cbmir_gui.engine.operation_answers import DataLook, DataSummary
from cbmir_gui.gui.counted import counted
from cbmir_gui.gui.retrain.data_warnings import data_warnings
from cbmir_gui.gui.retrain.pictures import Picture


def _tr(text: str) -> str:
    return QCoreApplication.translate("Findings", text)


@dataclass(frozen=True, slots=True)
class Finding:
    """One warning, and what can be looked at to understand it."""

    text: str
    pictures: tuple[Picture, ...] = ()
    failed: tuple[FailedFile, ...] = ()

    @property
    def can_be_shown(self) -> bool:
        """Whether there is anything to look at."""
        return bool(self.pictures or self.failed)


def summary_findings(summary: DataSummary) -> list[Finding]:
    """Return what counting the images has found."""
    return [Finding(text) for text in data_warnings(summary)]


def look_findings(look: DataLook) -> list[Finding]:
    """Return what opening every image has found, the most serious first."""
    found = []
    if look.across_splits:
        found.append(
            Finding(
                counted(
                    len(look.across_splits),
                    _tr(
                        "1 pair looks nearly the same, but one image is for learning "
                        "and the other for testing: the figures will be too good."
                    ),
                    _tr(
                        "{n} pairs look nearly the same, but one image is for learning "
                        "and the other for testing: the figures will be too good."
                    ),
                ),
                _in_groups(look.across_splits),
            )
        )
    if look.unreadable:
        found.append(
            Finding(
                counted(
                    len(look.unreadable),
                    _tr("1 image cannot be read and will be skipped."),
                    _tr("{n} images cannot be read and will be skipped."),
                ),
                failed=look.unreadable,
            )
        )
    if look.duplicates:
        num_spare = sum(len(group) - 1 for group in look.duplicates)
        found.append(
            Finding(
                counted(
                    num_spare,
                    _tr(
                        "1 image is a copy of another, pixel by pixel; it counts twice."
                    ),
                    _tr(
                        "{n} images are copies of others, pixel by pixel; they count "
                        "twice."
                    ),
                ),
                _in_groups(look.duplicates),
            )
        )
    return found


def _in_groups(groups: Sequence[Sequence[str]]) -> tuple[Picture, ...]:
    """Return the images group by group; the caption numbers the groups."""
    return tuple(
        Picture(path, f"{number}. {Path(path).parent.name}\n{Path(path).name}")
        for number, paths in enumerate(groups, start=1)
        for path in paths
    )
