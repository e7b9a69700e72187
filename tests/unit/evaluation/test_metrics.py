import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import (
    average_precision_score,
    balanced_accuracy_score,
    precision_score,
    recall_score,
)
from sklearn.metrics import confusion_matrix as reference_confusion_matrix

from cbmir_gui.evaluation.metrics import (
    RankedRelevance,
    average_precision,
    average_precision_at,
    average_precision_at_by_hits,
    best_precision_at,
    best_recall_at,
    by_class,
    confusion_matrix,
    correctness,
    macro_mean,
    majority_class,
    precision_at,
    query_ceilings,
    query_measures,
    rank_relevance,
    recall_at,
)


def ranking(*rows: str, num_relevant: list[int] | None = None) -> RankedRelevance:
    """Make a ranking from strings such as "1010"."""
    relevant = np.array([[letter == "1" for letter in row] for row in rows])
    found = relevant.sum(axis=1) if num_relevant is None else np.array(num_relevant)
    return RankedRelevance(relevant, found, np.zeros(len(rows), np.int64))


def test_average_precision_is_the_hand_computed_one() -> None:
    ranked = ranking("1011", "0100", "0000")
    expected = [(1 + 2 / 3 + 3 / 4) / 3, 1 / 2, np.nan]
    assert average_precision(ranked) == pytest.approx(expected, nan_ok=True)


def test_average_precision_equals_scikit_learn() -> None:
    relevant = np.random.default_rng(0).random((30, 200)) < 0.2
    ranked = RankedRelevance(relevant, relevant.sum(axis=1), np.zeros(30, np.int64))
    scores = -np.arange(200)
    expected = [average_precision_score(row, scores) for row in relevant]
    assert np.allclose(average_precision(ranked), expected)


def test_precision_and_recall_at_k_equal_scikit_learn() -> None:
    relevant = np.random.default_rng(1).random((30, 100)) < 0.3
    ranked = RankedRelevance(relevant, relevant.sum(axis=1), np.zeros(30, np.int64))
    retrieved = np.arange(100) < 20
    precision = [precision_score(row, retrieved) for row in relevant]
    recall = [recall_score(row, retrieved) for row in relevant]
    assert np.allclose(precision_at(ranked, 20), precision)
    assert np.allclose(recall_at(ranked, 20), recall)


def test_precision_at_k_counts_missing_hits_as_wrong() -> None:
    assert precision_at(ranking("11"), 5).tolist() == [2 / 5]


def test_what_a_filter_hides_lowers_recall_and_average_precision() -> None:
    ranked = ranking("11", num_relevant=[4])
    assert recall_at(ranked, 20).tolist() == [0.5]
    assert average_precision(ranked).tolist() == [0.5]


def test_map_at_5_divides_by_what_was_possible_or_by_what_was_found() -> None:
    ranked = ranking("100000", "111111", "010010", "000001", num_relevant=[10, 6, 2, 1])
    assert average_precision_at(ranked, 5).tolist() == pytest.approx(
        [1 / 5, 1, (1 / 2 + 2 / 5) / 2, 0]
    )
    assert average_precision_at_by_hits(ranked, 5).tolist() == pytest.approx(
        [1, 1, (1 / 2 + 2 / 5) / 2, 0]
    )


def test_ceilings_of_a_class_of_30() -> None:
    ranked = ranking("1", num_relevant=[30])
    assert best_precision_at(ranked, 100).tolist() == [0.3]
    assert best_precision_at(ranked, 20).tolist() == [1]
    assert best_recall_at(ranked, 20).tolist() == [pytest.approx(2 / 3)]


def test_no_measure_exceeds_its_ceiling() -> None:
    relevant = np.random.default_rng(2).random((50, 120)) < 0.5
    ranked = RankedRelevance(relevant, relevant.sum(axis=1), np.zeros(50, np.int64))
    measures = query_measures(ranked)
    for name, ceiling in query_ceilings(ranked).items():
        assert (measures[name] <= ceiling + 1e-12).all(), name


def test_excluded_hits_are_dropped_and_the_others_move_up() -> None:
    relevant = np.array([[True, False, True, True], [False, True, False, False]])
    excluded = np.array([[True, False, False, False], [True, False, True, False]])
    ranked = rank_relevance(relevant, excluded, np.array([2, 1]))
    assert ranked.relevant.astype(int).tolist() == [[0, 1, 1, 0], [1, 0, 0, 0]]
    assert ranked.num_dropped.tolist() == [1, 2]
    assert average_precision(ranked).tolist() == pytest.approx([(1 / 2 + 2 / 3) / 2, 1])


def test_a_query_with_nothing_to_find_has_no_recall() -> None:
    ranked = ranking("000")
    assert np.isnan(recall_at(ranked, 20)).all()
    assert np.isnan(average_precision_at(ranked, 5)).all()
    assert np.isnan(average_precision_at_by_hits(ranked, 5)).all()
    for measures in (query_measures(ranked), query_ceilings(ranked)):
        assert all(np.isnan(values).all() for values in measures.values())


def test_macro_accuracy_is_balanced_accuracy() -> None:
    random = np.random.default_rng(3)
    names = np.array(["a", "b", "c"])
    expected = names[random.choice(3, 200, p=[0.7, 0.2, 0.1])].tolist()
    predicted = names[random.choice(3, 200)].tolist()
    values = correctness(expected, predicted, names.tolist())
    assert macro_mean(values, expected) == pytest.approx(
        balanced_accuracy_score(expected, predicted)
    )


def test_a_class_that_the_classifier_lacks_is_left_out() -> None:
    values = correctness(["a", "b", "z"], ["a", "a", "a"], ["a", "b"])
    assert values.tolist() == pytest.approx([1, 0, np.nan], nan_ok=True)
    assert macro_mean(values, ["a", "b", "z"]) == 0.5


def test_the_macro_mean_weighs_classes_alike() -> None:
    values = np.array([1, 1, 1, 0, np.nan])
    assert macro_mean(values, ["a", "a", "a", "b", "c"]) == 0.5
    assert list(by_class(values, ["b", "a", "a", "b", "c"])) == ["a", "b"]
    assert np.isnan(macro_mean(np.array([np.nan]), ["a"]))


def test_the_confusion_matrix_equals_scikit_learn() -> None:
    random = np.random.default_rng(4)
    classes = ["x", "y", "z"]
    expected = random.choice(classes, 100).tolist()
    predicted = random.choice(classes, 100).tolist()
    matrix: NDArray[np.int64] = confusion_matrix(expected, predicted, classes)
    reference = reference_confusion_matrix(expected, predicted, labels=classes)
    assert np.array_equal(matrix, reference)


def test_the_majority_class_of_equals_is_the_nearest() -> None:
    assert majority_class(["b", "a", "a", "b", "c"]) == "b"
    assert majority_class(["c", "a", "a"]) == "a"
    assert majority_class([]) == ""


def test_a_random_ranking_reaches_chance_and_no_more() -> None:
    relevant = np.random.default_rng(5).random((400, 1000)) < 0.1
    ranked = RankedRelevance(relevant, relevant.sum(axis=1), np.zeros(400, np.int64))
    measures = query_measures(ranked)
    for name in ("mean_average_precision", "precision_at_1", "precision_at_20"):
        assert np.mean(measures[name]) == pytest.approx(0.1, abs=0.04), name
