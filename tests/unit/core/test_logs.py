"""The log keeps causes and leaves out names."""

import logging

import pytest

from cbmir_gui.core.logs import PrivateFormatter, redact


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "[Errno 2] No such file: '/data/Smith^John/1.dcm'",
            "[Errno 2] No such file: …",
        ),
        ("cannot open /data/Smith/1.dcm now", "cannot open … now"),
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
