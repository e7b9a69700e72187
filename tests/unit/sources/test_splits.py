from collections import Counter, defaultdict

import pytest

from cbmir_gui.core.errors import DataError
from cbmir_gui.core.records import ImageSource
from cbmir_gui.sources.splits import draw_splits


def grouped_sources(num_groups: int = 60, per_group: int = 3) -> list[ImageSource]:
    return [
        ImageSource(
            f"/data/{group}_{image}.png",
            class_name=f"class{group % 4}",
            group=f"patient{group}",
        )
        for group in range(num_groups)
        for image in range(per_group)
    ]


def test_no_group_is_cut_even_across_classes() -> None:
    sources = [
        ImageSource(f"/{number}.png", class_name=f"c{number % 3}", group=f"g{group}")
        for number, group in enumerate([7, 7, 8, 9, 9, 9, 7, 1, 2, 3, 4, 5, 6] * 4)
    ]
    sides = defaultdict(set)
    for source in draw_splits(sources):
        sides[source.group].add(source.split)
    assert all(len(splits) == 1 for splits in sides.values())


def test_every_class_gets_its_share() -> None:
    counts = Counter(
        (source.class_name, source.split) for source in draw_splits(grouped_sources())
    )
    for name in ("class0", "class1", "class2", "class3"):
        assert counts[name, "train"] == 33
        assert counts[name, "val"] == 3
        assert counts[name, "test"] == 9


def test_the_seed_decides_and_the_order_of_the_files_does_not() -> None:
    sources = grouped_sources()
    drawn = {source.path: source.split for source in draw_splits(sources, seed=3)}
    again = {source.path: source.split for source in draw_splits(sources[::-1], seed=3)}
    other = {source.path: source.split for source in draw_splits(sources, seed=4)}
    assert drawn == again
    assert drawn != other


def test_a_split_that_is_there_wins_and_its_group_follows() -> None:
    sources = [
        ImageSource("/a.png", class_name="x", group="g", split="test"),
        ImageSource("/b.png", class_name="x", group="g"),
        ImageSource("/c.png", class_name="x"),
    ]
    assert [source.split for source in draw_splits(sources)] == [
        "test",
        "test",
        "train",
    ]


@pytest.mark.parametrize(
    "fractions", [{}, {"train": 1.2, "test": -0.2}, {"train": 0.5, "test": 0.4}]
)
def test_parts_that_do_not_sum_to_one_are_refused(fractions: dict[str, float]) -> None:
    with pytest.raises(DataError, match="sum to 1"):
        draw_splits(grouped_sources(), fractions)
