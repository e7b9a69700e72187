"""The tags of query and hits: searched, copied, and without the patient."""

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QItemSelectionModel
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from cbmir_gui.core.tags import TagRow, TagTable
from cbmir_gui.gui.main_window import MainWindow
from cbmir_gui.gui.tags.dialog import TagsDialog

HIDDEN = TagTable(
    (
        TagRow(0, "(0008,0060)", "Modality", "CS", "CT"),
        TagRow(0, "(0010,0010)", "PatientName", "PN", "", True, True),
    ),
    num_hidden=1,
)
SHOWN = TagTable(
    (
        TagRow(0, "(0008,0060)", "Modality", "CS", "CT"),
        TagRow(0, "(0010,0010)", "PatientName", "PN", "Doe^Jane", True),
    )
)


@pytest.fixture
def dialog(qtbot: QtBot, tasks: Any) -> TagsDialog:
    """Return a dialog that shows a file."""
    dialog = TagsDialog(tasks, "/images/a.dcm")
    qtbot.addWidget(dialog)
    dialog.show()
    tasks.answer("tags", HIDDEN)
    return dialog


def select(dialog: TagsDialog, *rows: int) -> None:
    flags = QItemSelectionModel.SelectionFlag
    for row in rows:
        dialog.view.selectionModel().select(
            dialog.model.index(row, 0), flags.Select | flags.Rows
        )


def clipboard() -> str:
    return QGuiApplication.clipboard().text()


def open_dialogs(window: MainWindow) -> list[TagsDialog]:
    return [entry for entry in window.findChildren(TagsDialog) if entry.isVisible()]


def test_a_file_is_read_without_the_patient(qtbot: QtBot, tasks: Any) -> None:
    dialog = TagsDialog(tasks, "/images/a.dcm")
    qtbot.addWidget(dialog)
    dialog.show()
    assert tasks.last("tags").arguments == ("/images/a.dcm", False)
    assert dialog.state.text() == "Reading …"
    tasks.answer("tags", HIDDEN)
    assert dialog.view.isVisible()
    assert dialog.windowTitle() == "Tags of 'a.dcm'"
    assert dialog.found.text() == (
        "2 elements. 1 value is hidden, because it may tell who the patient is."
    )


def test_the_patient_is_read_when_it_is_asked_for(
    qtbot: QtBot, dialog: TagsDialog, tasks: Any
) -> None:
    with qtbot.waitSignal(dialog.patient_data_wanted) as told:
        dialog.patient_data.setChecked(True)
    assert told.args == [True]
    assert tasks.count("tags") == 1  # the one who holds the switch decides
    dialog.set_show_patient_data(True)
    assert tasks.last("tags").arguments == ("/images/a.dcm", True)
    tasks.answer("tags", SHOWN)
    assert dialog.model.index(1, 3).data() == "Doe^Jane"
    assert dialog.found.text() == "2 elements"


def test_words_narrow_the_elements(qtbot: QtBot, dialog: TagsDialog) -> None:
    dialog.search.setText("0008,0060")
    assert dialog.model.rowCount() == 2  # more may be typed at once
    qtbot.waitUntil(lambda: dialog.model.rowCount() == 1)
    assert dialog.found.text().startswith("1 element found.")
    dialog.search.clear()
    qtbot.waitUntil(lambda: dialog.model.rowCount() == 2)


def test_values_and_rows_are_copied(dialog: TagsDialog) -> None:
    select(dialog, 0, 1)
    dialog.copy_value.trigger()
    assert clipboard() == "CT\nhidden"
    dialog.copy_row.trigger()
    assert clipboard().splitlines()[0] == "(0008,0060)\tModality\tCS\tCT"


def test_nothing_selected_leaves_the_clipboard(dialog: TagsDialog) -> None:
    QGuiApplication.clipboard().setText("mine")
    dialog.copy_values()
    assert clipboard() == "mine"


def test_damage_is_said_beside_what_could_be_read(
    dialog: TagsDialog, tasks: Any
) -> None:
    dialog.set_show_patient_data(False)
    tasks.answer("tags", TagTable(SHOWN.rows[:1], 0, "The file is damaged: …"))
    assert dialog.note.isVisible()
    assert dialog.note.text() == "The file is damaged: …"


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("UnsupportedImageError", "Only DICOM files have tags; this is none."),
        ("DecoderCrashedError", "It stopped."),
    ],
)
def test_a_file_without_tags_is_said(
    kind: str, words: str, qtbot: QtBot, tasks: Any
) -> None:
    dialog = TagsDialog(tasks, "/images/a.png")
    qtbot.addWidget(dialog)
    dialog.show()
    tasks.fail("tags", "It stopped.", kind)
    assert dialog.state.isVisible()
    assert dialog.state.text() == words
    assert not dialog.search.isEnabled()


def test_a_closed_dialog_reads_no_more(qtbot: QtBot, tasks: Any) -> None:
    dialog = TagsDialog(tasks, "/images/a.dcm")
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.reject()
    assert tasks.cancelled_tickets == [tasks.last("tags").ticket]


def test_tags_of_the_query_and_of_a_hit(
    open_window: MainWindow, tasks: Any, make: Any
) -> None:
    actions = open_window.actions_
    assert not actions.tags.isEnabled()
    assert not actions.query_tags.isEnabled()
    open_window.queries.open_file("/images/query.dcm")
    tasks.answer("preview", make.image())
    tasks.answer("search", make.results())
    actions.query_tags.trigger()
    assert tasks.last("tags").arguments == ("/images/query.dcm", False)
    open_dialogs(open_window)[0].reject()
    open_window.results.view.setCurrentIndex(open_window.results.model.index(0))
    actions.tags.trigger()
    assert Path(tasks.last("tags").arguments[0]).name == "0001.dcm"
    assert actions.tags in open_window.menus.hit_menu(open_window).actions()
    assert actions.query_tags in open_window.query_panel.image_view.actions()


def test_one_switch_is_for_all_dialogs_of_a_session(
    qtbot: QtBot, open_window: MainWindow, tasks: Any
) -> None:
    views = open_window.tag_views
    views.open("/images/a.dcm")
    tasks.answer("tags", HIDDEN)
    with qtbot.waitSignal(views.patient_data_wanted) as told:
        open_dialogs(open_window)[0].patient_data.setChecked(True)
    assert told.args == [True]
    tasks.answer("tags", SHOWN)
    open_dialogs(open_window)[0].reject()
    views.open("/images/b.dcm")
    assert tasks.last("tags").arguments == ("/images/b.dcm", True)
    views.show_patient_data(False)
    assert tasks.last("tags").arguments == ("/images/b.dcm", False)
    assert not open_dialogs(open_window)[-1].patient_data.isChecked()
