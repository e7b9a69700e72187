"""Every n-th image of a series, and what is taken where nobody chose."""

import pytest

from cbmir_gui.core.contents import (
    FILE_ONCE,
    FoundFile,
    FoundGroup,
    num_selected,
    select_every,
)
from cbmir_gui.core.records import SelectedFile


def slices(number: int) -> FoundGroup:
    return FoundGroup(tuple(FoundFile(str(place)) for place in range(number)))


@pytest.mark.parametrize(
    ("number", "step", "places"),
    [
        (5, 1, [0, 1, 2, 3, 4]),
        (5, 2, [0, 2, 4]),
        (6, 4, [0, 4]),
        (10, 4, [0, 4, 8]),
        (11, 4, [1, 5, 9]),
        (5, 5, [2]),
        (4, 100, [1]),  # the middle one, as a single file of four frames gives
        (1, 3, [0]),
    ],
)
def test_every_nth_slice_keeps_as_far_from_both_ends(
    number: int, step: int, places: list[int]
) -> None:
    chosen = select_every(slices(number), step)
    assert [int(file.path) for file in chosen] == places
    assert num_selected(slices(number), step) == len(places)


def test_the_frames_of_a_file_count_as_slices() -> None:
    group = FoundGroup((FoundFile("a", 5), FoundFile("b"), FoundFile("c", 4)))
    assert select_every(group, 3) == (
        SelectedFile("a", (1, 4)),
        SelectedFile("c", (1, 4)),
    )
    assert num_selected(group, 3) == 4
    assert select_every(group, 2)[0] == SelectedFile("a", (1, 3, 5))


def test_frames_are_taken_as_they_lie_in_space() -> None:
    group = FoundGroup((FoundFile("a", 4, (4, 3, 2, 1)),))
    assert select_every(group, 2) == (SelectedFile("a", (4, 2)),)


def test_the_middle_of_each_file_needs_no_number() -> None:
    group = FoundGroup((FoundFile("a", 5), FoundFile("b")), class_name="lung")
    assert select_every(group, FILE_ONCE) == (
        SelectedFile("a", (), "lung"),
        SelectedFile("b", (), "lung"),
    )
    assert num_selected(group, FILE_ONCE) == 2
