"""The tree of what was found: what is checked, and how much is taken of it."""

import time
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from cbmir_gui.core.contents import (
    FILE_ONCE,
    FoundFile,
    FoundGroup,
    FoundStudy,
    ImportContents,
)
from cbmir_gui.core.records import FailedFile, SelectedFile
from cbmir_gui.gui.library.import_dialog import ImportDialog
from cbmir_gui.gui.library.import_text import date_text, group_text, study_text
from cbmir_gui.gui.library.step_choice import ALL, NTH, ONCE

SLICES = FoundGroup(
    tuple(FoundFile(f"/ct/IM{number}") for number in range(10)),
    series_instance_uid="1.1",
    number=3,
    description="Lung 1 mm",
    modality="CT",
    body_part="CHEST",
)
FILM = FoundGroup((FoundFile("/us/film", 7),), series_instance_uid="1.2", modality="US")
FOLDER = FoundGroup(
    (FoundFile("/x/lung/a.png"), FoundFile("/x/lung/b.png")),
    description="lung",
    class_name="lung",
)
CONTENTS = ImportContents(
    studies=(
        FoundStudy((SLICES, FILM), "1", 2, "20260102", "Thorax"),
        FoundStudy((FOLDER,)),
    ),
    skipped=(FailedFile("/ct/report", "it is a structured report"),),
    unreadable=(FailedFile("/ct/cut", "'cut' cannot be read: it is cut off."),),
)


@pytest.fixture
def dialog(qtbot: QtBot, tasks: Any) -> ImportDialog:
    """Return a dialog that is shown."""
    return show(qtbot, tasks, CONTENTS)


def show(qtbot: QtBot, tasks: Any, contents: ImportContents) -> ImportDialog:
    dialog = ImportDialog(tasks, contents, "chest")
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def paths(dialog: ImportDialog) -> list[str]:
    return [file.path for file in dialog.selection()]


def choose(dialog: ImportDialog, kind: int) -> None:
    dialog.steps.choice.setCurrentIndex(kind)
    dialog.steps.choice.activated.emit(kind)


def test_words_name_no_patient() -> None:
    assert study_text(CONTENTS.studies[0]).startswith("Patient 2 · ")
    assert study_text(CONTENTS.studies[0]).endswith(" · Thorax")
    assert study_text(CONTENTS.studies[1]) == "Images without a study"
    assert group_text(SLICES) == "3 · Lung 1 mm"
    assert group_text(FILM) == "Series without a number"
    assert group_text(FOLDER) == "Folder lung"
    assert date_text("1995.06.26") == "1995.06.26"
    assert date_text("") == ""


def test_everything_is_checked_and_each_file_taken_once(dialog: ImportDialog) -> None:
    assert len(dialog.selection()) == 13
    assert SelectedFile("/us/film") in dialog.selection()
    assert dialog.total.text() == "13 images will be added."
    assert dialog.steps.choice.currentIndex() == ONCE
    assert [item.text(3) for item in dialog.tree.groups()] == ["10", "7", "2"]


def test_a_study_is_unchecked_with_its_series(
    qtbot: QtBot, dialog: ImportDialog
) -> None:
    study = dialog.tree.topLevelItem(0)
    study.setCheckState(0, Qt.CheckState.Unchecked)
    assert paths(dialog) == ["/x/lung/a.png", "/x/lung/b.png"]
    qtbot.waitUntil(lambda: dialog.total.text() == "2 images will be added.")
    study.child(1).setCheckState(0, Qt.CheckState.Checked)
    assert study.checkState(0) == Qt.CheckState.PartiallyChecked


def test_nothing_checked_cannot_be_added(qtbot: QtBot, dialog: ImportDialog) -> None:
    dialog.tree.check_all(False)
    qtbot.waitUntil(lambda: not dialog._add.isEnabled())
    assert dialog.selection() == ()
    dialog.tree.check_all(True)
    qtbot.waitUntil(dialog._add.isEnabled)


