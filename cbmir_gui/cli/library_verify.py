"""`cbmir library verify`: check a library, and mend it."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from cbmir_gui.cli.answers import DONE, FAILED, Answer
from cbmir_gui.cli.arguments import add_command
from cbmir_gui.cli.terminal import terminal_progress
from cbmir_gui.core.library_check import LibraryCheck, LibraryRepair
from cbmir_gui.core.paths import library_folder

if TYPE_CHECKING:
    from cbmir_gui.cli.arguments import Subparsers


def add_verify_parser(group: "Subparsers") -> None:
    """Describe the command."""
    parser = add_command(
        group,
        "verify",
        "read all of a library, say what is damaged, and mend it if told to",
    )
    parser.add_argument("library", metavar="LIBRARY")
    parser.add_argument(
        "--repair",
        action="store_true",
        help="mend what can be mended, after a copy of the catalogue",
    )
    parser.add_argument(
        "--images",
        default="",
        metavar="FOLDER",
        help="with --repair: look there for images that are not where they were",
    )
    parser.set_defaults(run=run_verify, refuse=parser.error)


def run_verify(arguments: argparse.Namespace) -> Answer:
    """Fail if something is damaged, not readable or not where it was.

    After a repair: if it still is.
    """
    from cbmir_gui.services.library_repair import check_library, repair_library

    if arguments.images and not arguments.repair:
        arguments.refuse("--images needs --repair")
    folder = library_folder(arguments.library)
    with terminal_progress() as progress:
        if not arguments.repair:
            check = check_library(folder, progress)
            return Answer(check, check_text(check), _status(check))
        images = Path(arguments.images).expanduser() if arguments.images else None
        repair = repair_library(folder, images, (), progress)
    status = FAILED if repair.after is None else _status(repair.after)
    return Answer(repair, repair_text(repair), status)


def _status(check: LibraryCheck) -> int:
    is_bad = check.is_damaged or check.is_unreadable or check.num_moved
    return FAILED if is_bad else DONE


def check_text(check: LibraryCheck) -> str:
    """Say what was found, and what a repair would do."""
    lines = [f"{entry.kind}: {entry.what}. {entry.cure}" for entry in check.problems]
    lines.append(_counts(check))
    if check.is_mendable:
        lines.append("'cbmir library verify --repair' does what is said above.")
    return "\n".join(lines)


def repair_text(repair: LibraryRepair) -> str:
    """Say what was done, and what is left."""
    done = [
        (repair.backup, f"the former catalogue is kept as {repair.backup}"),
        (
            repair.num_set_aside,
            f"{repair.num_set_aside} damaged files put into 'quarantine'",
        ),
        (repair.num_deleted, f"{repair.num_deleted} files of no commit deleted"),
        (repair.num_found, f"{repair.num_found} moved files found"),
        (repair.num_thumbnails, f"{repair.num_thumbnails} thumbnails made"),
        (repair.num_extracted, f"{repair.num_extracted} images extracted again"),
    ]
    lines = [f"found: {entry.what}" for entry in repair.before.problems]
    lines += [f"done: {text}" for value, text in done if value]
    lines += [f"failed: {entry.reason}" for entry in repair.failed]
    if repair.after is None:
        return "\n".join([*lines, "Stopped before the end; run it again to go on."])
    lines += [f"left: {entry.what}. {entry.cure}" for entry in repair.after.problems]
    lines.append(_counts(repair.after))
    return "\n".join(lines)


def _counts(check: LibraryCheck) -> str:
    return (
        f"{check.num_images} images, {check.num_segments} segments, "
        f"{check.num_dead_rows} dead rows: {_verdict(check)}"
    )


def _verdict(check: LibraryCheck) -> str:
    if check.is_damaged:
        return "damaged"
    if check.is_unreadable:
        return "cannot be read now"
    if check.num_moved == check.num_images > 0:
        return "not damaged, but no image is where it was"
    if check.num_moved:
        return f"not damaged, but {check.num_moved} images are not where they were"
    return "not damaged, but see above" if check.problems else "sound"
