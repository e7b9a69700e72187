"""The folds of a cross-validation: drawn by group, one manifest for each.

In the manifest of a fold the images of that fold are the test split; the others are
divided into train and val, by group too. Every image is tested in exactly one fold.
Images outside the set, which a second head learns, are in train or val of every fold:
the column `sets` tells them from the others.
"""

import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cbmir_gui.core.errors import DataError
from cbmir_gui.core.records import ImageSource
from cbmir_gui.sources.splits import draw_splits

VALIDATION_SHARE = 0.1
"""Of the images outside the fold: choose the best epoch and the default layer."""
FOLD_SET = "fold"
"""The set of the images that are not companions."""
_COLUMNS = ("file", "class", "group", "split", "diagnosis", "modality", "sets")


def draw_folds(
    sources: Sequence[ImageSource], num_folds: int, seed: int
) -> list[list[ImageSource]]:
    """Return the sources once for each fold, with the splits of that fold.

    Raises
    ------
    DataError
        Fewer than 2 folds, or a fold without an image of some class: there are too
        few groups.
    """
    if num_folds < 2:
        raise DataError(
            f"A cross-validation needs at least 2 folds; received {num_folds}."
        )
    names = [f"fold {number}" for number in range(1, num_folds + 1)]
    shares = dict.fromkeys(names, 1 / num_folds)
    drawn = draw_splits([replace(s, split="") for s in sources], shares, seed)
    fold_of = [source.split for source in drawn]
    classes = {source.class_name for source in sources}
    for name in names:
        present = {s.class_name for s in drawn if s.split == name}
        if present != classes:
            raise DataError(
                f"The class '{min(classes - present)}' has too few images (or "
                f"patients) for {num_folds} folds. Choose fewer folds, or leave the "
                f"class out."
            )
    return [_with_splits(sources, fold_of, name, seed) for name in names]


def place_companions(
    fold: Sequence[ImageSource], companions: Sequence[ImageSource]
) -> list[ImageSource]:
    """Return the companions that a fold may learn from, with their splits.

    Where the fold has images of the same group, they are on the same side; those of
    the group of a test image are left out.
    """
    side_of = {source.group: source.split for source in fold if source.group}
    placed = [
        replace(source, split=side_of.get(source.group, source.split))
        for source in companions
    ]
    return [source for source in placed if source.split in {"train", "val"}]


def write_fold(
    path: Path, sources: Sequence[ImageSource], companions: Sequence[ImageSource] = ()
) -> None:
    """Write the manifest of a fold.

    Parameters
    ----------
    companions
        Of `place_companions`.

    Raises
    ------
    OSError
        The folder cannot be written.
    """
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(_COLUMNS)
        sets = [FOLD_SET] * len(sources) + [""] * len(companions)
        for source, name in zip([*sources, *companions], sets, strict=True):
            fields = (source.path, source.class_name, source.group, source.split)
            writer.writerow((*fields, source.diagnosis, source.modality, name))


def _with_splits(
    sources: Sequence[ImageSource], fold_of: Sequence[str], fold: str, seed: int
) -> list[ImageSource]:
    rest = [
        replace(source, split="")
        for source, name in zip(sources, fold_of, strict=True)
        if name != fold
    ]
    shares = {"train": 1 - VALIDATION_SHARE, "val": VALIDATION_SHARE}
    inner = iter(draw_splits(rest, shares, seed))
    return [
        replace(source, split="test") if name == fold else next(inner)
        for source, name in zip(sources, fold_of, strict=True)
    ]
