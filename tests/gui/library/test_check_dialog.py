"""The window checks its library and mends it, and says what it did."""

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

from cbmir_gui.core import library_check as kinds
from cbmir_gui.core.library_check import LibraryCheck, LibraryProblem, LibraryRepair
from cbmir_gui.core.records import FailedFile
from cbmir_gui.gui.library.check_dialog import CheckDialog
from cbmir_gui.gui.library.check_text import cure_text, found_text

DAMAGED = LibraryCheck(
    240,
    2,
    0,
    (
        LibraryProblem(kinds.SEGMENT, "000001.h5 is missing", "", 120, True, True),
        LibraryProblem(kinds.MOVED, "moved", "", 3),
    ),
)
SOUND = LibraryCheck(240, 2, 0, ())


@pytest.fixture
def dialog(qtbot: QtBot, tasks) -> Iterator[CheckDialog]:
    dialog = CheckDialog(tasks, "/libraries/chest", "chest")
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.check()
    yield dialog
    dialog.close()


def shown(dialog: CheckDialog) -> set[str]:
    buttons = dialog.findChildren(QPushButton)
    return {b.text().replace("&", "") for b in buttons if b.isVisible()}


def test_a_check_begins_at_once_and_can_be_stopped(dialog, tasks) -> None:
    asked = tasks.last("check_library")
    assert asked.arguments.library == "/libraries/chest"
    assert shown(dialog) == {"Stop", "Close"}
    tasks.progress.emit(asked.ticket, 3, 12, "segments")
    assert dialog._step.text() == "3 of 12 segments"
    dialog.stop()
    assert tasks.cancelled_tickets == [asked.ticket]
    tasks.confirm_cancel("check_library")
    assert dialog.verdict.text() == "Stopped before everything was read."
    assert shown(dialog) == {"Check again", "Close"}


def test_a_sound_library_is_said_to_be_sound(dialog, tasks) -> None:
    tasks.answer("check_library", SOUND)
    assert dialog.verdict.text().startswith("Everything is sound: 240 images")
    assert shown(dialog) == {"Check again", "Close"}
    assert not dialog.problems.isVisible()


def test_damage_is_listed_and_mended(qtbot: QtBot, dialog, tasks) -> None:
    tasks.answer("check_library", DAMAGED)
    assert "damaged" in dialog.verdict.text()
    assert dialog.problems.texts()[0] == [
        "A file with the features of 120 images is damaged or gone.",
        "The features are extracted again from the images' files.",
    ]
    assert shown(dialog) == {"Repair", "Look for the images …", "Check again", "Close"}
    assert dialog.repair.isDefault()
    dialog.repair.click()
    assert tasks.last("repair_library").arguments.images == ""
    failed = (FailedFile("/images/a.dcm", "it is empty"),)
    repair = LibraryRepair(
        DAMAGED, SOUND, "library.sqlite.x.backup", 1, 119, 0, 0, failed
    )
    with qtbot.waitSignal(dialog.repaired):
        tasks.answer("repair_library", repair)
    said = dialog.verdict.text()
    assert "The features of 119 images were extracted again." in said
    assert "1 damaged file is in the folder 'quarantine'." in said
    assert "library.sqlite.x.backup" in said
    assert "1 image could not be read." in said
    assert "Everything is sound" in said
    assert "Unreadable images …" in shown(dialog)


def test_a_repair_that_was_stopped_says_so(qtbot: QtBot, dialog, tasks) -> None:
    tasks.answer("check_library", DAMAGED)
    dialog.repair.click()
    with qtbot.waitSignal(dialog.repaired):
        tasks.answer("repair_library", LibraryRepair(DAMAGED, None, num_extracted=5))
    assert dialog.verdict.text().startswith("Stopped before the end. The features of 5")
    assert "Check again" in shown(dialog)


def test_moved_images_are_looked_for_in_a_folder(dialog, tasks) -> None:
    tasks.answer("check_library", DAMAGED)
    dialog.search.click()
    dialog.findChild(QFileDialog).fileSelected.emit("/archive")
    arguments = tasks.last("repair_library").arguments
    assert (arguments.library, arguments.images) == ("/libraries/chest", "/archive")


def test_a_failure_is_said_and_can_be_tried_again(dialog, tasks) -> None:
    tasks.fail("check_library", "The library is damaged: it has no 'name'.")
    assert dialog.verdict.text() == "The library is damaged: it has no 'name'."
    dialog.again.click()
    assert tasks.count("check_library") == 2


def test_closing_stops_what_nobody_waits_for(dialog, tasks) -> None:
    dialog.reject()
    assert tasks.cancelled_tickets == [tasks.last("check_library").ticket]


def test_every_kind_of_problem_has_words() -> None:
    words = {value for name, value in vars(kinds).items() if name.isupper()}
    assert len(words) == 11
    for kind in words:
        problem = LibraryProblem(kind, "not translated", "not translated", 2)
        assert "not translated" not in found_text(problem) + cure_text(problem)
        assert "{" not in found_text(problem)


def test_the_menu_checks_the_open_library(open_window, tasks, library_folder) -> None:
    action = open_window.actions_.check_library
    assert action.isEnabled()
    action.trigger()
    assert tasks.last("check_library").arguments.library == str(library_folder)
    tasks.answer("check_library", DAMAGED)
    dialog = open_window.findChild(CheckDialog)
    dialog.repair.click()
    before = tasks.count("library_info")
    tasks.answer("repair_library", LibraryRepair(DAMAGED, SOUND))
    assert tasks.count("library_info") == before + 1
    dialog.reject()


def test_without_a_library_nothing_can_be_checked(window, tasks) -> None:
    window.library.open("")
    assert not window.actions_.check_library.isEnabled()
