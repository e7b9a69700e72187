"""Findings in plain words: what is wrong, and what a repair would do about it."""

from collections.abc import Iterator

from cbmir_gui.core import library_check as kinds
from cbmir_gui.core.library_check import LibraryCheck, LibraryProblem
from cbmir_gui.library.verification import Findings

_MOST_NAMED = 3
_REPAIRABLE = ("row ", "wrong # of entries in index", "non-unique entry in index")
"""How SQLite begins to speak of an index that differs from its table."""


def describe(findings: Findings) -> LibraryCheck:
    """Say what was found."""
    problems = (
        *_catalogue(findings),
        *_segments(findings),
        *_unreadable(findings),
        *_rows(findings),
        *_default(findings),
        *_thumbnails(findings),
        *_files(findings),
    )
    return LibraryCheck(
        findings.num_images, findings.num_segments, findings.num_dead_rows, problems
    )


def _catalogue(findings: Findings) -> Iterator[LibraryProblem]:
    for cause in findings.catalogue:
        is_mendable = cause.startswith(("table ", *_REPAIRABLE))
        cure = (
            "A repair makes the indexes anew and drops entries that belong to nothing; "
            "their files go into the folder 'quarantine'."
            if is_mendable
            else "Restore library.sqlite from a backup."
        )
        yield LibraryProblem(
            kinds.CATALOGUE, cause, cure, is_damage=True, is_mendable=is_mendable
        )


def _segments(findings: Findings) -> Iterator[LibraryProblem]:
    for segment, cause in findings.damaged:
        yield LibraryProblem(
            kinds.SEGMENT,
            f"{cause}; it holds features of {_count(segment.num_rows, 'image')} by "
            f"{segment.extractor.model} {segment.extractor.layer}",
            "A repair puts it into the folder 'quarantine' and extracts the features "
            "again from the images' files.",
            segment.num_rows,
            is_damage=True,
            is_mendable=True,
        )


def _unreadable(findings: Findings) -> Iterator[LibraryProblem]:
    for segment, cause in findings.unreadable:
        yield LibraryProblem(
            kinds.UNREADABLE,
            f"{cause}; it holds features of {_count(segment.num_rows, 'image')}",
            "It may be sound, and a repair leaves it alone. Check that its disk or "
            "network folder is there and that you may read it, then check again.",
            segment.num_rows,
        )


def _rows(findings: Findings) -> Iterator[LibraryProblem]:
    if number := len(findings.misplaced):
        yield LibraryProblem(
            kinds.ROWS,
            f"{_count(number, 'image')} {_have(number)} the features of another row",
            "A repair looks for the right row, and extracts the features again where "
            "there is none.",
            number,
            is_damage=True,
            is_mendable=True,
        )


def _default(findings: Findings) -> Iterator[LibraryProblem]:
    if not findings.has_default:
        yield LibraryProblem(
            kinds.DEFAULT,
            "the model that is searched with has made no features here",
            "A repair chooses the model with the features of most images.",
            is_damage=True,
            is_mendable=True,
        )
    if number := findings.num_missing:
        yield LibraryProblem(
            kinds.FEATURES,
            f"{_count(number, 'image')} {_have(number)} no features of the model that "
            f"is searched with",
            "A repair extracts them where the images' files can be read.",
            number,
            is_mendable=True,
        )


def _thumbnails(findings: Findings) -> Iterator[LibraryProblem]:
    if number := len(findings.damaged_thumbnails):
        yield LibraryProblem(
            kinds.THUMBNAIL,
            f"the thumbnails of {_count(number, 'image')} are damaged",
            "A repair makes them again where the images' files can be read.",
            number,
            is_damage=True,
            is_mendable=True,
        )
    if number := len(findings.no_thumbnails):
        yield LibraryProblem(
            kinds.NO_THUMBNAIL,
            f"{_count(number, 'image')} {_have(number)} no thumbnail",
            "A repair makes them where the images' files can be read.",
            number,
            is_mendable=True,
        )


def _files(findings: Findings) -> Iterator[LibraryProblem]:
    if number := len(findings.orphans):
        names = ", ".join(findings.orphans[:_MOST_NAMED])
        more = "" if number <= _MOST_NAMED else " and others"
        yield LibraryProblem(
            kinds.ORPHAN,
            f"{names}{more} {'belongs' if number == 1 else 'belong'} to no commit",
            "Harmless: left by an interrupted change, or needed by one that goes on. "
            "A repair deletes what is left over.",
            number,
            is_mendable=True,
        )
    if number := len(findings.moved):
        yield LibraryProblem(
            kinds.MOVED,
            f"the files of {_count(number, 'image')} are not where they were",
            "Put them back, say where their folder is now with 'cbmir library move', "
            "or let a repair look for them: '--repair --images FOLDER'.",
            number,
        )
    if number := len(findings.changed):
        yield LibraryProblem(
            kinds.CHANGED,
            f"the files of {_count(number, 'image')} have changed since then",
            "They are found by what they were when they were added; add the files "
            "again to find what they are now.",
            number,
        )


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _have(number: int) -> str:
    return "has" if number == 1 else "have"
