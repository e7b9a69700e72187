"""Progress on a terminal, and Ctrl-C."""

import io
import signal
from collections.abc import Iterator

import pytest

from cbmir_gui.cli.terminal import (
    ProgressBar,
    format_bar,
    stop_when_asked,
    terminal_progress,
)
from cbmir_gui.core.errors import Cancelled


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_bar_shows_how_much_is_done() -> None:
    assert format_bar(12, 24, "reading") == f"[{'#' * 12}{' ' * 12}] 12/24 reading"


def test_without_a_total_only_the_count_is_shown() -> None:
    assert format_bar(7, 0, "looking") == "7 looking"


def test_the_bar_is_drawn_on_a_terminal_and_erased() -> None:
    terminal = Terminal()
    bar = ProgressBar(terminal)
    bar.draw(1, 1, "done")
    bar.erase()
    drawn, _, after = terminal.getvalue().partition("1/1 done")
    assert drawn.startswith("\r[")
    assert after.endswith("\r")


def test_the_name_of_a_file_cannot_steer_the_terminal() -> None:
    terminal = Terminal()
    ProgressBar(terminal).draw(1, 2, "scan\x1b[2J.dcm")
    assert "\x1b" not in terminal.getvalue()
    assert "scan?[2J.dcm" in terminal.getvalue()


def test_a_terminal_that_was_closed_is_no_error_of_the_bar() -> None:
    class Closed(Terminal):
        def write(self, text: str) -> int:
            raise OSError(5, "Input/output error")

    bar = ProgressBar(Closed())
    bar.draw(1, 2, "reading")
    bar.erase()


def test_nothing_is_drawn_into_a_file() -> None:
    stream = io.StringIO()
    bar = ProgressBar(stream)
    bar.draw(1, 1, "done")
    bar.erase()
    assert stream.getvalue() == ""


def test_ctrl_c_cancels_at_the_next_progress_call() -> None:
    with terminal_progress() as progress:
        progress(0, 2)
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(Cancelled):
            progress(1, 2)


def test_a_second_ctrl_c_interrupts_at_once() -> None:
    with terminal_progress():
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_afterwards_ctrl_c_means_what_it_meant_before() -> None:
    before = signal.getsignal(signal.SIGINT)
    with terminal_progress():
        pass
    assert signal.getsignal(signal.SIGINT) is before


ENDINGS = [
    getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)
]


@pytest.fixture
def asked_to_end() -> Iterator[None]:
    """Listen to requests to end, and leave the signals as they were."""
    numbers = [signal.SIGINT, *ENDINGS]
    former = {number: signal.getsignal(number) for number in numbers}
    for number in ENDINGS:  # the tests themselves may have been started by nohup
        signal.signal(number, signal.SIG_DFL)
    stop_when_asked()
    yield
    for number, handler in former.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", ENDINGS)
def test_a_request_to_end_is_like_ctrl_c(number: int, asked_to_end: None) -> None:
    with terminal_progress() as progress:
        signal.raise_signal(number)
        with pytest.raises(Cancelled):
            progress(1, 2)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)


@pytest.mark.parametrize("number", ENDINGS)
def test_a_request_to_end_reaches_a_command_that_ctrl_c_does_not(
    number: int, asked_to_end: None
) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # as in the background of a script
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(number)


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="signals are POSIX's")
def test_what_was_started_to_outlive_its_terminal_does(asked_to_end: None) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # by nohup
    stop_when_asked()
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
