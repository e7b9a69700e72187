"""`cbmir evaluate`: how good a library, a model and a distance are, in figures."""

import argparse
from typing import TYPE_CHECKING

from cbmir_gui.cli.answers import Answer
from cbmir_gui.cli.arguments import (
    add_command,
    add_data_options,
    add_search_options,
)

if TYPE_CHECKING:
    from cbmir_gui.cli.arguments import Subparsers


def add_parser(commands: "Subparsers") -> None:
    """Describe the command."""
    parser = add_command(
        commands, "evaluate", "measure retrieval and classification on labelled queries"
    )
    parser.add_argument(
        "--library", required=True, metavar="L", help="name, or path of a folder"
    )
    parser.add_argument(
        "--queries",
        required=True,
        metavar="MANIFEST",
        help="manifest (.csv) or folder of class folders",
    )
    add_data_options(parser, ("class", "diagnosis", "modality"))
    add_search_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> Answer:
    """Evaluate every query."""
    raise NotImplementedError
