"""Window arithmetic against values computed by hand from PS3.3 C.11.2.1."""

import math

import numpy as np
import pytest

from cbmir_gui.core.errors import CbmirError
from cbmir_gui.imaging.voi import (
    GrayLook,
    LookupTable,
    Window,
    apply_range,
    apply_table,
    apply_window,
    parse_look,
)


def test_a_linear_window_reaches_its_ends_where_the_standard_says() -> None:
    # C.11.2.1.2.1: centre 0, width 100 is black up to -50 and white above 49.
    values = np.array([-1000.0, -50.0, -0.5, 49.0, 49.5, 1000.0])
    shown = apply_window(values, Window(0, 100))
    np.testing.assert_allclose(shown, [0, 0, 0.5, 1, 1, 1])


def test_a_linear_window_over_all_12_bit_values_is_the_identity() -> None:
    values = np.array([0.0, 1.0, 4094.0, 4095.0])
    shown = apply_window(values, Window(2048, 4096))
    np.testing.assert_allclose(shown * 4095, values)


def test_a_linear_window_of_width_one_is_a_threshold() -> None:
    shown = apply_window(np.array([2047.0, 2047.5, 2048.0]), Window(2048, 1))
    np.testing.assert_array_equal(shown, [0, 0, 1])


def test_an_exact_window_has_no_half_values() -> None:
    values = np.array([-50.0, 0.0, 25.0, 50.0])
    shown = apply_window(values, Window(0, 100, "LINEAR_EXACT"))
    np.testing.assert_allclose(shown, [0, 0.5, 0.75, 1])


def test_a_linear_window_below_one_is_taken_as_exact() -> None:
    shown = apply_window(np.array([0.0, 0.1, 0.2]), Window(0.1, 0.2))
    np.testing.assert_allclose(shown, [0, 0.5, 1], atol=1e-12)


def test_a_sigmoid_window_follows_its_formula() -> None:
    # 1 / (1 + exp(-4 (x - c) / w)): 3/4 where 4 (x - c) / w = ln 3.
    values = np.array([-1e9, 40.0, 40.0 + 100 * math.log(3) / 4, 1e9])
    shown = apply_window(values, Window(40, 100, "SIGMOID"))
    np.testing.assert_allclose(shown, [0, 0.5, 0.75, 1], atol=1e-12)


@pytest.mark.parametrize(
    "window", [Window(0, 0), Window(math.nan, 10), Window(0, math.inf), Window(0, -5)]
)
def test_a_window_without_a_positive_finite_width_is_not_valid(window: Window) -> None:
    assert not window.is_valid


def test_a_range_without_extent_is_black() -> None:
    np.testing.assert_array_equal(apply_range(np.array([7.0, 7.0]), 7, 7), [0, 0])


def test_values_outside_a_table_get_its_first_or_last_entry() -> None:
    table = LookupTable(10, np.array([5.0, 6.0, 7.0]), 8)
    found = apply_table(np.array([-3.0, 10.0, 11.0, 12.0, 99.0]), table)
    np.testing.assert_array_equal(found, [5, 5, 6, 7, 7])


def test_what_is_not_a_number_gets_the_first_entry_of_a_table() -> None:
    table = LookupTable(10, np.array([5.0, 6.0, 7.0]), 8)
    found = apply_table(np.array([math.nan, 11.0, math.inf, -math.inf]), table)
    np.testing.assert_array_equal(found, [5, 6, 7, 5])


def test_a_window_is_read_from_the_command_line() -> None:
    assert parse_look("-600,1500") == GrayLook(Window(-600, 1500))
    assert parse_look("first") == GrayLook()
    assert parse_look("minmax") == GrayLook(minmax=True)
    assert parse_look("voi:2") == GrayLook(number=2)


@pytest.mark.parametrize("text", ["", "40", "40,0", "a,b", "1,2,3", "nan,5"])
def test_a_window_that_cannot_be_used_is_explained(text: str) -> None:
    with pytest.raises(CbmirError, match="centre and width above 0"):
        parse_look(text)
