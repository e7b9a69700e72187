"""The log keeps causes and leaves out names."""

import logging
from pathlib import Path

import pytest

from cbmir_gui.core.logs import PrivateFormatter, open_log, redact
from cbmir_gui.core.paths import logs_dir


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "[Errno 2] No such file: '/data/Smith^John/1.dcm'",
            "[Errno 2] No such file: …",
        ),
        ("cannot open /data/Smith/1.dcm now", "cannot open …"),
        ("cannot open /data/John Smith Miller/1.dcm", "cannot open …"),
        ("can't open file 'Smith.dcm'", "can…"),
        ("no tag in 'O'Brien.dcm'", "no tag in …"),
        ("first /data/Smith\nsecond line", "first …\nsecond line"),
        ('bad value "Smith"', "bad value …"),
        ("shapes (3,4) and (5,) do not fit", "shapes (3,4) and (5,) do not fit"),
    ],
)
def test_quoted_words_and_paths_are_left_out(text: str, expected: str) -> None:
    assert redact(text) == expected


def test_a_traceback_names_functions_but_no_folder() -> None:
    def fail() -> None:
        raise ValueError("no '/data/Smith^John'") from KeyError("Smith")

    try:
        fail()
    except ValueError as error:
        record = logging.LogRecord(
            "n",
            logging.ERROR,
            "",
            0,
            "failed",
            (),
            (ValueError, error, error.__traceback__),
        )
    text = PrivateFormatter().format(record)
    assert "test_logs.py:" in text
    assert "fail" in text
    assert "ValueError: no …" in text
    assert "caused by" in text
    assert "Smith" not in text
    assert "/" not in text


def test_names_that_are_not_text_and_a_full_disk_print_nothing(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(root, "level", root.level)
    open_log("test")
    (handler,) = root.handlers
    try:
        logging.getLogger("cbmir_gui").warning("'R\udcf6ntgen.dcm' was skipped.")
        assert "ntgen.dcm' was skipped" in (logs_dir() / "test.log").read_text()
        monkeypatch.setattr(handler, "emit", lambda record: handler.handleError(record))
        logging.getLogger("cbmir_gui").warning("'Smith.dcm' was skipped.")
    finally:
        handler.close()
    assert capsys.readouterr().err == ""
