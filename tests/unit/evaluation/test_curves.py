import numpy as np
import pytest
from sklearn.metrics import precision_recall_curve

from cbmir_gui.evaluation.curves import (
    RECALL_LEVELS,
    interpolated_precision,
    macro_curve,
)
from cbmir_gui.evaluation.metrics import RankedRelevance


def ranked(rows: list[list[int]], num_relevant: list[int]) -> RankedRelevance:
    return RankedRelevance(
        np.array(rows, dtype=bool),
        np.array(num_relevant),
        np.zeros(len(rows), np.int64),
    )


def test_the_curve_of_a_hand_computed_case() -> None:
    # Relevant at the ranks 1, 3 and 6: P = 1, 2/3, 1/2 at the recalls 1/3, 2/3, 1.
    curve = interpolated_precision(ranked([[1, 0, 1, 0, 0, 1]], [3]))
    expected = [1, 1, 1, 1, 2 / 3, 2 / 3, 2 / 3, 1 / 2, 1 / 2, 1 / 2, 1 / 2]
    assert curve[0] == pytest.approx(expected)


def test_the_curve_is_that_of_scikit_learn() -> None:
    random = np.random.default_rng(5)
    for _ in range(20):
        relevant = random.random(60) < 0.2
        relevant[random.integers(60)] = True
        num_relevant = int(relevant.sum())
        scores = -np.arange(60.0)
        precision, recall, _ = precision_recall_curve(relevant, scores)
        # The last point (precision 1 at recall 0) belongs to no rank.
        expected = [
            precision[:-1][recall[:-1] >= level - 1e-9].max() for level in RECALL_LEVELS
        ]
        curve = interpolated_precision(ranked([relevant.tolist()], [num_relevant]))
        assert curve[0] == pytest.approx(expected)


def test_a_recall_that_no_rank_reaches_has_precision_zero() -> None:
    curve = interpolated_precision(ranked([[1, 1, 0, 0]], [4]))
    assert curve[0] == pytest.approx([1] * 6 + [0] * 5)


def test_a_recall_of_exactly_three_tenths_is_reached_by_three_of_ten() -> None:
    curve = interpolated_precision(ranked([[1, 1, 1] + [0] * 7], [10]))
    assert curve[0][: 3 + 1] == pytest.approx([1, 1, 1, 1])
    assert curve[0][4] == 0


def test_queries_with_nothing_to_find_have_no_curve() -> None:
    curves = interpolated_precision(ranked([[0, 0], [1, 0], [0, 1]], [0, 1, 1]))
    assert np.isnan(curves[0]).all()
    assert macro_curve(curves, ["a", "a", "b"]) == pytest.approx([0.75] * 11)
    assert macro_curve(curves[:1], ["a"]) == [None] * 11


def test_an_empty_database_has_precision_zero() -> None:
    empty = RankedRelevance(
        np.zeros((1, 0), bool), np.array([2]), np.zeros(1, np.int64)
    )
    assert interpolated_precision(empty)[0] == pytest.approx([0] * 11)
