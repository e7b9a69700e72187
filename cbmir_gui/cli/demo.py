"""`cbmir demo`: make the demo library."""

import argparse
from typing import TYPE_CHECKING

from cbmir_gui.cli.answers import Answer
from cbmir_gui.cli.arguments import add_command
from cbmir_gui.cli.index import summarize
from cbmir_gui.cli.terminal import terminal_progress

if TYPE_CHECKING:
    from cbmir_gui.cli.arguments import Subparsers


def add_parser(commands: "Subparsers") -> None:
    """Describe the command."""
    parser = add_command(
        commands, "demo", "generate the phantom images and index them as 'demo'"
    )
    parser.add_argument(
        "--model", default="", metavar="NAME", help="default: the program's"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> Answer:
    """Build what is missing of the demo library."""
    from cbmir_gui.services.demo import build_demo

    with terminal_progress() as progress:
        summary = build_demo(progress=progress, model=arguments.model)
    return summarize(summary)
