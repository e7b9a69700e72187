import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from cbmir_gui.gui.widgets.confusion_matrix import ConfusionMatrixView

CLASSES = ("ct_head", "chest_xray", "mr_brain")
COUNTS = ((8, 2, 0), (0, 10, 0), (1, 0, 0))


@pytest.fixture
def matrix(qtbot: QtBot) -> ConfusionMatrixView:
    matrix = ConfusionMatrixView(lambda name: name.replace("_", " "))
    qtbot.addWidget(matrix)
    matrix.resize(360, 360)
    matrix.set_matrix(CLASSES, COUNTS)
    matrix.show()
    return matrix


def test_a_click_activates_the_cell_with_the_names_of_its_classes(
    qtbot: QtBot, matrix: ConfusionMatrixView
) -> None:
    place = matrix.cell_rect((0, 1)).center().toPoint()
    with qtbot.waitSignal(matrix.cell_activated) as activated:
        qtbot.mouseClick(matrix, Qt.MouseButton.LeftButton, pos=place)
    assert activated.args == ["ct_head", "chest_xray"]


def test_keys_move_the_cell_within_the_matrix_and_activate_it(
    qtbot: QtBot, matrix: ConfusionMatrixView
) -> None:
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Left):
        qtbot.keyClick(matrix, key)
    assert matrix.current_cell() == (2, 0)
    assert matrix.accessibleDescription() == (
        "mr brain taken for ct head: 1 of 1 (100.0 %)"
    )
    with qtbot.waitSignal(matrix.cell_activated) as activated:
        qtbot.keyClick(matrix, Qt.Key.Key_Return)
    assert activated.args == ["mr_brain", "ct_head"]


def test_a_place_beside_the_cells_belongs_to_none(matrix: ConfusionMatrixView) -> None:
    assert matrix.cell_at(matrix.cell_rect((0, 0)).topLeft() * 0.5) is None
    assert matrix.cell_at(matrix.cell_rect((2, 2)).center()) == (2, 2)


def test_right_and_wrong_and_empty_cells_are_told_apart_by_colour(
    matrix: ConfusionMatrixView,
) -> None:
    picture = matrix.grab().toImage()

    def color(row: int, column: int) -> tuple[int, int]:
        place = matrix.cell_rect((row, column)).topLeft().toPoint()
        pixel = picture.pixelColor(place.x() + 4, place.y() + 4)
        return pixel.red(), pixel.blue()

    right_red, right_blue = color(1, 1)
    wrong_red, wrong_blue = color(2, 0)
    empty_red, empty_blue = color(1, 0)
    assert right_blue > right_red + 60
    assert wrong_red > wrong_blue + 60
    assert abs(empty_red - empty_blue) < 10


def test_a_row_without_images_has_no_share(matrix: ConfusionMatrixView) -> None:
    matrix.set_matrix(("a", "b"), ((0, 0), (0, 4)))
    assert matrix.cell_text((0, 1)) == "a taken for b: 0 of 0 (0.0 %)"


def test_counts_that_do_not_fit_the_classes_are_refused(
    matrix: ConfusionMatrixView,
) -> None:
    with pytest.raises(ValueError, match="2 classes"):
        matrix.set_matrix(("a", "b"), ((1, 2),))


@pytest.mark.parametrize("num_classes", [0, 1, 40])
def test_any_number_of_classes_can_be_painted(
    matrix: ConfusionMatrixView, num_classes: int
) -> None:
    classes = [f"class {number}" for number in range(num_classes)]
    matrix.set_matrix(classes, [[1] * num_classes for _ in classes])
    assert not matrix.grab().isNull()
