import numpy as np
import pytest
from scipy.stats import norm

from cbmir_gui.evaluation.bootstrap import macro_intervals
from cbmir_gui.evaluation.metrics import Values
from cbmir_gui.evaluation.paired import paired_differences, two_sided_p_value


def compare(values: list[float], others: list[float], **changes: list[str]):
    labels = {"classes": ["a"] * len(values)}
    labels["groups"] = [str(number) for number in range(len(values))]
    return paired_differences(
        {"m": np.array(values)}, {"m": np.array(others)}, **(labels | changes)
    )["m"]


def pair(gain: float, num_queries: int = 400) -> tuple[Values, Values]:
    """Return a system that differs little and one, on queries that differ much."""
    random = np.random.default_rng(0)
    hardness = random.normal(0.5, 0.2, num_queries)
    return hardness + random.normal(gain, 0.02, num_queries), hardness


def test_the_difference_is_that_of_the_macro_means() -> None:
    compared = compare([1, 1, 0, 1], [1, 0, 0, 0], classes=["a", "a", "a", "b"])
    assert compared.value == pytest.approx((2 / 3 + 1) / 2)
    assert compared.against == pytest.approx((1 / 3 + 0) / 2)
    assert compared.difference == pytest.approx((1 / 3 + 1) / 2)


def test_the_interval_is_that_of_the_differences_not_of_the_figures() -> None:
    values, others = pair(gain=0.01)
    compared = compare(values.tolist(), others.tolist())
    differences = values - others
    half = 1.96 * differences.std() / np.sqrt(len(differences))
    assert compared.interval[0] == pytest.approx(differences.mean() - half, abs=3e-4)
    assert compared.interval[1] == pytest.approx(differences.mean() + half, abs=3e-4)
    groups = [str(number) for number in range(len(values))]
    alone = macro_intervals({"m": values}, ["a"] * len(values), groups)["m"]
    assert alone[1] - alone[0] > 5 * (compared.interval[1] - compared.interval[0])


def test_a_clear_gain_has_a_small_p_value_and_the_same_twice_has_one() -> None:
    values, others = (side.tolist() for side in pair(gain=0.01))
    assert compare(values, others).p_value == pytest.approx(2 / 1001)
    assert compare(others, values).p_value == pytest.approx(2 / 1001)
    assert compare(others, others).p_value == 1
    assert compare(others, others).interval == (0, 0)


def test_the_p_value_is_that_of_the_normal_approximation() -> None:
    values, others = pair(gain=0.001)
    differences = values - others
    z = differences.mean() / (differences.std() / np.sqrt(len(differences)))
    expected = 2 * norm.sf(abs(z))
    assert 0.02 < expected < 0.98
    compared = compare(values.tolist(), others.tolist())
    assert compared.p_value == pytest.approx(expected, abs=0.06)


def test_groups_are_drawn_whole() -> None:
    """Two groups that disagree: one draw in four has only the group that lost."""
    compared = compare(
        [1.0] * 10 + [0.0] * 10, [0.0] * 10 + [1.0] * 10, groups=["x"] * 10 + ["y"] * 10
    )
    assert compared.difference == 0
    assert compared.interval == (-1, 1)


def test_queries_that_one_of_both_lacks_count_for_neither() -> None:
    compared = compare([1.0, np.nan, 0.0], [0.0, 1.0, 0.0])
    assert (compared.value, compared.against) == (0.5, 0.0)
    nothing = compare([np.nan, 1.0], [1.0, np.nan])
    assert np.isnan([nothing.value, nothing.difference, nothing.p_value]).all()


def test_only_measures_of_both_are_compared() -> None:
    one, two = {"m": np.ones(2), "n": np.ones(2)}, {"m": np.ones(2), "o": np.ones(2)}
    assert list(paired_differences(one, two, ["a", "b"], ["1", "2"])) == ["m"]


def test_the_p_value_counts_both_sides_by_hand() -> None:
    draws = np.array([-0.1, 0.2, 0.3, 0.4, 0.0, 0.1, 0.2, 0.1, 0.3])
    assert two_sided_p_value(draws) == pytest.approx(2 * (2 + 1) / (9 + 1))
    assert np.isnan(two_sided_p_value(np.full(3, np.nan)))
