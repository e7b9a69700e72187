"""`cbmir index LIBRARY PATH...`: add images to a library."""

import argparse
from typing import TYPE_CHECKING

from cbmir_gui.cli.answers import DONE, FAILED, Answer, format_failures, format_skipped
from cbmir_gui.cli.arguments import (
    add_command,
    add_data_options,
    add_every_option,
    add_extractor_options,
)
from cbmir_gui.cli.terminal import terminal_progress
from cbmir_gui.core.paths import library_folder
from cbmir_gui.core.records import IndexRequest, IndexSummary

if TYPE_CHECKING:
    from cbmir_gui.cli.arguments import Subparsers


def add_parser(commands: "Subparsers") -> None:
    """Describe the command."""
    parser = add_command(
        commands, "index", "add images to a library, made if it is not there"
    )
    parser.add_argument("library", metavar="LIBRARY", help="name, or path of a folder")
    parser.add_argument(
        "paths",
        metavar="PATH",
        nargs="+",
        help="file, folder, ZIP archive, DICOMDIR, manifest (.csv), or folder that "
        "holds only class folders and these only images",
    )
    add_every_option(parser)
    add_extractor_options(parser)
    add_data_options(parser, ("class", "modality"))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> Answer:
    """Index, and say what was added."""
    from cbmir_gui.services.importing import import_paths, needs_look
    from cbmir_gui.services.indexing import index_library

    request = IndexRequest(
        library=str(library_folder(arguments.library)),
        paths=tuple(arguments.paths),
        model=arguments.model,
        layer=arguments.layer,
        set_name=arguments.set_name,
        splits=arguments.splits,
        label=arguments.label,
        class_folders=True,
    )
    with terminal_progress() as progress:
        if arguments.every or any(map(needs_look, arguments.paths)):
            summary = import_paths(request, arguments.every, progress=progress)
        else:
            summary = index_library(request, progress=progress)
    return summarize(summary)


def summarize(summary: IndexSummary) -> Answer:
    """Say what an indexing run did; it failed if it was cut short or read nothing."""
    lines = [
        f"{summary.added} added, {summary.known} known, {summary.duplicate} duplicate, "
        f"{len(summary.failed)} failed in {summary.seconds:.1f} s "
        f"({summary.images_per_second:.1f} images/s)"
    ]
    if summary.failed:
        lines.append(format_failures(summary.failed))
    if summary.skipped:
        lines.append(format_skipped(summary.skipped))
    if summary.cancelled:
        lines.append("Stopped on request; what was added before is kept.")
    num_read = summary.added + summary.known + summary.duplicate
    nothing_read = bool(summary.failed or summary.skipped) and not num_read
    status = FAILED if summary.cancelled or nothing_read else DONE
    return Answer(summary, "\n".join(lines), status)
