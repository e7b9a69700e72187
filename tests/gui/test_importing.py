"""From what is dropped to what is added: looked at first, or added at once."""

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QDialog

from cbmir_gui.core.contents import FoundFile, FoundGroup, FoundStudy, ImportContents
from cbmir_gui.core.records import FailedFile, IndexSummary, SelectedFile
from cbmir_gui.gui.dropped import deserve_look, is_single_image
from cbmir_gui.gui.library.import_dialog import ImportDialog
from cbmir_gui.gui.library.import_review import needs_choice
from cbmir_gui.gui.main_window import MainWindow

SERIES = FoundGroup((FoundFile("/ct/a"), FoundFile("/ct/b")), series_instance_uid="1")
PICTURES = FoundGroup((FoundFile("/x/a.png"), FoundFile("/x/b.png")))
SKIPPED = (FailedFile("/ct/report", "it is a structured report"),)
UNREADABLE = (FailedFile("/ct/cut", "it is cut off"),)


def found(*groups: FoundGroup, **rest: Any) -> ImportContents:
    return ImportContents((FoundStudy(groups, "1"),), **rest)


def dialogs(window: MainWindow) -> list[ImportDialog]:
    return [entry for entry in window.findChildren(ImportDialog) if entry.isVisible()]


def texts(window: MainWindow) -> list[str]:
    return [message.text for message in window.messages.messages()]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["a.dcm"], True),
        (["a.dcm", "b.png"], True),
        (["folder"], True),
        (["a.dcm", "folder"], True),
        (["cd.ZIP"], True),
        (["DICOMDIR"], True),
        (["list.csv"], False),
        (["folder", "list.csv"], False),
        (["a.dcm", "LIST.CSV"], False),
    ],
)
def test_everything_but_a_table_is_looked_at(
    names: list[str], expected: bool, tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    assert deserve_look([str(tmp_path / name) for name in names]) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.dcm", True),
        ("a.zip", False),
        ("a", False),  # as many archives are exported
        ("dicomdir", False),
        ("a.csv", False),
    ],
)
def test_only_an_image_can_be_a_query(
    name: str, expected: bool, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(b"PK\x03\x04")
    assert is_single_image([str(tmp_path / name)]) == expected


@pytest.mark.parametrize(
    ("contents", "expected"),
    [
        (found(PICTURES), False),
        (found(SERIES), True),
        (found(FoundGroup((FoundFile("/ct/a"),), series_instance_uid="1")), False),
        (found(FoundGroup((FoundFile("/x/film.tif", 9),))), True),
        (found(PICTURES, SERIES), True),
        (found(PICTURES, skipped=SKIPPED), True),
        (found(PICTURES, unreadable=UNREADABLE), True),
        (found(PICTURES, archives=("a.zip",)), True),
        (ImportContents(), True),
    ],
)
def test_the_user_is_asked_where_there_is_something_to_choose(
    contents: ImportContents, expected: bool
) -> None:
    assert needs_choice(contents) == expected


def test_a_folder_of_pictures_is_added_without_a_question(
    open_window: MainWindow, tasks: Any, tmp_path: Path
) -> None:
    open_window.library_controller.add([str(tmp_path)])
    assert texts(open_window) == []
    tasks.answer("look_at_import", found(PICTURES))
    assert dialogs(open_window) == []
    request = tasks.last("index").arguments
    assert request.paths == ()
    assert request.selection == (SelectedFile("/x/a.png"), SelectedFile("/x/b.png"))


def test_of_a_film_that_is_added_the_user_chooses_the_frames(
    open_window: MainWindow, tasks: Any, tmp_path: Path
) -> None:
    open_window.library_controller.add([str(tmp_path / "film.dcm")])
    film = FoundGroup((FoundFile("/x/film.dcm", 9),), series_instance_uid="1")
    tasks.answer("look_at_import", found(film))
    (dialog,) = dialogs(open_window)
    dialog.tree.set_step(3)
    dialog.accept()
    request = tasks.last("index").arguments
    assert request.selection == (SelectedFile("/x/film.dcm", (2, 5, 8)),)


def test_a_single_image_is_added_without_a_question(
    open_window: MainWindow, tasks: Any, tmp_path: Path
) -> None:
    open_window.library_controller.add([str(tmp_path / "a.dcm")])
    one = FoundGroup((FoundFile("/ct/a"),), series_instance_uid="1")
    tasks.answer("look_at_import", found(one))
    assert dialogs(open_window) == []
    assert tasks.last("index").arguments.selection == (SelectedFile("/ct/a"),)


def test_what_is_chosen_of_series_is_added_and_summed_up(
    open_window: MainWindow, tasks: Any, tmp_path: Path
) -> None:
    open_window.library_controller.add([str(tmp_path)])
    assert open_window.activity.isVisible()
    contents = found(SERIES, skipped=SKIPPED, unreadable=UNREADABLE, staged=("/s",))
    tasks.answer("look_at_import", contents)
    assert not open_window.activity.isVisible()
    (dialog,) = dialogs(open_window)
    assert dialog.windowTitle() == "Add to 'chest'"
    dialog.accept()
    request = tasks.last("index").arguments
    assert request.library == open_window.library.folder
    assert request.selection == (SelectedFile("/ct/a"), SelectedFile("/ct/b"))
    assert request.staged == ("/s",)
    failed = (FailedFile("/ct/b", "it is damaged"),)
    tasks.answer("index", IndexSummary(request.library, 1, 0, 0, failed, 1.0, 1.0))
    assert texts(open_window) == [
        "1 image added, 1 skipped, because they are no images, 2 could not be read."
    ]
    open_window.messages.messages()[0].press("Details")
    (summary,) = [
        entry
        for entry in open_window.findChildren(QDialog)
        if type(entry).__name__ == "ImportSummaryDialog"
    ]
    assert summary.left_out.texts()[0][0] == "cut"
    assert tasks.count("discard_import") == 0


def test_what_was_added_can_be_taken_out_again(
    open_window: MainWindow, tasks: Any, tmp_path: Path
) -> None:
    open_window.library_controller.add([str(tmp_path)])
    tasks.answer("look_at_import", found(PICTURES))
    folder = open_window.library.folder
    ids = ("a:1", "b:1")
    summary = IndexSummary(folder, 2, 0, 0, (), 1.0, 2.0, added_ids=ids)
    tasks.answer("index", summary)
    assert open_window.actions_.undo.isEnabled()
    open_window.messages.messages()[0].press("Undo")
    assert tasks.last("remove_images").arguments.image_ids == ids
    tasks.answer("remove_images", "token")
    assert texts(open_window) == ["The change was taken back."]
    assert not open_window.actions_.undo.isEnabled()


def test_a_refused_choice_leaves_nothing_of_an_archive(
    open_window: MainWindow, tasks: Any, tmp_path: Path
) -> None:
    open_window.library_controller.add([str(tmp_path / "a.zip")])
    tasks.answer("look_at_import", found(SERIES, staged=("/s",), archives=("a.zip",)))
    dialogs(open_window)[0].reject()
    assert tasks.last("discard_import").arguments.staged == ("/s",)
    assert tasks.count("index") == 0


def test_an_archive_that_could_not_be_added_is_looked_at_again(
    open_window: MainWindow, tasks: Any, tmp_path: Path
) -> None:
    path = str(tmp_path / "a.zip")
    open_window.library_controller.add([path])
    tasks.answer("look_at_import", found(SERIES, staged=("/s",), archives=("a.zip",)))
    dialogs(open_window)[0].accept()
    tasks.fail("index", "The disk is full.")
    assert tasks.last("discard_import").arguments.staged == ("/s",)
    open_window.messages.messages()[0].press("Try again")
    assert (tasks.count("look_at_import"), tasks.count("index")) == (2, 1)
    assert tasks.last("look_at_import").arguments.paths == (path,)


def test_an_archive_whose_adding_is_stopped_while_it_waits_leaves_nothing(
    open_window: MainWindow, tasks: Any, tmp_path: Path
) -> None:
    open_window.library_controller.add([str(tmp_path / "a.zip")])
    tasks.answer("look_at_import", found(SERIES, staged=("/s",), archives=("a.zip",)))
    dialogs(open_window)[0].accept()
    tasks.confirm_cancel("index")
    assert tasks.last("discard_import").arguments.staged == ("/s",)


def test_what_was_found_for_a_library_left_behind_is_not_added(
    open_window: MainWindow, tasks: Any, make: Any, tmp_path: Path
) -> None:
    open_window.library_controller.add([str(tmp_path / "a.zip")])
    open_window.library.open(str(tmp_path))
    tasks.answer("look_at_import", found(PICTURES, staged=("/s",)))
    assert dialogs(open_window) == []
    assert tasks.count("index") == 0
    assert tasks.last("discard_import").arguments.staged == ("/s",)


def test_a_look_can_be_stopped_and_tried_again(
    open_window: MainWindow, tasks: Any, tmp_path: Path
) -> None:
    open_window.library_controller.add([str(tmp_path)])
    open_window.actions_.cancel.trigger()
    assert tasks.cancelled_tickets == [tasks.last("look_at_import").ticket]
    tasks.confirm_cancel("look_at_import")
    assert not open_window.activity.isVisible()
    open_window.library_controller.add([str(tmp_path)])
    tasks.fail("look_at_import", "'a.zip' cannot be read.")
    open_window.messages.messages()[0].press("Try again")
    assert tasks.count("look_at_import") == 3


def test_an_empty_library_says_that_files_are_looked_at(
    window: MainWindow, tasks: Any, make: Any, library_folder: Path, tmp_path: Path
) -> None:
    window.library.open(str(library_folder))
    tasks.answer("library_info", make.info(library_folder, 0))
    window.library_controller.add([str(tmp_path)])
    assert window.results.page.title() == "Looking at the files"
    tasks.answer("look_at_import", found(SERIES))
    tasks.answer("library_info", make.info(library_folder, 0))
    assert window.results.page.title() == "This library is empty"


def test_a_dicomdir_is_looked_at_as_it_is(
    open_window: MainWindow, tasks: Any, tmp_path: Path
) -> None:
    path = str(tmp_path / "DICOMDIR")
    open_window.drops._ask((path,))
    message = open_window.messages.messages()[0]
    message.press("Add as class folders")
    message.press("Search with the first")
    message.press("Add to library")
    assert tasks.last("look_at_import").arguments.paths == (path,)
    assert (tasks.count("index"), tasks.count("search")) == (0, 0)
