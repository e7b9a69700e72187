"""`cbmir doctor`: look whether everything is there that the program needs."""

import argparse
from typing import TYPE_CHECKING

from cbmir_gui.cli.answers import DONE, FAILED, Answer
from cbmir_gui.cli.arguments import add_command

if TYPE_CHECKING:
    from cbmir_gui.cli.arguments import Subparsers

_MARKS = {"ok": "ok  ", "warning": "note", "failed": "FAIL"}


def add_parser(commands: "Subparsers") -> None:
    """Describe the command."""
    parser = add_command(
        commands, "doctor", "check versions, plugins, libraries, processor and folders"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> Answer:
    """Check everything; fail if something needed is missing."""
    from cbmir_gui.services.doctor import examine

    report = examine()
    lines = []
    for check in report.checks:
        lines.append(f"{_MARKS[check.status]}  {check.name}: {check.detail}")
        if check.cure:
            lines.append(f"      {check.cure}")
    return Answer(report, "\n".join(lines), DONE if report.ok else FAILED)
