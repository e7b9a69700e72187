"""Train, validation and test parts that never cut a group."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from cbmir_gui.core.errors import DataError
from cbmir_gui.core.records import ImageSource

DEFAULT_FRACTIONS: Mapping[str, float] = {"train": 0.72, "val": 0.08, "test": 0.2}
DEFAULT_SEED = 1


def draw_splits(
    sources: Sequence[ImageSource],
    fractions: Mapping[str, float] = DEFAULT_FRACTIONS,
    seed: int = DEFAULT_SEED,
) -> list[ImageSource]:
    """Give a split to every source that has none; same order, same seed, same answer.

    Groups stay whole: where one source of a group has a split, the others follow it.
    The rest goes, largest group first, to the split that would still lack most of the
    group's classes with half of the group placed there (Webster's rule of fair
    rounding), relative to its share. A source without a group is its own.

    Parameters
    ----------
    fractions
        Split name to its share, all above 0; they sum to 1.

    Raises
    ------
    DataError
        The fractions are not above 0, or do not sum to 1.
    """
    shares = list(fractions.values())
    if not shares or min(shares) <= 0 or abs(sum(shares) - 1) > 1e-6:
        raise DataError(
            f"The parts of a split must be above 0 and sum to 1, but they are "
            f"{dict(fractions)}."
        )
    members: dict[str, list[ImageSource]] = defaultdict(list)
    for source in sources:
        members[_group_of(source)].append(source)
    split_of = {
        group: next(source.split for source in group_sources if source.split)
        for group, group_sources in members.items()
        if any(source.split for source in group_sources)
    }
    open_groups = {
        group: group_sources
        for group, group_sources in members.items()
        if group not in split_of
    }
    split_of |= _place(open_groups, fractions, seed)
    return [
        source if source.split else replace(source, split=split_of[_group_of(source)])
        for source in sources
    ]


def _group_of(source: ImageSource) -> str:
    # A file and a group may have the same name; the prefixes keep them apart.
    return f"group {source.group}" if source.group else f"file {source.path}"


def _place(
    members: Mapping[str, Sequence[ImageSource]],
    fractions: Mapping[str, float],
    seed: int,
) -> dict[str, str]:
    """Return the split of each group."""
    names = sorted(members)
    shuffled = [
        names[index] for index in np.random.default_rng(seed).permutation(len(names))
    ]
    groups = sorted(shuffled, key=lambda group: -len(members[group]))
    classes = {
        group: Counter(source.class_name for source in members[group])
        for group in groups
    }
    totals: Counter[str] = Counter()
    for counts in classes.values():
        totals.update(counts)
    placed = {split: Counter[str]() for split in fractions}

    def lack(split: str, group: str) -> tuple[float, float]:
        fraction = fractions[split]
        missing = sum(
            num * (1 - (placed[split][name] + num / 2) / (fraction * totals[name]))
            for name, num in classes[group].items()
        )
        return missing, fraction

    answer = {}
    for group in groups:
        answer[group] = max(fractions, key=lambda split: lack(split, group))
        placed[answer[group]].update(classes[group])
    return answer
