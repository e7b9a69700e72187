"""The table that several measurements of an ablation add rows to."""

import json
from pathlib import Path

from ablation_table import AblationTable


def names(path: Path) -> list[str]:
    return [row["name"] for row in json.loads(path.read_text())["rows"]]


def test_rows_of_an_earlier_measurement_stay(tmp_path: Path) -> None:
    path = tmp_path / "ablation.json"
    AblationTable(path, "embedding", "One.").add({"name": "a", "mAP": 0.5})
    table = AblationTable(path, "training", "Two.")
    assert table.has("a")
    table.add({"name": "b", "mAP": 0.6})
    table.add({"name": "b", "mAP": 0.7})
    stored = json.loads(path.read_text())
    assert stored["note"] == "One. Two."
    assert stored["rows"] == [{"name": "a", "mAP": 0.5}, {"name": "b", "mAP": 0.7}]


def test_a_note_written_anew_stands_once(tmp_path: Path) -> None:
    path = tmp_path / "ablation.json"
    AblationTable(path, "embedding", "One.").write()
    AblationTable(path, "training", "Two.").write()
    AblationTable(path, "embedding", "First.").write()
    assert json.loads(path.read_text())["note"] == "First. Two."


def test_rows_that_are_not_sorted_stay_behind(tmp_path: Path) -> None:
    path = tmp_path / "ablation.json"
    table = AblationTable(path, "embedding", "One.")
    for name in ("z", "b", "a"):
        table.add({"name": name})
    table.sort(("a", "b"))
    assert names(path) == ["a", "b", "z"]
