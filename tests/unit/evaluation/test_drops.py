import json

import numpy as np
import pytest

from cbmir_gui.evaluation.drops import differences, drops

CLASSES, GROUPS = ["a", "a", "b"], ["1", "2", "3"]
CLEAN = {
    "accuracy": np.array([1.0, 1.0, np.nan]),
    "precision_at_20": np.array([1.0, 0.8, 0.5]),
    "recall_at_20": np.ones(3),
}
WORSE = {
    "accuracy": np.array([1.0, 0.0, np.nan]),
    "precision_at_20": np.array([0.9, 0.8, 0.5]),
    "recall_at_20": np.zeros(3),
}


def test_what_is_lost_is_given_in_points_beside_both_figures() -> None:
    document = drops(CLEAN, WORSE, CLASSES, GROUPS)
    assert document["accuracy_clean"] == 1
    assert document["accuracy"] == 0.5
    assert document["accuracy_drop_points"] == pytest.approx(50)
    assert document["precision_at_20_drop_points"] == pytest.approx(2.5)
    low, high = document["precision_at_20_drop_points_interval"]
    assert low == 0
    assert 2.5 < high <= 10
    assert not any(name.startswith("recall") for name in document)


def test_a_figure_that_nobody_has_is_null() -> None:
    nothing = {"accuracy": np.full(3, np.nan)}
    document = drops(nothing, nothing, CLASSES, GROUPS)
    assert set(document.values()) == {None}
    assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_two_systems_stand_beside_each_other() -> None:
    pair = differences(CLEAN, WORSE, CLASSES, GROUPS)["precision_at_20"]
    assert pair["value"] == pytest.approx((0.9 + 0.5) / 2)
    assert pair["against"] == pytest.approx((0.85 + 0.5) / 2)
    assert pair["difference"] == pytest.approx(0.025)
    assert pair["interval"][0] == 0
    assert 0 < pair["p_value"] <= 1
