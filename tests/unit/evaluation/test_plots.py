import numpy as np
import pytest
from matplotlib.figure import Figure

from cbmir_gui.evaluation.plots import (
    Bar,
    Line,
    draw_bars,
    draw_confusion,
    draw_lines,
)


@pytest.fixture
def axes():
    return Figure().subplots()


def test_bars_are_as_long_as_their_values(axes) -> None:
    draw_bars(axes, [Bar("a", 0.5, (0.4, 0.6)), Bar("b", None)], "mAP")
    assert [patch.get_width() for patch in axes.patches] == [0.5, 0]
    assert [text.get_text() for text in axes.texts] == ["0.500"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b"]
    (interval,) = axes.lines
    assert list(interval.get_xdata()) == [0.4, 0.6]


def test_a_curve_leaves_out_points_without_a_value(axes) -> None:
    draw_lines(axes, [0, 1], [Line("a", [1.0, None])], ("recall", "precision"), "t")
    values = axes.lines[0].get_ydata()
    assert values[0] == 1
    assert np.isnan(values[1])


def test_a_confusion_matrix_shows_shares_of_the_true_class(axes) -> None:
    draw_confusion(axes, [[3, 1], [0, 0]], ["a", "b"], "t")
    np.testing.assert_allclose(axes.images[0].get_array(), [[0.75, 0.25], [0, 0]])
    assert [text.get_text() for text in axes.texts] == ["3", "1"]


def test_a_large_matrix_names_the_mistakes_only(axes) -> None:
    matrix = np.diag(np.full(20, 5))
    matrix[2, 3] = 1
    draw_confusion(axes, matrix.tolist(), [str(n) for n in range(20)], "t")
    assert [text.get_text() for text in axes.texts] == ["1"]
