"""The command line: reads the arguments, runs one command, prints its answer.

A command is a module with `add_parser(commands)`; it names the function that runs it.
What a command needs beyond the words of `core` it imports in that function, so that
``cbmir --help`` loads no network.
"""

import argparse
import contextlib
import io
import logging
import os
import sys
from collections.abc import Callable

from cbmir_gui import __version__
from cbmir_gui.cli import (
    bench,
    compare,
    crossvalidate,
    deidentify,
    demo,
    doctor,
    evaluate,
    index,
    library,
    look,
    models,
    render,
    search,
    train,
)
from cbmir_gui.cli.answers import FAILED, Answer, print_answer
from cbmir_gui.core.errors import Cancelled, CbmirError

_LOGGER = logging.getLogger(__name__)
_COMMANDS = (
    index,
    look,
    search,
    train,
    crossvalidate,
    evaluate,
    compare,
    models,
    library,
    render,
    deidentify,
    demo,
    doctor,
    bench,
)


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    parser = argparse.ArgumentParser(
        prog="cbmir",
        description="Content-based medical image retrieval: finds the images of a "
        "library that are most similar to a query. For research and teaching, not "
        "for diagnosis.",
        epilog="'cbmir COMMAND --help' explains a command; 'cbmir-gui' opens the "
        "window.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"cbmir {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in _COMMANDS:
        command.add_parser(commands)
    return parser


def run(argv: list[str]) -> int:
    """Run one command.

    Parameters
    ----------
    argv
        The arguments without the program's name.

    Returns
    -------
    int
        Exit status: 0, or 1 if the command failed.

    Raises
    ------
    SystemExit
        With status 2 for wrong usage, with 0 after ``--help``.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Names of files need not be text that the terminal can show.
        sys.stdout.reconfigure(errors="backslashreplace")
    arguments = build_parser().parse_args(argv)
    action: Callable[[argparse.Namespace], Answer] = arguments.run
    try:
        answer = action(arguments)
        print_answer(answer, as_json=arguments.json)
    except CbmirError as error:
        return _fail(str(error))
    except (Cancelled, KeyboardInterrupt) as stop:
        return _fail(str(stop) or "Stopped on request.")
    except BrokenPipeError:
        # The reader of our output has gone (cbmir ... | head); that is its right.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except Exception as error:
        _LOGGER.exception("An unexpected error")
        return _fail(
            f"An unexpected error ({type(error).__name__}) ended the command. "
            f"The log has its details; 'cbmir doctor' says where the log is."
        )
    return answer.status


def _fail(message: str) -> int:
    with contextlib.suppress(OSError):  # the terminal was closed: nobody reads it
        print(f"cbmir: {' '.join(message.split())}", file=sys.stderr)
    return FAILED
