import csv
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from cbmir_gui.core.errors import StorageError
from cbmir_gui.gui.results.ranked_list import results_csv, results_text, write_text


def test_the_table_says_what_was_found_and_how(make: Any) -> None:
    rows = list(csv.DictReader(StringIO(results_csv(make.results(3)))))
    assert [row["rank"] for row in rows] == ["1", "2", "3"]
    assert rows[1]["similarity"] == "0.980000"
    assert rows[1]["class"] == "mr_brain"
    assert {row["metric"] for row in rows} == {"cosine"}
    assert {row["library_size"] for row in rows} == {"240"}


def test_the_plain_list_says_what_it_is_not_for(make: Any) -> None:
    text = results_text(make.results(2))
    assert "not for diagnosis" in text
    assert "Predicted: ct_head 98.0 %" in text
    assert len(text.splitlines()) == 9


def test_a_folder_that_is_not_there_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"'list\.csv' could not be written"):
        write_text(tmp_path / "missing" / "list.csv", "")
