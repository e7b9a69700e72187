"""`cbmir library adopt|roll-back|set-default`: which model a library uses."""

import argparse
from typing import TYPE_CHECKING

from cbmir_gui.cli.answers import DONE, FAILED, Answer, format_failures
from cbmir_gui.cli.arguments import add_command
from cbmir_gui.cli.terminal import terminal_progress
from cbmir_gui.core.paths import library_folder
from cbmir_gui.core.records import LibraryInfo

if TYPE_CHECKING:
    from cbmir_gui.cli.arguments import Subparsers


def add_model_parsers(group: "Subparsers") -> None:
    """Describe the commands."""
    adopt = add_command(
        group, "adopt", "extract what is missing of a model, then use it by default"
    )
    roll_back = add_command(
        group, "roll-back", "use the model again that was the default before"
    )
    set_default = add_command(
        group, "set-default", "choose one of the models whose features a library has"
    )
    for parser, action in (
        (adopt, run_adopt),
        (roll_back, run_roll_back),
        (set_default, run_set_default),
    ):
        parser.add_argument("library", metavar="LIBRARY")
        parser.set_defaults(run=action)
    for parser in (adopt, set_default):
        parser.add_argument("model", metavar="MODEL")
        parser.add_argument(
            "--layer", default="", metavar="LAYER", help="default: the model's"
        )


def run_adopt(arguments: argparse.Namespace) -> Answer:
    """Extract, then switch; cancelled, the library goes on as before."""
    from cbmir_gui.services.adopting import adopt_model

    folder = str(library_folder(arguments.library))
    with terminal_progress() as progress:
        summary = adopt_model(
            folder, arguments.model, arguments.layer, progress=progress
        )
    if summary.cancelled:
        text = (
            f"Cancelled after {summary.added} images: the library uses its former "
            f"model. Adopting again goes on from here."
        )
        return Answer(summary, text, FAILED)
    lines = [
        f"{summary.added} images extracted, {len(summary.failed)} failed; "
        f"the library now uses {arguments.model}"
    ]
    lines += filter(None, [format_failures(summary.failed)])
    return Answer(summary, "\n".join(lines), FAILED if summary.failed else DONE)


def run_roll_back(arguments: argparse.Namespace) -> Answer:
    """Use the former default again."""
    from cbmir_gui.services.adopting import roll_back

    return _answer(roll_back(library_folder(arguments.library)))


def run_set_default(arguments: argparse.Namespace) -> Answer:
    """Choose among the extractors that the library has features of."""
    from cbmir_gui.services.adopting import set_default

    folder = library_folder(arguments.library)
    return _answer(set_default(folder, arguments.model, arguments.layer))


def _answer(info: LibraryInfo) -> Answer:
    (default,) = (
        extractor
        for extractor in info.extractors
        if extractor.key == info.default_extractor
    )
    text = f"{info.name} now uses {default.model} {default.layer}"
    if info.num_missing_features:
        text += (
            f"; {info.num_missing_features} images lack its features: "
            f"'cbmir library extract' makes them"
        )
    return Answer(info, text)
