"""`cbmir look PATH...`: what would be added to a library, without adding it."""

import argparse
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from cbmir_gui.cli.answers import (
    DONE,
    FAILED,
    Answer,
    format_failures,
    format_skipped,
)
from cbmir_gui.cli.arguments import add_command, add_every_option
from cbmir_gui.cli.terminal import printable, terminal_progress
from cbmir_gui.core.contents import (
    FoundGroup,
    FoundStudy,
    ImportContents,
    num_selected,
)
from cbmir_gui.core.records import FailedFile

if TYPE_CHECKING:
    from cbmir_gui.cli.arguments import Subparsers


def add_parser(commands: "Subparsers") -> None:
    """Describe the command."""
    parser = add_command(
        commands, "look", "list studies and series in files, without adding them"
    )
    parser.add_argument(
        "paths",
        metavar="PATH",
        nargs="+",
        help="file, folder, ZIP archive or DICOMDIR",
    )
    add_every_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> Answer:
    """Look, and print the tree of what was found."""
    from cbmir_gui.services.import_look import look_at_import
    from cbmir_gui.services.importing import staging_place
    from cbmir_gui.services.staging import discard

    with terminal_progress() as progress, staging_place("") as aside:
        contents = look_at_import(arguments.paths, aside, progress=progress)
        discard(contents.staged)
    every: int = arguments.every
    status = DONE if contents.studies else FAILED
    text = "\n".join(_lines(contents, every))
    return Answer(_document(contents, every), text, status)


def _document(contents: ImportContents, every: int) -> dict[str, object]:
    """Return the tree; files that were in an archive are named as in it."""
    shown = _Shown(contents)
    return {
        "num_images": sum(group.num_images for group in contents.groups),
        "num_selected": sum(num_selected(group, every) for group in contents.groups),
        "studies": [
            {
                "study_instance_uid": study.study_instance_uid,
                "patient": study.patient,
                "date": study.date,
                "description": study.description,
                "series": [
                    {
                        "series_instance_uid": group.series_instance_uid,
                        "number": group.number,
                        "description": group.description,
                        "modality": group.modality,
                        "body_part": group.body_part,
                        "class": group.class_name,
                        "num_files": len(group.files),
                        "num_images": group.num_images,
                        "num_selected": num_selected(group, every),
                        "files": [
                            replace(file, path=shown.path(file.path))
                            for file in group.files
                        ],
                    }
                    for group in study.groups
                ],
            }
            for study in contents.studies
        ],
        "skipped": shown.failed(contents.skipped),
        "unreadable": shown.failed(contents.unreadable),
        "archives": contents.archives,
    }


class _Shown:
    """Names files by their archive, not by where it was unpacked for a moment."""

    def __init__(self, contents: ImportContents) -> None:
        self._archives = dict(zip(contents.staged, contents.archives, strict=True))

    def path(self, path: str) -> str:
        """Return a path, below the archive's name if it came out of one."""
        for folder, archive in self._archives.items():
            if path.startswith(f"{folder}{os.sep}"):
                return archive + path[len(folder) :]
        return path

    def failed(self, entries: Sequence[FailedFile]) -> list[FailedFile]:
        """Return entries with such paths."""
        return [replace(entry, path=self.path(entry.path)) for entry in entries]


def _lines(contents: ImportContents, every: int) -> Iterator[str]:
    for study in contents.studies:
        yield printable(_study_text(study))
        for group in study.groups:
            yield "  " + printable(_group_text(group, every))
    total = sum(group.num_images for group in contents.groups)
    chosen = sum(num_selected(group, every) for group in contents.groups)
    yield f"{chosen} of {total} images would be added."
    if contents.unreadable:
        yield f"{len(contents.unreadable)} cannot be read:"
        yield format_failures(contents.unreadable)
    if contents.skipped:
        yield format_skipped(contents.skipped)


def _study_text(study: FoundStudy) -> str:
    if not study.study_instance_uid:
        return "Images without a study"
    date = study.date
    if len(date) == 8 and date.isdecimal():
        date = f"{date[:4]}-{date[4:6]}-{date[6:]}"
    patient = f"patient {study.patient}" if study.patient else ""
    words = filter(None, (patient, date, study.description))
    return f"Study {', '.join(words)}".rstrip()


def _group_text(group: FoundGroup, every: int) -> str:
    name = f"series {group.number}" if group.number is not None else "series"
    if not group.series_instance_uid:
        name = "folder"
    facts = (name, group.description, group.modality, group.body_part)
    counts = f"{num_selected(group, every)} of {group.num_images} images"
    return ", ".join((*filter(None, facts), counts))