def test_a_thousand_series_do_not_hold_up_the_window(qtbot: QtBot, tasks: Any) -> None:
    files = tuple(FoundFile(f"/ct/{number}") for number in range(20))
    groups = [FoundGroup(files, series_instance_uid=str(n)) for n in range(1000)]
    start = time.process_time()
    dialog = show(qtbot, tasks, ImportContents((FoundStudy(tuple(groups), "1"),)))
    dialog.tree.check_all(False)
    assert dialog.selection() == ()
    dialog.tree.check_all(True)
    assert len(dialog.selection()) == 20_000
    assert dialog.tree.topLevelItem(0).checkState(0) == Qt.CheckState.Checked
    assert time.process_time() - start < 2


def test_every_nth_image_is_taken_of_the_selected_series(
    qtbot: QtBot, dialog: ImportDialog
) -> None:
    slices, film, _ = dialog.tree.groups()
    slices.setSelected(True)
    assert dialog.steps.about.text() == "&Take of the selected series (1):"
    choose(dialog, NTH)
    dialog.steps.step.setValue(4)
    assert paths(dialog)[:3] == ["/ct/IM0", "/ct/IM4", "/ct/IM8"]
    assert slices.text(4) == "3"
    assert film.step == FILE_ONCE
    qtbot.waitUntil(lambda: dialog.total.text() == "6 images will be added.")
    film.setSelected(True)
    assert dialog.steps.choice.currentIndex() == -1
    slices.setSelected(False)
    assert dialog.steps.choice.currentIndex() == ONCE
    assert not dialog.steps.step.isVisible()


def test_a_selected_study_stands_for_its_series(dialog: ImportDialog) -> None:
    dialog.tree.topLevelItem(0).setSelected(True)
    choose(dialog, ALL)
    assert dialog.selection()[10] == SelectedFile("/us/film", (1, 2, 3, 4, 5, 6, 7))
    assert [item.step for item in dialog.tree.groups()] == [1, 1, FILE_ONCE]


def test_without_a_selection_all_series_are_meant(dialog: ImportDialog) -> None:
    choose(dialog, NTH)
    assert [item.step for item in dialog.tree.groups()] == [5, 5, 5]


def test_folders_are_classes_only_if_the_user_says_so(dialog: ImportDialog) -> None:
    assert {file.class_name for file in dialog.selection()} == {""}
    dialog.classes.setChecked(True)
    assert dialog.selection()[-1] == SelectedFile("/x/lung/b.png", (), "lung")


def test_what_is_left_out_is_listed_with_its_reason(dialog: ImportDialog) -> None:
    assert dialog.left_out.texts() == [
        ["cut", "'cut' cannot be read: it is cut off."],
        ["report", "it is a structured report"],
    ]


def test_the_user_is_told_where_images_of_an_archive_live(
    qtbot: QtBot, tasks: Any
) -> None:
    contents = ImportContents(CONTENTS.studies, archives=("a.zip",), staged=("/s",))
    dialog = show(qtbot, tasks, contents)
    words = " ".join(label.text() for label in dialog.findChildren(QLabel))
    assert "'a.zip' is copied into the folder 'imported' of this library" in words


def test_without_an_image_there_is_nothing_to_add(qtbot: QtBot, tasks: Any) -> None:
    dialog = show(qtbot, tasks, ImportContents(skipped=CONTENTS.skipped))
    assert not dialog._add.isEnabled()
    assert dialog.left_out.isVisible()


def test_thumbnails_in_sight_are_read_one_by_one(
    qtbot: QtBot, tasks: Any, make: Any, dialog: ImportDialog
) -> None:
    qtbot.waitUntil(lambda: tasks.count("preview") == 1)
    assert tasks.last("preview").arguments[0] == "/ct/IM4"
    tasks.answer("preview", make.image())
    qtbot.waitUntil(lambda: tasks.count("preview") == 2)
    assert tasks.last("preview").arguments[0] == "/us/film"
    tasks.fail("preview", "It is damaged.")
    qtbot.waitUntil(lambda: tasks.count("preview") == 3)
    dialog.reject()
    assert tasks.cancelled_tickets == [tasks.last("preview").ticket]


def test_adding_tells_the_selection(qtbot: QtBot, dialog: ImportDialog) -> None:
    with qtbot.waitSignal(dialog.add_requested) as told:
        dialog.accept()
    assert told.args == [dialog.selection()]
