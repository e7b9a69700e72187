"""What counting images says of them is what a training would say."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from cbmir_gui.engine.operations import DataArguments
from cbmir_gui.services.data_inspection import inspect_data

Row = tuple[str, str, str]
"""File, class, split."""


def rows(class_name: str, count: int, split: str = "") -> list[Row]:
    return [(f"{class_name}-{split}-{n}.png", class_name, split) for n in range(count)]


def manifest(folder: Path, entries: Sequence[Row]) -> DataArguments:
    """Write a manifest, and files that nobody opens."""
    for name, _, _ in entries:
        (folder / name).write_bytes(b"")
    path = folder / "data.csv"
    lines = [",".join(entry) for entry in entries]
    path.write_text("\n".join(["file,class,split", *lines]))
    return DataArguments(str(path))


def class_folders(folder: Path, counts: dict[str, int]) -> DataArguments:
    folder = folder / "data"
    for class_name, count in counts.items():
        (folder / class_name).mkdir(parents=True)
        for number in range(count):
            (folder / class_name / f"{number}.png").write_bytes(b"")
    return DataArguments(str(folder))


def test_sound_images_stand_in_no_training_s_way(tmp_path: Path) -> None:
    found = inspect_data(class_folders(tmp_path, {"chest": 20, "hand": 30}))
    assert (found.num_images, found.classes) == (50, {"chest": 20, "hand": 30})
    assert (found.problem, found.class_problem) == ("", "")
    assert (found.num_unlabelled, found.only_tested) == (0, ())


def test_an_empty_class_folder_stands_in_every_training_s_way(tmp_path: Path) -> None:
    found = inspect_data(class_folders(tmp_path, {"chest": 20, "nothing": 0}))
    assert found.problem.startswith("The class 'nothing' has no images")
    assert found.class_problem == found.problem
    assert found.classes == {"chest": 20}


def test_one_class_stands_in_the_way_of_a_classifier_only(tmp_path: Path) -> None:
    found = inspect_data(class_folders(tmp_path, {"chest": 40}))
    assert found.problem == ""
    assert "at least 2 classes; found 1" in found.class_problem


def test_images_without_a_class_are_no_class(tmp_path: Path) -> None:
    found = inspect_data(manifest(tmp_path, rows("chest", 40) + rows("", 20)))
    assert (found.num_images, found.classes) == (60, {"chest": 40})
    assert found.num_unlabelled == 20
    assert found.problem == ""
    assert "found 1" in found.class_problem


def test_too_few_images_to_validate_with_are_no_start(tmp_path: Path) -> None:
    found = inspect_data(class_folders(tmp_path, {"chest": 1, "hand": 1}))
    assert "No image is left for validation" in found.problem


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        (rows("chest", 9, "train") + rows("hand", 9, "test"), "found 1"),
        (
            rows("chest", 9, "train") + rows("hand", 9, "val"),
            "'hand' has no usable image to train on",
        ),
    ],
)
def test_a_class_that_is_not_for_learning_is_no_start(
    tmp_path: Path, entries: list[Row], message: str
) -> None:
    found = inspect_data(manifest(tmp_path, entries))
    assert found.problem == ""
    assert message in found.class_problem


def test_a_class_that_is_only_tested_is_named(tmp_path: Path) -> None:
    entries = rows("chest", 9, "train") + rows("hand", 9, "train")
    found = inspect_data(manifest(tmp_path, entries + rows("foot", 9, "test")))
    assert (found.problem, found.class_problem) == ("", "")
    assert found.only_tested == ("foot",)


def test_a_class_whose_files_are_missing_is_no_start(tmp_path: Path) -> None:
    arguments = manifest(tmp_path, rows("chest", 9, "train") + rows("hand", 9, "train"))
    for path in tmp_path.glob("hand-*.png"):
        path.unlink()
    found = inspect_data(arguments)
    assert found.num_missing == 9
    assert "'hand' has no usable image" in found.class_problem


def test_a_split_that_no_training_knows_is_no_start_but_can_be_counted(
    tmp_path: Path,
) -> None:
    found = inspect_data(manifest(tmp_path, rows("chest", 9, "holdout")))
    assert found.num_images == 9
    assert "holdout" in found.problem
