"""Progress on a terminal; Ctrl-C and other requests to end stop a command cleanly."""

import contextlib
import shutil
import signal
import sys
import threading
import time
from collections.abc import Iterator
from types import FrameType
from typing import TextIO

from cbmir_gui.core.progress import CancellableProgress, Progress

_BAR_WIDTH = 24
_INTERVAL_S = 0.1
_ENDINGS = ("SIGTERM", "SIGHUP")
"""Asked to end, and the terminal is closed; Windows has no SIGHUP."""


class ProgressBar:
    """One line of a terminal that is drawn over and over; silent elsewhere."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_terminal = stream.isatty()
        self._drawn_at_s = 0.0

    def draw(self, done: int, total: int, text: str) -> None:
        """Show the state, at most ten times a second."""
        now_s = time.monotonic()
        is_last = total > 0 and done >= total
        if not self._is_terminal or (
            now_s - self._drawn_at_s < _INTERVAL_S and not is_last
        ):
            return
        self._drawn_at_s = now_s
        width = shutil.get_terminal_size().columns - 1
        line = format_bar(done, total, printable(text))[:width].ljust(width)
        self._write(f"\r{line}")

    def erase(self) -> None:
        """Leave an empty line for what is printed next."""
        if self._is_terminal and self._drawn_at_s:
            width = shutil.get_terminal_size().columns - 1
            self._write(f"\r{' ' * width}\r")

    def _write(self, text: str) -> None:
        # A terminal that was closed takes nothing; a signal says so to the command.
        with contextlib.suppress(OSError):
            self._stream.write(text)
            self._stream.flush()


def printable(text: str) -> str:
    """Replace control characters: a file's name must not steer the terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def format_bar(done: int, total: int, text: str) -> str:
    """Return e.g. ``[######      ] 25/50 reading``; a count where total is 0."""
    if total <= 0:
        return f"{done} {text}".rstrip()
    filled = _BAR_WIDTH * min(done, total) // total
    bar = "#" * filled + " " * (_BAR_WIDTH - filled)
    return f"[{bar}] {done}/{total} {text}".rstrip()


@contextlib.contextmanager
def terminal_progress() -> Iterator[Progress]:
    """Yield a progress that draws a bar on standard error and stops on Ctrl-C.

    The first Ctrl-C makes the next progress call raise `Cancelled`, so that the
    operation ends at a sound place; the second interrupts at once.
    """
    bar = ProgressBar(sys.stderr)
    progress = CancellableProgress(bar.draw)
    in_main_thread = threading.current_thread() is threading.main_thread()

    def stop(number: int, frame: FrameType | None) -> None:
        progress.cancel()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    previous = signal.getsignal(signal.SIGINT)
    if in_main_thread:
        signal.signal(signal.SIGINT, stop)
    try:
        yield progress
    finally:
        bar.erase()
        if in_main_thread:
            signal.signal(signal.SIGINT, previous)


def stop_when_asked() -> None:
    """Take a request to end this process as Ctrl-C; call it once, where it starts.

    Without it the process ends where it is, and what it unpacked stays on the disk. A
    signal that is ignored (``nohup``) stays so.
    """
    for name in _ENDINGS:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _stop)


def _stop(number: int, frame: FrameType | None) -> None:
    handler = signal.getsignal(signal.SIGINT)
    if not callable(handler):
        raise KeyboardInterrupt
    handler(number, frame)
