"""What is started, and what is said where it cannot be."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from cbmir_gui import app
from cbmir_gui.services import system_libraries


@pytest.fixture(autouse=True)
def quiet_log(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Take away again what a process does to itself when it starts."""
    monkeypatch.setattr(app, "keep_private", lambda: None)
    monkeypatch.setattr("cbmir_gui.cli.terminal.stop_when_asked", lambda: None)
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield
    for handler in root.handlers:
        if handler not in before:
            root.removeHandler(handler)
            handler.close()
    root.setLevel(level)


def test_missing_system_libraries_are_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        system_libraries, "missing_packages", lambda with_x11: ("libegl1",)
    )
    assert app.window() == 1
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert message.rstrip().endswith("apt-get install libegl1")


def test_arguments_are_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert app.main(["library", "list"]) == 0
    assert capsys.readouterr().out == "There are no libraries yet.\n"


def test_a_command_writes_a_log_without_folders(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise OSError(5, "broken", "/patients/doe/image.dcm")

    monkeypatch.setattr("cbmir_gui.services.doctor.examine", fail)
    assert app.main(["doctor"]) == 1
    assert "OSError" in capsys.readouterr().err
    text = (home / "logs" / "cbmir.log").read_text(encoding="utf-8")
    assert "OSError" in text
    assert "doe" not in text
