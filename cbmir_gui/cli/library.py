"""`cbmir library`: list, check and change libraries on disk."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from cbmir_gui.cli.answers import (
    DONE,
    FAILED,
    Answer,
    format_bytes,
    format_fields,
    format_table,
)
from cbmir_gui.cli.arguments import add_command, add_extractor_options, add_group
from cbmir_gui.cli.library_index import add_index_parsers
from cbmir_gui.cli.library_models import add_model_parsers
from cbmir_gui.cli.library_verify import add_verify_parser
from cbmir_gui.cli.terminal import terminal_progress
from cbmir_gui.core.errors import LibraryError
from cbmir_gui.core.paths import library_folder

if TYPE_CHECKING:
    from cbmir_gui.cli.arguments import Subparsers


def add_parser(commands: "Subparsers") -> None:
    """Describe the commands."""
    group = add_group(commands, "library", "list, check and change libraries")
    add_command(group, "list", "list the libraries").set_defaults(run=run_list)
    parsers = {}
    for name, summary, action in (
        ("info", "say what a library holds", run_info),
        ("compact", "drop what was removed for good", run_compact),
        ("relabel", "give images another class", run_relabel),
        ("remove", "remove images; their files stay where they are", run_remove),
        (
            "export",
            "write records to .csv, or records and features to .json",
            run_export,
        ),
        (
            "extract",
            "give the images the features of another or a newly trained model",
            run_extract,
        ),
        ("move", "say where a folder of images is now", run_move),
    ):
        parser = add_command(group, name, summary)
        parser.add_argument("library", metavar="LIBRARY")
        parser.set_defaults(run=action)
        parsers[name] = parser
    parsers["relabel"].add_argument("--to", required=True, metavar="CLASS")
    which = {name: _add_choice(parsers[name]) for name in ("relabel", "remove")}
    which["remove"].add_argument(
        "--undo", default="", metavar="TOKEN", help="bring back what a removal took"
    )
    parsers["export"].add_argument("out", metavar="OUT.csv|OUT.json")
    for name in ("export", "extract"):
        add_extractor_options(parsers[name])
    parsers["move"].add_argument("old", metavar="OLD", help="folder they were in")
    parsers["move"].add_argument("new", metavar="NEW", help="folder they are in now")
    add_verify_parser(group)
    add_model_parsers(group)
    add_index_parsers(group)


def _add_choice(parser: argparse.ArgumentParser) -> "argparse._MutuallyExclusiveGroup":
    """Add which images are meant."""
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument(
        "images",
        metavar="IMAGE",
        nargs="*",
        default=[],
        help="file, or image_id of a hit",
    )
    group.add_argument(
        "--class",
        dest="class_name",
        default=None,
        metavar="CLASS",
        help="all of this class",
    )
    return group


def run_list(arguments: argparse.Namespace) -> Answer:
    """List the libraries that have a plain name."""
    from cbmir_gui.services.libraries import list_libraries

    libraries = list_libraries()
    rows = [
        (info.name, info.num_images, format_bytes(info.size_bytes), info.folder)
        for info in libraries
    ]
    header = ("name", "images", "size", "folder")
    text = format_table(header, rows) if rows else "There are no libraries yet."
    return Answer(libraries, text)


def run_info(arguments: argparse.Namespace) -> Answer:
    """Say what a library holds."""
    from cbmir_gui.services.libraries import library_info

    info = library_info(library_folder(arguments.library))
    fields = format_fields(
        [
            ("name", info.name),
            ("folder", info.folder),
            ("images", info.num_images),
            ("files", info.num_paths),
            ("size", format_bytes(info.size_bytes)),
            ("without features", info.num_missing_features),
            ("read-only", "yes" if info.read_only else "no"),
        ]
    )
    extractors = format_table(
        ("model", "layer", "values", "metric", ""),
        [
            (
                extractor.model,
                extractor.layer,
                extractor.feature_dim,
                extractor.metric,
                "default" if extractor.key == info.default_extractor else "",
            )
            for extractor in info.extractors
        ],
    )
    classes = format_table(
        ("class", "images"),
        [(name or "(none)", number) for name, number in info.classes.items()],
    )
    return Answer(info, f"{fields}\n\n{extractors}\n\n{classes}")


def run_compact(arguments: argparse.Namespace) -> Answer:
    """Rewrite the features without what was removed."""
    from cbmir_gui.library.maintenance import QUARANTINE_FOLDER
    from cbmir_gui.services.libraries import compact_library, library_info

    folder = library_folder(arguments.library)
    quarantine = folder / QUARANTINE_FOLDER
    had_quarantine = quarantine.is_dir()
    before = library_info(folder).size_bytes
    with terminal_progress() as progress:
        compact_library(folder, progress)
    after = library_info(folder).size_bytes
    document = {"size_bytes_before": before, "size_bytes": after}
    text = f"{format_bytes(before)} -> {format_bytes(after)}"
    if had_quarantine and quarantine.is_dir():
        text += "; the folder 'quarantine' stays until the library is whole again"
    elif had_quarantine:
        text += "; the damaged files in the folder 'quarantine' were deleted"
    return Answer(document, text)


def run_relabel(arguments: argparse.Namespace) -> Answer:
    """Give the chosen images another class."""
    from cbmir_gui.services.libraries import relabel_images

    folder = library_folder(arguments.library)
    previous = relabel_images(folder, _chosen(arguments), arguments.to)
    document = {"relabelled": len(previous), "previous": previous}
    return Answer(document, f"{len(previous)} images are now '{arguments.to}'")


def run_remove(arguments: argparse.Namespace) -> Answer:
    """Remove the chosen images, or bring removed ones back."""
    from cbmir_gui.services.libraries import remove_images, restore_images

    folder = library_folder(arguments.library)
    if arguments.undo:
        number = restore_images(folder, arguments.undo)
        if not number:
            raise LibraryError(
                f"Nothing was removed with the token '{arguments.undo[:40]}', or it "
                f"was compacted since. Give the token that 'cbmir library remove' "
                f"printed."
            )
        return Answer({"restored": number}, f"{number} images are back")
    removal = remove_images(folder, _chosen(arguments))
    document = {"removed": removal.num_removed, "undo": removal.undo}
    text = f"{removal.num_removed} images removed"
    if removal.undo:
        text += f"; until the next compact, --undo {removal.undo} brings them back"
    return Answer(document, text)


def run_export(arguments: argparse.Namespace) -> Answer:
    """Write a library to one file."""
    from cbmir_gui.services.library_export import export_library

    out = Path(arguments.out)
    folder = library_folder(arguments.library)
    number = export_library(folder, out, arguments.model, arguments.layer)
    return Answer({"images": number, "out": out}, f"{number} images: {out}")


def run_extract(arguments: argparse.Namespace) -> Answer:
    """Extract what an extractor has not made yet; images keep their old features."""
    from cbmir_gui.services.extracting import extract_missing

    folder = str(library_folder(arguments.library))
    with terminal_progress() as progress:
        summary = extract_missing(
            folder, arguments.model, arguments.layer, progress=progress
        )
    text = f"{summary.added} images extracted, {len(summary.failed)} failed"
    status = FAILED if summary.cancelled or summary.failed else DONE
    return Answer(summary, text, status)


def run_move(arguments: argparse.Namespace) -> Answer:
    """Rewrite the paths below a folder that was moved or renamed."""
    from cbmir_gui.services.libraries import move_images

    old, new = (Path(path).expanduser() for path in (arguments.old, arguments.new))
    moved = move_images(library_folder(arguments.library), old, new)
    document = {
        "moved": moved.num_moved,
        "kept": moved.num_kept,
        "old": old.absolute(),
        "new": new.absolute(),
    }
    text = f"{moved.num_moved} files are now looked for in '{new}'"
    if moved.num_kept:
        text += (
            f"; {moved.num_kept} stay where they were, because the library has other "
            f"images there: remove those first if they are wrong"
        )
    return Answer(document, text)


def _chosen(arguments: argparse.Namespace) -> tuple[str, ...]:
    from cbmir_gui.services.image_selection import select_images

    folder = library_folder(arguments.library)
    return select_images(folder, arguments.images, arguments.class_name)
