"""What becomes of an open library when its worker fails."""

from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from cbmir_gui.gui.library.session import LibrarySession


@pytest.fixture
def session(tasks: Any, make: Any, library_folder: Path) -> LibrarySession:
    session = LibrarySession(tasks)
    session.open(str(library_folder))
    tasks.answer("library_info", make.info(library_folder))
    return session


def test_a_refresh_that_fails_leaves_the_library_open(
    session: LibrarySession, tasks: Any, qtbot: QtBot, library_folder: Path
) -> None:
    session.remove(["0001:1"])
    tasks.answer("remove_images", "token")
    with qtbot.waitSignal(session.failed) as failed:
        tasks.fail("library_info", "The search process stopped unexpectedly.")
    assert session.folder == str(library_folder)
    assert session.info is not None
    assert session.can_undo
    failed.args[1]()
    assert tasks.count("library_info") == 3


def test_an_undo_that_fails_can_be_tried_again(
    session: LibrarySession, tasks: Any, qtbot: QtBot
) -> None:
    session.remove(["0001:1"])
    tasks.answer("remove_images", "token")
    session.undo()
    assert not session.can_undo
    with qtbot.waitSignal(session.failed):
        tasks.fail("restore_images", "The disk is full.")
    session.undo()
    assert tasks.count("restore_images") == 2


def test_an_undo_of_which_parts_fail_is_tried_again_once(
    session: LibrarySession, tasks: Any
) -> None:
    session.relabel(["a:1", "b:1"], "ct_head")
    tasks.answer("relabel", {"a:1": "x", "b:1": "y"})
    session.undo()
    tasks.fail("relabel", "The disk is full.")
    first_part = tasks.asked[-2].ticket
    tasks.failed.emit(first_part, "The disk is full.", "StorageError")
    session.undo()
    assert tasks.count("relabel") == 5
    assert not session.can_undo


def test_an_undo_that_fails_in_another_library_is_not_kept(
    session: LibrarySession, tasks: Any, tmp_path: Path
) -> None:
    session.remove(["0001:1"])
    tasks.answer("remove_images", "token")
    session.undo()
    session.open(str(tmp_path))
    tasks.fail("restore_images", "The disk is full.")
    assert not session.can_undo
