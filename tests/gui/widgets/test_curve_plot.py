import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QImage, QPalette
from pytestqt.qtbot import QtBot

from cbmir_gui.gui.widgets.curve import Curve, CurveStyle
from cbmir_gui.gui.widgets.curve_plot import CurvePlot

CURVE = Curve("test", [0.0, 0.5, 1.0], [1.0, 0.8, 0.2])


@pytest.fixture
def plot(qtbot: QtBot) -> CurvePlot:
    plot = CurvePlot("Precision over recall", "Recall", "Precision")
    qtbot.addWidget(plot)
    plot.resize(400, 300)
    plot.show()
    return plot


def blue_columns(image: QImage) -> list[int]:
    """Return the columns of pixels that are far more blue than red."""
    return [
        x
        for x in range(image.width())
        if any(
            image.pixelColor(x, y).blue() > image.pixelColor(x, y).red() + 60
            for y in range(image.height())
        )
    ]


def test_a_curve_is_painted_over_the_whole_area(plot: CurvePlot) -> None:
    assert not blue_columns(plot.grab().toImage())
    plot.set_curves([CURVE])
    columns = blue_columns(plot.grab().toImage())
    area = plot.area().rect
    assert columns[0] == pytest.approx(area.left(), abs=4)
    assert columns[-1] == pytest.approx(area.right(), abs=4)


def test_the_line_is_brighter_in_dark_surroundings(plot: CurvePlot) -> None:
    plot.set_curves([CURVE])
    palette = QPalette(plot.palette())
    palette.setColor(QPalette.ColorRole.Window, QColor("#202022"))
    palette.setColor(QPalette.ColorRole.WindowText, QColor("#eeeeee"))
    light = plot.grab().toImage()
    plot.setPalette(palette)
    dark = plot.grab().toImage()
    place = plot.area().point(0.5, 0.8).toPoint()
    assert dark.pixelColor(place).blue() > light.pixelColor(place).blue()


def test_the_tip_tells_the_nearest_point_with_its_interval(plot: CurvePlot) -> None:
    intervals = [(0.9, 1.0), (0.7, 0.85), (0.1, 0.3)]
    plot.set_curves([Curve("test", CURVE.xs, CURVE.ys, intervals=intervals)])
    tip = plot.tip_at(plot.area().point(0.5, 0.8) + QPointF(4, 3))
    assert tip.splitlines() == [
        "test",
        "Recall: 0.5",
        "Precision: 0.8",
        "interval: 0.7 to 0.85",
    ]
    assert plot.tip_at(plot.area().point(0.2, 0.2)) == ""


def test_a_faint_curve_has_no_say_in_the_scale_nor_in_the_words(
    plot: CurvePlot,
) -> None:
    faint = Curve("steps", [0.1, 0.2], [40.0, 9.0], CurveStyle(is_faint=True))
    plot.set_curves([faint, CURVE])
    assert plot.area().y_axis.high == 1.0
    assert plot.accessibleDescription() == "test 0.200"


def test_only_steps_decide_the_scale_while_there_is_nothing_else(
    plot: CurvePlot,
) -> None:
    plot.set_curves([Curve("steps", [0.1], [4.0], CurveStyle(is_faint=True))])
    assert plot.area().y_axis.high == 4.0
