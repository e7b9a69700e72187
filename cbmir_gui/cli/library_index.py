"""`cbmir library export-index|import-index`: features as a JSON file."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from cbmir_gui.cli.answers import Answer
from cbmir_gui.cli.arguments import add_command, add_extractor_options
from cbmir_gui.cli.terminal import terminal_progress
from cbmir_gui.core.paths import library_folder

if TYPE_CHECKING:
    from cbmir_gui.cli.arguments import Subparsers


def add_index_parsers(group: "Subparsers") -> None:
    """Describe the commands."""
    write = add_command(
        group, "export-index", "write features, file names and labels to a JSON file"
    )
    write.add_argument("library", metavar="LIBRARY")
    write.add_argument("out", metavar="OUT.json")
    add_extractor_options(write)
    write.set_defaults(run=run_export)
    read = add_command(
        group, "import-index", "make or extend a library from such a JSON file"
    )
    read.add_argument("file", metavar="IN.json")
    read.add_argument("library", metavar="LIBRARY")
    read.set_defaults(run=run_import)


def run_export(arguments: argparse.Namespace) -> Answer:
    """Write the index of a library."""
    from cbmir_gui.services.library_export import export_index

    out = Path(arguments.out)
    folder = library_folder(arguments.library)
    number = export_index(folder, out, arguments.model, arguments.layer)
    return Answer({"images": number, "out": out}, f"{number} images: {out}")


def run_import(arguments: argparse.Namespace) -> Answer:
    """Add the images of an index to a library."""
    from cbmir_gui.services.json_index_import import import_index

    folder = library_folder(arguments.library)
    with terminal_progress() as progress:
        result = import_index(Path(arguments.file), folder, progress=progress)
    text = (
        f"{result.added} images added, {result.completed} completed, "
        f"{result.known} known"
    )
    if result.without_file:
        text += f"; {result.without_file} files are not where the index says"
    if result.outdated:
        text += (
            f"; {result.outdated} left out: the library has newer images of their files"
        )
    return Answer(result, text)
