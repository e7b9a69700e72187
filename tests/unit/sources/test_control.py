from collections import Counter

from cbmir_gui.core.records import ImageSource
from cbmir_gui.sources.control import shuffle_classes


def test_shuffling_keeps_the_counts_and_changes_the_pairs() -> None:
    sources = [
        ImageSource(f"/{number}.png", class_name=f"c{number % 4}", group=f"g{number}")
        for number in range(100)
    ]
    shuffled = shuffle_classes(sources, seed=1)
    assert [source.path for source in shuffled] == [source.path for source in sources]
    assert Counter(source.class_name for source in shuffled) == Counter(
        source.class_name for source in sources
    )
    agreement = sum(
        one.class_name == other.class_name
        for one, other in zip(sources, shuffled, strict=True)
    )
    assert agreement < 50
    assert shuffled == shuffle_classes(sources, seed=1)
