"""`cbmir library list|info|verify|compact|relabel|remove|export`: libraries on disk."""

from typing import TYPE_CHECKING

from cbmir_gui.cli.arguments import add_group

if TYPE_CHECKING:
    from cbmir_gui.cli.arguments import Subparsers


def add_parser(commands: "Subparsers") -> None:
    """Describe the commands."""
    add_group(commands, "library", "list, check and change libraries")
