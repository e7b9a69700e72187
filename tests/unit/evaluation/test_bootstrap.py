import numpy as np
import pytest

from cbmir_gui.evaluation.bootstrap import macro_intervals


def test_the_interval_of_single_queries_is_that_of_the_normal_approximation() -> None:
    values = np.random.default_rng(0).normal(0.5, 0.1, 400)
    groups = [str(number) for number in range(400)]
    low, high = macro_intervals({"m": values}, ["a"] * 400, groups)["m"]
    half = 1.96 * values.std() / np.sqrt(400)
    assert low == pytest.approx(values.mean() - half, abs=0.002)
    assert high == pytest.approx(values.mean() + half, abs=0.002)


def test_groups_of_equal_images_widen_the_interval() -> None:
    per_group = np.random.default_rng(1).normal(0.5, 0.1, 40)
    values = np.repeat(per_group, 10)
    single = [str(number) for number in range(400)]
    grouped = [str(number // 10) for number in range(400)]
    narrow = macro_intervals({"m": values}, ["a"] * 400, single)["m"]
    wide = macro_intervals({"m": values}, ["a"] * 400, grouped)["m"]
    ratio = (wide[1] - wide[0]) / (narrow[1] - narrow[0])
    assert ratio == pytest.approx(np.sqrt(10), rel=0.15)


def test_the_interval_is_of_the_macro_mean() -> None:
    values = np.array([1.0] * 90 + [0.0] * 10)
    classes = ["large"] * 90 + ["small"] * 10
    groups = [str(number) for number in range(100)]
    assert macro_intervals({"m": values}, classes, groups)["m"] == (0.5, 0.5)


def test_the_same_seed_gives_the_same_interval() -> None:
    values = np.random.default_rng(2).random(50)
    groups = [str(number % 20) for number in range(50)]
    first = macro_intervals({"m": values}, ["a"] * 50, groups, seed=7)
    again = macro_intervals({"m": values}, ["a"] * 50, groups, seed=7)
    other = macro_intervals({"m": values}, ["a"] * 50, groups, seed=8)
    assert first == again
    assert first != other


def test_a_measure_that_no_query_has_gets_no_interval() -> None:
    low, high = macro_intervals({"m": np.full(3, np.nan)}, ["a"] * 3, list("xyz"))["m"]
    assert np.isnan(low)
    assert np.isnan(high)
    low, high = macro_intervals({"m": np.zeros(0)}, [], [])["m"]
    assert np.isnan(low)


def test_missing_values_are_left_out() -> None:
    values = np.array([1.0, np.nan, 1.0, np.nan])
    interval = macro_intervals({"m": values}, list("aabb"), list("wxyz"))["m"]
    assert interval == (1.0, 1.0)
