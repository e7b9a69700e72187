"""The summary of an import, shown and saved without the names of folders."""

import csv
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from cbmir_gui.core.records import FailedFile, IndexSummary
from cbmir_gui.gui.library.import_summary import ImportSummaryDialog, summary_csv

SUMMARY = IndexSummary(
    "/lib",
    312,
    4,
    2,
    (FailedFile("/data/DOE^JANE/cut", "it is cut off"),),
    9.0,
    34.0,
    skipped=(FailedFile("/data/DOE^JANE/report", "it is a structured report"),),
)


@pytest.fixture
def dialog(qtbot: QtBot) -> ImportSummaryDialog:
    dialog = ImportSummaryDialog(SUMMARY)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def test_numbers_and_files_are_shown(dialog: ImportSummaryDialog) -> None:
    assert list(dialog.numbers().values()) == ["312", "4", "2", "1", "1"]
    assert dialog.left_out.texts() == [
        ["cut", "could not be read", "it is cut off"],
        ["report", "skipped", "it is a structured report"],
    ]


def test_the_saved_summary_names_no_folder(
    dialog: ImportSummaryDialog, tmp_path: Path
) -> None:
    path = tmp_path / "import.csv"
    dialog.save(str(path))
    rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
    assert rows == [
        ["outcome", "number", "file", "reason"],
        ["added", "312", "", ""],
        ["known", "4", "", ""],
        ["duplicate", "2", "", ""],
        ["skipped", "1", "", ""],
        ["failed", "1", "", ""],
        ["stopped before the end", "0", "", ""],
        ["skipped", "", "report", "it is a structured report"],
        ["failed", "", "cut", "it is cut off"],
    ]
    assert dialog.note.text() == "Saved as import.csv."


def test_on_request_it_names_them(dialog: ImportSummaryDialog, tmp_path: Path) -> None:
    dialog.folders.setChecked(True)
    dialog.save(str(tmp_path / "import.csv"))
    assert "/data/DOE^JANE/cut" in (tmp_path / "import.csv").read_text()
    assert "DOE" not in summary_csv(SUMMARY)


def test_a_summary_that_cannot_be_saved_is_said(
    dialog: ImportSummaryDialog, tmp_path: Path
) -> None:
    dialog.save(str(tmp_path / "missing" / "import.csv"))
    assert "import.csv" in dialog.note.text()
    assert "Saved" not in dialog.note.text()


def test_a_whole_import_has_no_list(qtbot: QtBot) -> None:
    dialog = ImportSummaryDialog(IndexSummary("/lib", 3, 0, 0, (), 1.0, 3.0))
    qtbot.addWidget(dialog)
    dialog.show()
    assert not dialog.left_out.isVisible()
    assert not dialog.folders.isVisible()
