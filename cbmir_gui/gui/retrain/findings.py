"""What looking at labelled images has found, in words and with the images meant."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from cbmir_gui.core.records import FailedFile
from cbmir_gui.engine.operation_answers import DataLook, DataSummary, LookedImages
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


def all_findings(summary: DataSummary, look: DataLook) -> list[Finding]:
    """Return what opening and counting the images have found, each thing once."""
    # A file that is missing is one that cannot be read.
    counted_only = replace(summary, num_missing=0)
    return [*look_findings(look), *summary_findings(counted_only)]


def look_findings(look: DataLook) -> list[Finding]:
    """Return what opening every image has found, the most serious first."""
    num_copies, num_others, num_spare = (
        sum(len(group) - 1 for group in groups)
        for groups in (look.copies, look.other_copies, look.duplicates)
    )
    found = [
        _finding(
            len(look.conflicts),
            _tr(
                "1 picture stands in more than one class; a network that learns "
                "classes leaves it out."
            ),
            _tr(
                "{n} pictures stand in more than one class; a network that learns "
                "classes leaves them out."
            ),
            look.conflicts,
        ),
        _finding(
            len(look.across_splits),
            _tr(
                "1 pair looks nearly the same, but one image is for learning and the "
                "other for testing: the figures will be too good."
            ),
            _tr(
                "{n} pairs look nearly the same, but one image is for learning and "
                "the other for testing: the figures will be too good."
            ),
            look.across_splits,
        ),
        _finding(
            len(look.tested_otherwise),
            _tr(
                "1 picture to test with stands in another class, too: the figures "
                "will be too low."
            ),
            _tr(
                "{n} pictures to test with stand in another class, too: the figures "
                "will be too low."
            ),
            look.tested_otherwise,
        ),
        _finding(
            len(look.unreadable),
            _tr("1 image cannot be read and will be skipped."),
            _tr("{n} images cannot be read and will be skipped."),
            failed=look.unreadable,
        ),
        _finding(
            num_copies,
            _tr(
                "1 image to validate with is a copy of one to learn from; it is left "
                "out."
            ),
            _tr(
                "{n} images to validate with are copies of some to learn from; they "
                "are left out."
            ),
            look.copies,
        ),
        _finding(
            num_others,
            _tr(
                "1 image to validate with is a copy of one to learn from; a network "
                "that learns no classes leaves it out."
            ),
            _tr(
                "{n} images to validate with are copies of some to learn from; a "
                "network that learns no classes leaves them out."
            ),
            look.other_copies,
        ),
        _finding(
            num_spare,
            _tr("1 image is a copy of another, pixel by pixel; it counts twice."),
            _tr("{n} images are copies of others, pixel by pixel; they count twice."),
            look.duplicates,
        ),
    ]
    return [finding for finding in found if finding.can_be_shown]


def _finding(
    count: int,
    one: str,
    many: str,
    groups: Sequence[LookedImages] = (),
    failed: tuple[FailedFile, ...] = (),
) -> Finding:
    return Finding(counted(count, one, many), _in_groups(groups), failed)


def _in_groups(groups: Sequence[LookedImages]) -> tuple[Picture, ...]:
    """Return the images group by group; the caption numbers the groups."""
    return tuple(
        Picture(
            image.path,
            f"{number}. {image.class_name}\n{Path(image.path).name}",
            image.frame,
        )
        for number, group in enumerate(groups, start=1)
        for image in group
    )
