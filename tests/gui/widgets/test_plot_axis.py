import math

import pytest

from cbmir_gui.gui.widgets.plot_axis import UNIT_AXIS, Axis, axis_over, share_axis


@pytest.mark.parametrize(
    ("values", "high", "texts"),
    [
        ((0.99, 0.4), 1.0, ("0.00", "0.25", "0.50", "0.75", "1.00")),
        ((3.2,), 4.0, ("0", "1", "2", "3", "4")),
        ((0.031,), 0.04, ("0.00", "0.01", "0.02", "0.03", "0.04")),
        ((1900.0,), 2000.0, ("0", "500", "1000", "1500", "2000")),
    ],
)
def test_an_axis_has_round_steps_and_room_for_all(
    values: tuple[float, ...], high: float, texts: tuple[str, ...]
) -> None:
    axis = axis_over(values)
    assert axis.high == pytest.approx(high)
    assert tuple(axis.text(tick) for tick in axis.ticks()) == texts


@pytest.mark.parametrize(("num_epochs", "num_ticks"), [(1, 2), (3, 4), (7, 5), (25, 6)])
def test_an_axis_of_epochs_has_whole_steps(num_epochs: int, num_ticks: int) -> None:
    axis = axis_over([1, num_epochs], 5, whole=True)
    assert all(tick.is_integer() for tick in axis.ticks())
    assert len(axis.ticks()) == num_ticks
    assert axis.high >= num_epochs


def test_without_values_the_axis_is_that_of_a_share() -> None:
    assert axis_over([]) is UNIT_AXIS
    assert axis_over([math.nan, -1.0]) is UNIT_AXIS


def test_what_is_beside_the_axis_or_no_number_is_drawn_at_its_end() -> None:
    axis = Axis(0.0, 2.0, 4)
    assert axis.share(0.5) == 0.25
    assert axis.share(9.0) == axis.share(math.nan) == 1.0
    assert axis.share(-1.0) == 0.0


@pytest.mark.parametrize(
    ("lowest", "first", "second"),
    [
        (0.2, "0.00", "0.25"),
        (0.5, "0.5", "0.6"),
        (0.87, "0.8", "0.9"),
        (0.966, "0.900", "0.925"),
        (1.0, "0.900", "0.925"),
    ],
)
def test_high_shares_are_drawn_with_their_part_of_the_axis(
    lowest: float, first: str, second: str
) -> None:
    axis = share_axis(lowest)
    assert [axis.text(tick) for tick in axis.ticks()][:2] == [first, second]
    assert axis.high == 1.0
