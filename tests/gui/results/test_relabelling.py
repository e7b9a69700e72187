"""Changing the class of images in the window, with all that follows from it."""

from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from cbmir_gui.gui.main_window import MainWindow
from cbmir_gui.gui.results.relabel_dialog import RelabelDialog


@pytest.fixture
def browsing(qtbot: QtBot, open_window: MainWindow) -> MainWindow:
    qtbot.waitUntil(lambda: open_window.results.model.rowCount() > 0)
    return open_window


def choose(window: MainWindow, *rows: int) -> None:
    view = window.results.view
    view.clearSelection()
    for row in rows:
        view.selectionModel().select(
            window.results.model.index(row),
            view.selectionModel().SelectionFlag.Select,
        )


def give(window: MainWindow, class_name: str) -> None:
    window.actions_.relabel.trigger()
    dialog = next(d for d in window.findChildren(RelabelDialog) if d.isVisible())
    dialog.choice.setCurrentText(class_name)
    dialog.accept()


def test_selected_images_get_a_class_and_lose_it_by_undo(
    browsing: MainWindow, tasks: Any
) -> None:
    choose(browsing, 1, 2)
    give(browsing, "new_class")
    change = tasks.last("relabel").arguments
    assert change.image_ids == ("0001:1", "0002:1")
    assert change.class_name == "new_class"
    tasks.answer("relabel", {"0001:1": "chest_xray", "0002:1": "mr_brain"})
    assert browsing.actions_.undo.isEnabled()
    browsing.actions_.undo.trigger()
    undone = [asked.arguments for asked in tasks.asked if asked.op == "relabel"][1:]
    assert {change.image_ids: change.class_name for change in undone} == {
        ("0001:1",): "chest_xray",
        ("0002:1",): "mr_brain",
    }


def test_filter_statistics_and_hits_follow_a_changed_class(
    browsing: MainWindow, tasks: Any, make: Any, library_folder: Path
) -> None:
    browsing.queries.open_file("/images/query.dcm")
    tasks.answer("search", make.results())
    num_searches = tasks.count("search")
    choose(browsing, 0)
    give(browsing, "new_class")
    tasks.answer("relabel", {"0001:1": "chest_xray"})
    info = make.info(library_folder)
    info.classes["new_class"] = 1
    tasks.answer("library_info", info)
    browsing.results.set_class_filter("new_class")
    assert browsing.results.class_filter() == "new_class"
    assert tasks.count("search") == num_searches + 1
    assert browsing.library.info.classes["new_class"] == 1


def test_the_next_images_can_be_given_the_same_class_with_one_key(
    browsing: MainWindow, tasks: Any
) -> None:
    again = browsing.actions_.relabel_again
    choose(browsing, 1)
    assert not again.isEnabled()
    give(browsing, "new_class")
    tasks.answer("relabel", {"0001:1": "chest_xray"})
    choose(browsing, 5, 6)
    assert again.isEnabled()
    assert again.text().replace("&", "") == "Class 'new class' again"
    again.trigger()
    change = tasks.last("relabel").arguments
    assert (change.image_ids, change.class_name) == (("0005:1", "0006:1"), "new_class")


def test_another_library_has_no_class_that_was_given_last(
    browsing: MainWindow, tasks: Any, tmp_path: Path
) -> None:
    choose(browsing, 1)
    give(browsing, "new_class")
    browsing.library.open(str(tmp_path / "chest"))
    assert not browsing.actions_.relabel_again.isEnabled()


def test_a_change_that_fails_is_told_and_changes_nothing(
    browsing: MainWindow, tasks: Any
) -> None:
    choose(browsing, 1)
    give(browsing, "new_class")
    tasks.fail("relabel", "The library is being changed by another program.")
    assert [message.text for message in browsing.messages.messages()] == [
        "The library is being changed by another program."
    ]
    assert not browsing.actions_.undo.isEnabled()
