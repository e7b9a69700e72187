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
        ("number 12345 of 1234", "number … of 1234"),
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
    assert "  ValueError\n" in text
    assert "caused by" in text
    assert "Smith" not in text
    assert "/" not in text


def formatted(name: str, message: str, *values: object) -> str:
    record = logging.LogRecord(name, logging.ERROR, "", 0, message, values, None)
    return PrivateFormatter("%(levelname)s %(message)s").format(record)


def test_messages_of_other_packages_are_redacted() -> None:
    assert formatted("qt", "no file '%s'", "smith") == "ERROR no file …"
    assert formatted("pydicom", "bad SMITH") == "ERROR bad …"


def test_errors_and_paths_in_our_messages_are_redacted() -> None:
    own = "cbmir_gui.sources"
    assert formatted(own, "Row %s failed", "VGG16") == "ERROR Row VGG16 failed"
    assert formatted(own, "Left out: %s", Path("/x/smith")) == "ERROR Left out: …"
    text = formatted(own, "%d: %s", 3, ValueError("no 'smith'"))
    assert text == "ERROR 3: no …"
    assert formatted(own, "100 % done") == "ERROR 100 % done"


def test_what_an_exception_says_is_left_out() -> None:
    cause = OSError(2, "no smith 12345", "/data/smith")
    error = ValueError("small smith 1234")
    error.__cause__ = cause
    lines = PrivateFormatter().formatException((ValueError, error, None)).splitlines()
    assert lines == [
        "  ValueError",
        "  caused by",
        "  FileNotFoundError: No such file or directory",
    ]


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
