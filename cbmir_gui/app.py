"""Composition root of the window and of the command line.

Nothing heavy is imported here before it is known which of the two is wanted.
"""

import sys


def main(argv: list[str]) -> int:
    """Open the window, or run a command if `argv` (without program name) has one."""
    if argv:
        from cbmir_gui.cli.main import run

        return run(argv)
    return window()


def command_line() -> int:
    """Run `cbmir`."""
    from cbmir_gui.cli.main import run

    return run(sys.argv[1:])


def window() -> int:
    """Run `cbmir-gui`."""
    raise NotImplementedError
