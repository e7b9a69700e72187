"""Composition root of the window and of the command line.

Nothing heavy is imported before it is known which of the two is wanted.
"""

import os
import sys
import warnings

from cbmir_gui.core.logs import open_log
from cbmir_gui.core.paths import home
from cbmir_gui.core.privacy import keep_private


def main(argv: list[str]) -> int:
    """Open the window, or run a command if `argv` (without program name) names one."""
    return run_command(argv) if argv else window()


def command_line() -> int:
    """Run `cbmir`."""
    return run_command(sys.argv[1:])


def run_command(argv: list[str]) -> int:
    """Run one command of the command line; returns its exit status."""
    from cbmir_gui.cli.main import run
    from cbmir_gui.cli.terminal import stop_when_asked

    # TensorFlow greets on standard error unless it is told not to; warnings are for
    # those who ask for them with -W.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    keep_private()
    stop_when_asked()
    open_log("cbmir")
    return run(argv)


def window() -> int:
    """Run `cbmir-gui`; without a display do the same job offscreen."""
    from cbmir_gui.services.system_libraries import (
        describe_missing,
        has_display,
        missing_packages,
    )

    keep_private()
    open_log("window")
    offscreen = not has_display() and not os.environ.get("QT_QPA_PLATFORM")
    missing = missing_packages(with_x11=has_display())
    if missing:
        sys.stderr.write(f"{describe_missing(missing)}\n")
        return 1
    if offscreen:
        return _offscreen()
    from cbmir_gui.gui.application import run_window

    return run_window()


def _offscreen() -> int:
    from cbmir_gui.gui.offscreen import run_offscreen

    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    _say(
        "There is no display, so the window works offscreen: it opens the demo "
        "library, searches it once and writes what it shows."
    )
    return run_offscreen(home() / "demo_output", _say)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
