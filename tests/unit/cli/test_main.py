"""Exit status, messages and help of the command line."""

import argparse
import logging

import pytest

from cbmir_gui.cli import main, render
from cbmir_gui.cli.answers import Answer
from cbmir_gui.core.errors import Cancelled, DataError


@pytest.fixture
def outcome(monkeypatch: pytest.MonkeyPatch) -> list[BaseException | Answer]:
    """Let `cbmir doctor` do what the list says."""
    outcomes: list[BaseException | Answer] = []

    def run(arguments: argparse.Namespace) -> Answer:
        answer = outcomes[0]
        if isinstance(answer, BaseException):
            raise answer
        return answer

    monkeypatch.setattr("cbmir_gui.cli.doctor.run", run)
    return outcomes


def test_a_command_that_works_ends_with_0(
    outcome: list[BaseException | Answer], capsys: pytest.CaptureFixture[str]
) -> None:
    outcome.append(Answer({}, "fine"))
    assert main.run(["doctor"]) == 0
    assert capsys.readouterr().out == "fine\n"


def test_an_error_is_one_line_on_standard_error(
    outcome: list[BaseException | Answer], capsys: pytest.CaptureFixture[str]
) -> None:
    outcome.append(DataError("It is\nbroken. Mend it."))
    assert main.run(["doctor", "--json"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "cbmir: It is broken. Mend it.\n"


@pytest.mark.parametrize("stop", [Cancelled(), KeyboardInterrupt()])
def test_stopping_is_said_and_ends_with_1(
    stop: BaseException,
    outcome: list[BaseException | Answer],
    capsys: pytest.CaptureFixture[str],
) -> None:
    outcome.append(stop)
    assert main.run(["doctor"]) == 1
    assert capsys.readouterr().err == "cbmir: Stopped on request.\n"


def test_an_unexpected_error_goes_to_the_log_and_not_to_the_user(
    outcome: list[BaseException | Answer],
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    outcome.append(ZeroDivisionError("division by zero"))
    with caplog.at_level(logging.ERROR):
        assert main.run(["doctor"]) == 1
    message = capsys.readouterr().err
    assert "ZeroDivisionError" in message
    assert "Traceback" not in message
    assert caplog.records[0].exc_info is not None


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["fly"],
        ["search", "lib"],
        ["search", "lib", "q", "--top", "0"],
        ["library", "remove", "lib"],
        ["library", "relabel", "lib", "a.png"],
        ["library", "remove", "lib", "a.png", "--class", "head"],
    ],
)
def test_wrong_usage_ends_with_2(
    argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main.run(argv)
    assert ended.value.code == 2
    assert "usage: cbmir" in capsys.readouterr().err


def subcommands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """Return all commands below a parser that run something, by their words."""
    found = {}
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, child in action.choices.items():
                below = subcommands(child)
                found |= {f"{name} {key}": value for key, value in below.items()}
                if not below:
                    found[name] = child
    return found


def test_every_command_takes_json_and_can_be_run() -> None:
    commands = subcommands(main.build_parser())
    assert {"index", "search", "models list", "library verify"} <= set(commands)
    for name, parser in commands.items():
        assert "--json" in parser.format_help(), name
        assert callable(parser.get_default("run")), name


def test_render_passes_frame_and_window_on() -> None:
    arguments = main.build_parser().parse_args(
        ["render", "a.dcm", "b.png", "--frame", "2", "--window=-600,1500"]
    )
    assert (arguments.frame, arguments.window) == (2, "-600,1500")
    assert arguments.run is render.run


@pytest.mark.parametrize(
    ("words", "images", "class_name"),
    [(["a.png", "b.png"], ["a.png", "b.png"], None), (["--class", ""], [], "")],
)
def test_images_are_chosen_by_name_or_by_class(
    words: list[str], images: list[str], class_name: str | None
) -> None:
    arguments = main.build_parser().parse_args(["library", "remove", "lib", *words])
    assert (arguments.images, arguments.class_name) == (images, class_name)
