"""Pictures that are decoded as they are seen."""

from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from cbmir_gui.gui.retrain.picture_dialog import PictureDialog
from cbmir_gui.gui.retrain.picture_grid import PictureGrid
from cbmir_gui.gui.retrain.pictures import Picture, PicturesModel, PreviewThumbnails

PICTURES = tuple(Picture(f"/x/{number}.png", f"{number}") for number in range(50))


@pytest.fixture
def grid(qtbot: QtBot, tasks: Any) -> PictureGrid:
    grid = PictureGrid(tasks, "Images")
    qtbot.addWidget(grid)
    grid.resize(500, 400)
    grid.set_pictures(PICTURES)
    grid.show()
    return grid


def test_only_few_pictures_are_asked_for_at_once(
    grid: PictureGrid, tasks: Any, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: tasks.count("preview") > 0)
    assert tasks.count("preview") == 3
    first = tasks.last("preview")
    qtbot.waitUntil(lambda: tasks.count("preview") == 3)
    assert first.arguments[3] == 192


def test_a_picture_that_arrives_is_shown_and_the_next_asked_for(
    grid: PictureGrid, tasks: Any, make: Any, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: tasks.count("preview") == 3)
    path = tasks.last("preview").arguments[0]
    with qtbot.waitSignal(grid.model().dataChanged):
        tasks.answer("preview", make.image())
    row = next(n for n, each in enumerate(PICTURES) if each.path == path)
    pixmap = grid.model().index(row, 0).data(Qt.ItemDataRole.DecorationRole)
    assert pixmap.width() == 64
    assert tasks.count("preview") == 4


def test_an_unreadable_picture_is_not_asked_for_again(tasks: Any, qtbot: QtBot) -> None:
    thumbnails = PreviewThumbnails(tasks)
    assert thumbnails.pixmap("/x/1.png") is None
    qtbot.waitUntil(lambda: tasks.count("preview") == 1)
    tasks.fail("preview", "'1.png' cannot be read.")
    pixmap = thumbnails.pixmap("/x/1.png")
    assert pixmap is not None
    assert pixmap.isNull()
    assert tasks.count("preview") == 1


def test_the_pictures_can_be_stepped_through(
    tasks: Any, make: Any, qtbot: QtBot
) -> None:
    dialog = PictureDialog(tasks, PICTURES[:2])
    qtbot.addWidget(dialog)
    dialog.show_picture(0)
    late = tasks.last("preview").ticket
    dialog.show_picture(1)
    tasks.answer("preview", make.image(), late)
    assert dialog.image().isNull()
    tasks.answer("preview", make.image())
    assert dialog.image().width() == 64
    dialog.show_picture(2)
    assert dialog.row() == 1


def test_the_list_keeps_qt_s_rules(tasks: Any, qtmodeltester: ModelTester) -> None:
    model = PicturesModel(PreviewThumbnails(tasks))
    model.set_pictures(PICTURES)
    qtmodeltester.check(model)
