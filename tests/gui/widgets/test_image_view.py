import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from cbmir_gui.gui.style import SURROUND
from cbmir_gui.gui.widgets.image_view import ImageView
from cbmir_gui.gui.widgets.images import to_qimage


@pytest.fixture
def view(qtbot: QtBot) -> ImageView:
    view = ImageView()
    qtbot.addWidget(view)
    view.resize(200, 200)
    view.set_image(to_qimage(np.full((50, 100), 200, dtype=np.uint8)))
    view.show()
    return view


def test_an_image_is_fitted_on_the_surround(view: ImageView) -> None:
    picture = view.grab().toImage()
    assert QColor(picture.pixel(100, 10)) == SURROUND
    assert QColor(picture.pixel(100, 100)).red() == 200
    assert QColor(picture.pixel(2, 100)).red() == 200


def test_the_plus_key_zooms_and_zero_fits_again(qtbot: QtBot, view: ImageView) -> None:
    with qtbot.waitSignal(view.moved):
        qtbot.keyClick(view, Qt.Key.Key_Plus)
    assert view.zoom() > 1
    with qtbot.waitSignal(view.moved):
        qtbot.keyClick(view, Qt.Key.Key_0)
    assert view.zoom() == 1


def test_zoom_never_goes_below_the_fit(qtbot: QtBot, view: ImageView) -> None:
    qtbot.keyClick(view, Qt.Key.Key_Minus)
    assert view.zoom() == 1


def test_dragging_a_zoomed_image_moves_it_with_the_pointer(
    qtbot: QtBot, view: ImageView
) -> None:
    view.set_view(4.0, QPointF(0.5, 0.5))
    centers = []
    view.moved.connect(lambda _zoom, center: centers.append(center.x()))
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
    qtbot.mouseMove(view, QPoint(20, 100))
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(20, 100))
    # 80 of 800 pixels to the left: the centre moves a tenth to the right.
    assert centers[-1] == pytest.approx(0.6)


def test_a_text_stands_in_place_of_a_missing_image(view: ImageView) -> None:
    view.set_text("This file cannot be shown.")
    assert view.image().isNull()
    assert QColor(view.grab().toImage().pixel(100, 5)) == SURROUND
