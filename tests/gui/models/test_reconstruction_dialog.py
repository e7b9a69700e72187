"""What an autoencoder makes of an image, shown by the window."""

import base64
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

from cbmir_gui.core.records import MIDDLE_FRAME
from cbmir_gui.engine.operation_answers import RebuiltImage
from cbmir_gui.gui.models.reconstruction_dialog import ReconstructionDialog
from cbmir_gui.gui.query.query import Query
from cbmir_gui.gui.settings_store import SettingsStore
from cbmir_gui.gui.widgets.image_view import ImageView


@pytest.fixture
def queries() -> list[Query]:
    """Return the query of the main window, alone, or nothing."""
    return []


@pytest.fixture
def dialog(
    qtbot: QtBot, tasks: Any, store: SettingsStore, queries: list[Query]
) -> ReconstructionDialog:
    def query() -> Query | None:
        return queries[0] if queries else None

    dialog = ReconstructionDialog(tasks, store, "autoencoder-m4", query)
    qtbot.addWidget(dialog)
    return dialog


def rebuilt(make: Any, num_frames: int = 1) -> RebuiltImage:
    pictures = [
        base64.b64encode(make.jpeg(side_px=side)).decode() for side in (8, 9, 10, 27)
    ]
    return RebuiltImage("a.dcm", num_frames // 2 + 1, num_frames, 0.0123, *pictures)


def texts(dialog: ReconstructionDialog) -> list[str]:
    return [message.text for message in dialog.messages.messages()]


def test_without_a_query_an_image_is_asked_for(
    dialog: ReconstructionDialog, tasks: Any
) -> None:
    dialog.begin()
    assert dialog.state_text() == "Choose an image to see what the model keeps of it."
    assert not dialog.save_button.isEnabled()
    dialog.query_button.click()
    assert texts(dialog) == ["There is no query in the main window; choose an image."]
    assert tasks.count("rebuild_image") == 0


def test_the_query_is_rebuilt_at_its_frame(
    dialog: ReconstructionDialog, tasks: Any, make: Any, queries: list[Query]
) -> None:
    queries.append(Query("/data/a.dcm", frame=7))
    dialog.begin()
    asked = tasks.last("rebuild_image").arguments
    assert (asked.model, asked.file, asked.frame) == (
        "autoencoder-m4",
        "/data/a.dcm",
        7,
    )
    assert dialog.state_text() == "Rebuilding the image …"
    tasks.answer("rebuild_image", rebuilt(make, num_frames=20))
    assert dialog.state_text() == ""
    assert [image.width() for image in dialog.images()] == [8, 9, 10]
    assert dialog.error_text() == "Mean squared error: 0.01230 (of values from 0 to 1)"


def test_a_failure_stands_in_place_of_the_pictures(
    dialog: ReconstructionDialog, tasks: Any, make: Any
) -> None:
    dialog.begin()
    dialog.choose_button.click()
    (question,) = dialog.findChildren(QFileDialog)
    question.fileSelected.emit("/data/a.dcm")
    assert tasks.last("rebuild_image").arguments.frame == MIDDLE_FRAME
    tasks.answer("rebuild_image", rebuilt(make))
    dialog.rebuild("/data/b.dcm")
    tasks.fail("rebuild_image", "'b.dcm' is damaged.")
    assert dialog.state_text() == "'b.dcm' is damaged."
    assert dialog.error_text() == ""
    assert not dialog.save_button.isEnabled()


def test_a_busy_search_process_is_waited_for_with_a_word(
    dialog: ReconstructionDialog, tasks: Any
) -> None:
    dialog.begin()
    dialog.rebuild("/data/a.dcm")
    ticket = tasks.last("rebuild_image").ticket
    tasks.progress.emit(ticket, 0, 0, "Waiting for the search that is running")
    assert dialog.state_text() == "Waiting for the search that is running …"
    tasks.progress.emit(ticket, 0, 0, "Rebuilding the image")
    assert dialog.state_text() == "Rebuilding the image …"


def test_an_image_that_was_given_up_can_be_rebuilt_again(
    dialog: ReconstructionDialog, tasks: Any, make: Any
) -> None:
    dialog.begin()
    dialog.rebuild("/data/a.dcm")
    tasks.confirm_cancel("rebuild_image")
    assert dialog.state_text() == "The image was not rebuilt. Choose it again."
    assert dialog.choose_button.isEnabled()
    assert not dialog.save_button.isEnabled()
    dialog.rebuild("/data/a.dcm")
    tasks.answer("rebuild_image", rebuilt(make))
    assert dialog.state_text() == ""


def test_a_newer_image_voids_the_last_and_closing_stops_both(
    dialog: ReconstructionDialog, tasks: Any, make: Any
) -> None:
    dialog.begin()
    dialog.rebuild("/data/a.dcm")
    first = tasks.last("rebuild_image").ticket
    dialog.rebuild("/data/b.dcm")
    assert tasks.cancelled_tickets == [first]
    tasks.answer("rebuild_image", rebuilt(make), first)
    assert dialog.state_text() == "Rebuilding the image …"
    dialog.reject()
    assert tasks.cancelled_tickets == [first, tasks.last("rebuild_image").ticket]


def test_the_pictures_are_saved_side_by_side(
    dialog: ReconstructionDialog, tasks: Any, make: Any, tmp_path: Path
) -> None:
    dialog.begin()
    dialog.rebuild("/data/a.dcm")
    tasks.answer("rebuild_image", rebuilt(make))
    dialog.save_button.click()
    (question,) = dialog.findChildren(QFileDialog)
    out = tmp_path / "out.png"
    question.fileSelected.emit(str(out))
    assert out.read_bytes() == make.jpeg(side_px=27)
    assert texts(dialog) == ["Saved as 'out.png'."]
    question.fileSelected.emit(str(tmp_path / "none" / "out.png"))
    assert "'out.png'" in texts(dialog)[0]
    assert dialog.messages.messages()[0].property("severity") == "error"


def test_the_pictures_are_zoomed_together(
    dialog: ReconstructionDialog, tasks: Any, make: Any
) -> None:
    dialog.begin()
    dialog.rebuild("/data/a.dcm")
    tasks.answer("rebuild_image", rebuilt(make))
    views = dialog.findChildren(ImageView)
    views[1].change_view(4.0, QPointF(0.25, 0.5))
    assert [view.zoom() for view in views] == [4.0, 4.0, 4.0]


def test_the_keyboard_reaches_every_button_and_picture(
    dialog: ReconstructionDialog, tasks: Any, make: Any, qtbot: QtBot
) -> None:
    dialog.begin()
    dialog.rebuild("/data/a.dcm")
    tasks.answer("rebuild_image", rebuilt(make))
    with qtbot.waitActive(dialog):
        dialog.activateWindow()
    wanted = {*dialog.findChildren(ImageView), *dialog.findChildren(QPushButton)}
    reached = set()
    for _ in range(2 * len(wanted)):
        qtbot.keyClick(dialog.focusWidget() or dialog, Qt.Key.Key_Tab)
        reached.add(dialog.focusWidget())
    assert wanted <= reached
