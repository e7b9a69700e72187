from collections import Counter
from pathlib import Path

import pytest

from cbmir_gui.core.errors import DataError
from cbmir_gui.core.records import ImageSource
from cbmir_gui.services.folds import draw_folds, write_fold
from cbmir_gui.sources.manifests import read_sources


def make_sources() -> list[ImageSource]:
    """Return 2 classes of 30 images in groups of 2; half of them marked test."""
    return [
        ImageSource(
            f"/{name}{number}.png",
            class_name=name,
            group=f"{name} patient {number // 2}",
            split="test" if number < 15 else "train",
        )
        for name in ("ct", "mr")
        for number in range(30)
    ]


def test_every_image_is_tested_once_and_no_group_is_cut() -> None:
    sources = make_sources()
    folds = draw_folds(sources, 5, seed=1)
    tested = Counter(s.path for fold in folds for s in fold if s.split == "test")
    assert tested == Counter(s.path for s in sources)
    for fold in folds:
        assert [s.path for s in fold] == [s.path for s in sources]
        sides = {s.group: set() for s in fold}
        for source in fold:
            sides[source.group].add(source.split)
        assert all(len(splits) == 1 for splits in sides.values())
        counts = Counter((s.class_name, s.split) for s in fold)
        assert counts["ct", "test"] == counts["mr", "test"] == 6
        assert 2 <= counts["ct", "val"] <= 4


def test_the_folds_depend_on_the_seed_only() -> None:
    first, second, other = (draw_folds(make_sources(), 5, seed) for seed in (1, 1, 2))
    assert first == second
    assert first != other


def test_too_many_folds_are_refused() -> None:
    with pytest.raises(DataError, match="at least 2 folds; received 1"):
        draw_folds(make_sources(), 1, seed=1)
    with pytest.raises(DataError, match=r"'(ct|mr)' has too few images .* 16 folds"):
        draw_folds(make_sources(), 16, seed=1)


def test_the_manifest_of_a_fold_is_one(tmp_path: Path) -> None:
    sources = []
    for number in range(12):
        path = tmp_path / f"{number}, odd.png"
        path.touch()
        name = f"class {number % 2}"
        sources.append(ImageSource(str(path), 0, name, "d", "MR", f"g{number}"))
    fold = draw_folds(sources, 3, seed=1)[1]
    write_fold(tmp_path / "fold.csv", fold)
    assert read_sources(tmp_path / "fold.csv", splits=("train", "val", "test")) == fold
