"""The export of copies without patients."""

from pathlib import Path
from typing import Any

import pytest

from cbmir_gui.core.patient_records import DeidentifiedFile, DeidentifySummary
from cbmir_gui.core.records import FailedFile
from cbmir_gui.gui.library.failures_dialog import FailuresDialog
from cbmir_gui.gui.results.deidentify_dialog import DeidentifyDialog
from cbmir_gui.gui.results.tiles import Tile

TILES = (
    Tile("a:1", "/images/a.dcm", burned_in="yes"),
    Tile("a:2", "/images/a.dcm", burned_in="yes"),
    Tile("b:1", "/images/b.dcm"),
)


@pytest.fixture
def dialog(qtbot: Any, tasks: Any, tmp_path: Path) -> DeidentifyDialog:
    dialog = DeidentifyDialog(tasks, TILES, str(tmp_path / "out"))
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def summary(tmp_path: Path, **changes: Any) -> DeidentifySummary:
    out = tmp_path / "out"
    fields = {
        "folder": str(out),
        "written": (
            DeidentifiedFile("/images/a.dcm", str(out / "image-0001.dcm"), "yes"),
        ),
        "failed": (FailedFile("/images/b.dcm", "'b.dcm' cannot be read."),),
    }
    return DeidentifySummary(**(fields | changes))


def test_frames_of_a_file_are_one_file(dialog, tasks, tmp_path) -> None:
    dialog.export.click()
    request = tasks.last("deidentify").arguments
    assert request.paths == ("/images/a.dcm", "/images/b.dcm")
    assert request.folder == str(tmp_path / "out")


def test_it_never_claims_that_the_pixels_are_clean(dialog) -> None:
    assert "The pixels are not changed" in dialog.caution()
    assert "1 of them probably has text in its picture" in dialog.caution()


def test_what_was_done_is_said(dialog, tasks, tmp_path) -> None:
    dialog.export.click()
    assert not dialog.export.isEnabled()
    tasks.answer("deidentify", summary(tmp_path))
    assert "1 file written." in dialog.result_text()
    assert "likely in: image-0001.dcm" in dialog.result_text()
    assert "1 file could not be de-identified" in dialog.result_text()
    dialog._details.click()
    assert dialog.findChildren(FailuresDialog)


def test_it_can_be_stopped(dialog, tasks, tmp_path) -> None:
    dialog.export.click()
    ticket = tasks.last("deidentify").ticket
    dialog.leave.click()
    assert tasks.cancelled_tickets == [ticket]
    assert dialog.isVisible()
    tasks.answer("deidentify", summary(tmp_path, cancelled=True))
    assert dialog.result_text().startswith("Stopped.")
    dialog.leave.click()
    assert not dialog.isVisible()


def test_closing_stops_it(dialog, tasks) -> None:
    dialog.export.click()
    dialog.reject()
    assert tasks.cancelled_tickets == [tasks.last("deidentify").ticket]


def test_a_failure_is_said(dialog, tasks) -> None:
    dialog.export.click()
    tasks.fail("deidentify", "The folder 'out' could not be written.")
    assert dialog.result_text() == "The folder 'out' could not be written."
    assert dialog.export.isEnabled()


def test_a_place_is_needed(dialog) -> None:
    dialog.folder.setText("somewhere")
    assert not dialog.export.isEnabled()


def test_the_window_offers_it_for_selected_images(open_window, tasks, make) -> None:
    assert not open_window.actions_.deidentify.isEnabled()
    open_window.queries.open_file("/images/query.dcm")
    tasks.answer("search", make.results())
    open_window.results.view.selectAll()
    assert open_window.actions_.deidentify.isEnabled()
    open_window.actions_.deidentify.trigger()
    (dialog,) = open_window.findChildren(DeidentifyDialog)
    dialog.export.click()
    assert len(tasks.last("deidentify").arguments.paths) == 20
