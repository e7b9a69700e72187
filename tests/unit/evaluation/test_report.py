import json

import numpy as np
import pytest

from cbmir_gui.evaluation.report import (
    EvaluatedQueries,
    build_report,
    vote_correctness,
)


def some_queries(**changes: object) -> EvaluatedQueries:
    values: dict = {
        "classes": ["a", "a", "a", "b"],
        "groups": ["1", "1", "2", "3"],
        "measures": {
            "precision_at_1": np.array([1.0, 1.0, 0.0, 0.5]),
            "recall_at_20": np.array([np.nan, 0.5, 0.5, np.nan]),
        },
        "ceilings": {"precision_at_1": np.ones(4)},
        "predicted": ["a", "b", "a", "b"],
        "known_classes": ["a", "b"],
        "voted": ["a", "a", "b", "b"],
    }
    return EvaluatedQueries(**(values | changes))


def test_macro_figures_stand_at_the_top_with_their_intervals() -> None:
    report = build_report(some_queries(), num_skipped=3)
    assert (report["num_queries"], report["num_skipped"]) == (4, 3)
    assert report["precision_at_1"] == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert report["accuracy"] == pytest.approx((2 / 3 + 1) / 2)
    assert report["recall_at_20"] == 0.5
    low, high = report["precision_at_1_interval"]
    assert low <= report["precision_at_1"] <= high
    assert report["ceilings"] == {"precision_at_1": 1.0}


def test_the_report_is_plain_json() -> None:
    report = build_report(some_queries(), num_skipped=0)
    assert json.loads(json.dumps(report, allow_nan=False)) == report


def test_each_class_has_its_row() -> None:
    table = build_report(some_queries(), num_skipped=0)["per_class"]
    assert table["a"]["num_queries"] == 3
    assert table["a"]["precision_at_1"] == pytest.approx(2 / 3)
    assert table["b"] == {
        "num_queries": 1,
        "accuracy": 1.0,
        "precision_at_1": 0.5,
        "recall_at_20": None,
    }


def test_the_confusion_matrix_is_the_classifiers() -> None:
    confusion = build_report(some_queries(), num_skipped=0)["confusion_matrix"]
    assert confusion["of"] == "classifier"
    assert confusion["matrix"] == [[2, 1], [0, 1]]


def test_the_classifiers_figures_leave_out_classes_it_does_not_have() -> None:
    queries = some_queries(known_classes=["a"], predicted=["a", "a", "a", "a"])
    figures = build_report(queries, num_skipped=0)["classification"]
    assert figures["num_images"] == 3
    assert figures["macro"] == {"precision": 1, "recall": 1, "f1": 1}
    unknown = some_queries(known_classes=["z"], predicted=["z"] * 4)
    assert build_report(unknown, num_skipped=0)["classification"] is None


def test_without_a_classifier_the_vote_is_counted_and_accuracy_is_null() -> None:
    queries = some_queries(predicted=None, known_classes=())
    report = build_report(queries, num_skipped=0)
    assert report["accuracy"] is None
    assert report["accuracy_interval"] is None
    assert report["classification"] is None
    assert report["confusion_matrix"]["of"] == "majority class of the first hits"
    assert report["confusion_matrix"]["matrix"] == [[2, 1], [0, 1]]


def test_mistakes_are_listed_with_their_probability() -> None:
    queries = some_queries(
        confidence=np.array([0.9, 0.6, 0.8, 0.7]), paths=["1", "2", "3", "4"]
    )
    report = build_report(queries, num_skipped=0)
    assert report["misclassified"] == [
        {"path": "2", "class": "a", "predicted": "b", "probability": 0.6}
    ]
    assert report["confused_pairs"] == [{"class": "a", "predicted": "b", "count": 1}]


def test_without_a_classifier_the_pairs_are_those_of_the_vote() -> None:
    report = build_report(some_queries(predicted=None), num_skipped=0)
    assert report["misclassified"] == []
    assert report["confused_pairs"] == [{"class": "a", "predicted": "b", "count": 1}]


def test_a_query_without_a_right_answer_has_no_vote() -> None:
    answers = np.array([True, True, False, True])
    queries = some_queries(predicted=None, has_answer=answers)
    report = build_report(queries, num_skipped=0)
    assert report["confusion_matrix"]["matrix"] == [[2, 0], [0, 1]]
    assert report["confused_pairs"] == []
    queries = some_queries(predicted=None, has_answer=answers[::-1])
    right = vote_correctness(queries)
    assert right[[0, 2, 3]].tolist() == [1, 0, 1]
    assert np.isnan(right[1])
    nothing = some_queries(predicted=None, has_answer=np.zeros(4, np.bool_))
    assert build_report(nothing, num_skipped=0)["confusion_matrix"] is None


def test_the_precision_recall_curve_is_the_macro_mean() -> None:
    falling = np.linspace(1, 0, 11)
    curves = np.stack([falling, np.full(11, np.nan), falling, np.ones(11)])
    curve = build_report(some_queries(curves=curves), num_skipped=0)["precision_recall"]
    assert curve["recall"] == pytest.approx([tenth / 10 for tenth in range(11)])
    assert curve["precision"] == pytest.approx((falling + 1) / 2)
    assert build_report(some_queries(), num_skipped=0)["precision_recall"] is None


def test_queries_whose_patients_may_be_known_are_reported_apart() -> None:
    marks = np.array([True, True, True, False])
    report = build_report(some_queries(is_patient_disjoint=marks), num_skipped=0)
    apart, rest = report["not_patient_disjoint"], report["patient_disjoint"]
    assert (apart["classes"], rest["classes"]) == (["b"], ["a"])
    assert (apart["num_queries"], rest["num_queries"]) == (1, 3)
    assert apart["precision_at_1"] == 0.5
    assert rest["precision_at_1"] == pytest.approx(2 / 3)
    assert rest["precision_at_1_interval"][1] <= 1
    assert report["precision_at_1"] == pytest.approx((2 / 3 + 1 / 2) / 2)


def test_without_marks_nothing_is_claimed_of_patients() -> None:
    report = build_report(some_queries(), num_skipped=0)
    assert report["patient_disjoint"] is None
    assert report["not_patient_disjoint"] is None
    marks = np.ones(4, np.bool_)
    report = build_report(some_queries(is_patient_disjoint=marks), num_skipped=0)
    assert report["patient_disjoint"]["num_queries"] == 4
    assert report["not_patient_disjoint"] is None
