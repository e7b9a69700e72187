"""How answers are printed."""

import json
from pathlib import Path

import pytest

from cbmir_gui.cli.answers import (
    Answer,
    format_bytes,
    format_failures,
    format_skipped,
    format_table,
    print_answer,
)
from cbmir_gui.core.json_types import to_json
from cbmir_gui.core.records import FailedFile
from cbmir_gui.core.search_records import Prediction


def test_records_tuples_and_paths_become_json_types() -> None:
    value = (Prediction("head", 0.5), {"out": Path("a.png")})
    assert to_json(value) == [
        {"class_name": "head", "probability": 0.5},
        {"out": "a.png"},
    ]


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_a_number_that_json_lacks_becomes_null(number: float) -> None:
    assert to_json({"accuracy": number}) == {"accuracy": None}


def test_json_is_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    print_answer(Answer({"a": [1]}, "text"), as_json=True)
    assert json.loads(capsys.readouterr().out) == {"a": [1]}


def test_without_json_the_text_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    print_answer(Answer({"a": [1]}, "text"), as_json=False)
    assert capsys.readouterr().out == "text\n"


def test_numbers_stand_right_and_words_left_in_a_table() -> None:
    table = format_table(("rank", "class"), [(1, "head"), (10, "chest")])
    assert table.splitlines() == ["rank  class", "   1  head", "  10  chest"]


def test_a_long_list_of_failures_is_cut_and_counted() -> None:
    failed = [FailedFile(f"/x/{number}", f"'{number}' is bad") for number in range(12)]
    lines = format_failures(failed).splitlines()
    assert lines[0] == "  '0' is bad"
    assert lines[-1] == "  ... and 2 more; --json lists all."


def test_a_failure_always_names_its_file() -> None:
    failed = [FailedFile("/data/DOE/a.dcm", "it is cut off")]
    assert format_failures(failed) == "  'a.dcm': it is cut off"


def test_skipped_files_are_counted_by_what_they_are() -> None:
    skipped = [FailedFile("/x/1", "a report")] * 2 + [FailedFile("/x/2", "a plan")]
    assert format_skipped(skipped).splitlines() == [
        "3 skipped:",
        "  2 x a report",
        "  1 x a plan",
    ]


@pytest.mark.parametrize(
    ("num_bytes", "text"),
    [(0, "0 B"), (1536, "1.5 KiB"), (5 * 2**20, "5.0 MiB"), (3 * 2**31, "6.0 GiB")],
)
def test_sizes_have_a_unit(num_bytes: int, text: str) -> None:
    assert format_bytes(num_bytes) == text
