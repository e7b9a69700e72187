"""A library written to a JSON index and read from one, by the window."""

from typing import Any

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from cbmir_gui.engine.operation_answers import ReadIndex, WrittenIndex
from cbmir_gui.gui.main_window import MainWindow


def texts(window: MainWindow) -> list[str]:
    return [message.text for message in window.messages.messages()]


def press(window: MainWindow, button: str) -> None:
    """Press a button of the newest message, and let the message go."""
    window.messages.messages()[0].press(button)


def choose(window: MainWindow, file: str) -> None:
    (dialog,) = window.findChildren(QFileDialog)
    dialog.fileSelected.emit(file)
    dialog.reject()


def test_without_a_library_there_is_nothing_to_write_or_read_into(
    window: MainWindow,
) -> None:
    assert not window.actions_.export_index.isEnabled()
    assert not window.actions_.import_index.isEnabled()


def test_an_index_is_written_with_progress(open_window: MainWindow, tasks: Any) -> None:
    open_window.actions_.export_index.trigger()
    choose(open_window, "/out/chest.json")
    asked = tasks.last("export_index")
    assert asked.arguments.library == open_window.library.folder
    assert asked.arguments.file == "/out/chest.json"
    tasks.progress.emit(asked.ticket, 120, 240, "Writing the index")
    assert open_window.activity.isVisible()
    tasks.answer("export_index", WrittenIndex("/out/chest.json", 240))
    assert not open_window.activity.isVisible()
    assert texts(open_window) == [
        "Written to 'chest.json': 240 images with their features."
    ]


def test_a_file_that_is_there_is_not_replaced_but_another_one_chosen(
    open_window: MainWindow, tasks: Any, qtbot: QtBot
) -> None:
    open_window.actions_.export_index.trigger()
    (dialog,) = open_window.findChildren(QFileDialog)
    # It would offer what is refused afterwards.
    assert dialog.testOption(QFileDialog.Option.DontConfirmOverwrite)
    with qtbot.waitSignal(dialog.destroyed):
        choose(open_window, "/out/chest.json")
    tasks.fail("export_index", "There is already a file 'chest.json'.")
    assert texts(open_window) == ["There is already a file 'chest.json'."]
    press(open_window, "Try again")
    assert tasks.count("export_index") == 1
    choose(open_window, "/out/chest 2.json")
    assert tasks.last("export_index").arguments.file == "/out/chest 2.json"


def test_an_index_that_cannot_be_read_is_told_once_and_another_one_chosen(
    open_window: MainWindow, tasks: Any, qtbot: QtBot
) -> None:
    open_window.actions_.import_index.trigger()
    (dialog,) = open_window.findChildren(QFileDialog)
    with qtbot.waitSignal(dialog.destroyed):
        choose(open_window, "/in/chest.json")
    tasks.fail("import_index", "'chest.json' cannot be read as an index.")
    assert texts(open_window) == ["'chest.json' cannot be read as an index."]
    press(open_window, "Try again")
    assert tasks.count("import_index") == 1
    choose(open_window, "/in/other.json")
    assert tasks.last("import_index").arguments.file == "/in/other.json"


@pytest.mark.parametrize(
    ("done", "text"),
    [
        (ReadIndex(18, 0, 0, 0, 0), "18 images added."),
        (
            ReadIndex(1, 2, 3, 1, 4),
            "1 image added, 2 got these features, 3 known already, 1 has no picture: "
            "its file is not where the index says, 4 left out: the library has "
            "newer images of the files.",
        ),
        (
            ReadIndex(12, 0, 0, 12, 1),
            "12 images added, 12 have no picture: their files are not where the "
            "index says, 1 left out: the library has a newer image of the file.",
        ),
    ],
)
def test_an_index_is_read_into_the_open_library(
    open_window: MainWindow, tasks: Any, done: ReadIndex, text: str
) -> None:
    open_window.actions_.import_index.trigger()
    choose(open_window, "/in/chest.json")
    assert tasks.last("import_index").arguments.file == "/in/chest.json"
    num_refreshed = tasks.count("library_info")
    tasks.answer("import_index", done)
    assert texts(open_window) == [text]
    assert tasks.count("library_info") == num_refreshed + 1


def test_reading_can_be_stopped_and_is_one_change_at_a_time(
    open_window: MainWindow, tasks: Any
) -> None:
    files = open_window.library_controller.index_files
    files.read("/in/chest.json")
    files.write("/out/chest.json")
    assert tasks.count("export_index") == 0
    open_window.actions_.cancel.trigger()
    assert tasks.cancelled_tickets == [tasks.last("import_index").ticket]
    tasks.confirm_cancel("import_index")
    assert texts(open_window) == [
        "The index was not read to its end; what was added stays.",
        "The library is being changed already; wait until this is done.",
    ]
    assert not open_window.activity.isVisible()
