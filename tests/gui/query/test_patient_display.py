"""Patient data in the window: only when asked for, and for no longer than that."""

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QItemSelectionModel, QPoint, QRect
from PySide6.QtGui import QImage

from cbmir_gui.core.patient_records import PatientData
from cbmir_gui.gui.main_window import MainWindow
from cbmir_gui.gui.query.compare_dialog import CompareDialog

JOHN = PatientData("DOE, JOHN", "4711", "1970-01-02")
JANE = PatientData("ROE, JANE", "0815", "")


@pytest.fixture
def searched(open_window: MainWindow, tasks: Any, make: Any) -> MainWindow:
    """Return a window with a query and its hits."""
    open_window.queries.open_file("/images/query.dcm")
    tasks.answer("preview", make.image())
    tasks.answer("search", make.results())
    return open_window


def select(window: MainWindow, row: int) -> None:
    index = window.results.model.index(row)
    window.results.view.selectionModel().select(
        index, QItemSelectionModel.SelectionFlag.ClearAndSelect
    )


def switch(window: MainWindow) -> None:
    window.actions_.show_patient.trigger()


def texts(window: MainWindow) -> str:
    return " | ".join(window.patient_banner.texts())


def test_nothing_is_shown_and_nothing_asked_by_default(searched, tasks) -> None:
    select(searched, 2)
    assert searched.patient_banner.isHidden()
    assert not searched.privacy.patients.is_on
    assert tasks.count("patient") == 0


def test_the_query_and_the_selected_image_are_named_when_wanted(
    searched, tasks
) -> None:
    select(searched, 2)
    switch(searched)
    assert searched.patient_banner.isVisible()
    query, selected = [asked for asked in tasks.asked if asked.op == "patient"]
    assert query.arguments == "/images/query.dcm"
    tasks.answer("patient", JOHN, query.ticket)
    tasks.answer("patient", JANE, selected.ticket)
    assert texts(searched) == (
        "Query: DOE, JOHN · 4711 · born 1970-01-02 | Selected: ROE, JANE · 0815"
    )


def test_switching_it_off_forgets_what_was_shown(searched, tasks) -> None:
    switch(searched)
    tasks.answer("patient", JOHN)
    switch(searched)
    assert searched.patient_banner.isHidden()
    assert texts(searched) == " | "


def test_an_answer_that_comes_too_late_is_not_shown(searched, tasks) -> None:
    switch(searched)
    ticket = tasks.last("patient").ticket
    searched.patient_banner.hide_requested.emit()
    assert not searched.actions_.show_patient.isChecked()
    tasks.answer("patient", JOHN, ticket)
    assert texts(searched) == " | "


def test_another_query_never_stands_beside_the_former_patient(searched, tasks) -> None:
    switch(searched)
    former = tasks.last("patient").ticket
    searched.queries.open_file("/images/other.dcm")
    assert texts(searched) == " | "
    tasks.answer("patient", JOHN, former)
    assert texts(searched) == " | "
    tasks.answer("patient", JANE)
    assert texts(searched).startswith("Query: ROE, JANE")


def test_a_file_that_names_nobody_says_so(searched, tasks) -> None:
    switch(searched)
    tasks.answer("patient", PatientData())
    assert "the file names no patient" in texts(searched)
    searched.queries.open_file("/images/other.dcm")
    tasks.fail("patient", "'other.dcm' cannot be read: the file is gone.")
    assert "the file is gone" in texts(searched)


def test_it_is_off_at_the_next_start(searched, qtbot, tasks, store, reader) -> None:
    switch(searched)
    again = MainWindow(tasks, store, reader)
    qtbot.addWidget(again)
    assert not again.actions_.show_patient.isChecked()
    assert not [name for name in dir(store.value) if "patient_data" in name]


def test_a_screenshot_has_no_patient_data(
    searched, tasks, qtbot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Its message would be in the second picture.
    monkeypatch.setattr(searched.export, "_tell_saved", lambda path: None)
    saved: list[str] = []
    searched.export._screenshot_saved.connect(lambda path, _: saved.append(path))

    def picture(name: str) -> QImage:
        searched.export.save_screenshot(str(tmp_path / name))
        qtbot.waitUntil(lambda: str(tmp_path / name) in saved)
        banner = searched.patient_banner
        place = QRect(banner.mapTo(searched, QPoint()), banner.size())
        return QImage(str(tmp_path / name)).copy(place)

    shown, saved_pictures = [], []
    for number, patient in enumerate((JOHN, JANE)):
        switch(searched)
        tasks.answer("patient", patient)
        QCoreApplication.processEvents()  # the window is laid out anew
        shown.append(searched.patient_banner.grab().toImage())
        saved_pictures.append(picture(f"{number}.png"))
        assert searched.patient_banner.isVisible()
        switch(searched)
    assert shown[0] != shown[1]
    assert saved_pictures[0] == saved_pictures[1]


def test_compared_images_are_named_only_when_wanted(searched, tasks) -> None:
    tile = searched.results.model.tiles()[1]
    searched.queries.compare(tile)
    assert tasks.count("patient") == 0
    (dialog,) = searched.findChildren(CompareDialog)
    assert dialog.hit_side.patient.isHidden()
    dialog.reject()
    dialog.setParent(None)
    switch(searched)
    searched.queries.compare(tile)
    (dialog,) = searched.findChildren(CompareDialog)
    tasks.answer("patient", JANE)
    assert dialog.hit_side.patient.text() == "ROE, JANE · 0815"
    dialog.show_hit(2)
    assert dialog.hit_side.patient.text() == ""
