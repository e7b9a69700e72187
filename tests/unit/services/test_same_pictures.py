"""The same picture twice is told by what a training does about it."""

import pytest

from cbmir_gui.core.records import ImageSource
from cbmir_gui.services.same_pictures import (
    SamePictures,
    find_all_copies,
    find_same_pictures,
)


def read(*images: str) -> tuple[list[ImageSource], list[bytes]]:
    """Return images written as "picture class split", e.g. "A ct train"."""
    parts = [image.split(" ") for image in images]
    sources = [
        ImageSource(f"/{number}.png", class_name=class_name, split=split)
        for number, (_, class_name, split) in enumerate(parts)
    ]
    return sources, [picture.encode() for picture, _, _ in parts]


def find(*images: str) -> SamePictures:
    return find_same_pictures(*read(*images))


def test_different_pictures_are_no_matter() -> None:
    assert find("A ct train", "B ct val", "C mr test") == SamePictures()


@pytest.mark.parametrize("split", ["train", "val"])
def test_a_picture_in_two_classes_is_a_conflict_and_nothing_else(split: str) -> None:
    found = find("A ct train", f"A mr {split}", "A ct train", "B ct train")
    assert found == SamePictures(conflicts=[(0, 1, 2)])


def test_a_learned_picture_does_not_validate() -> None:
    found = find("A ct val", "A ct train", "A ct val", "A ct train")
    assert found == SamePictures(copies=[(1, 0, 2)], repeated=[(1, 3)])


@pytest.mark.parametrize("split", ["train", "val", "test"])
def test_copies_on_one_side_are_repeated(split: str) -> None:
    found = find(f"A ct {split}", f"A ct {split}", "B ct train")
    assert found == SamePictures(repeated=[(0, 1)])


def test_a_picture_tested_in_another_class_is_learned_all_the_same() -> None:
    found = find("A ct train", "A mr test")
    assert found == SamePictures(tested_otherwise=[(0, 1)])


def test_a_copy_to_test_with_is_left_to_the_look_alikes() -> None:
    assert find("A ct train", "A ct test") == SamePictures()


def test_images_without_a_class_count_only_among_themselves() -> None:
    assert find("A ct train", "A  train", "B mr val") == SamePictures()
    assert find("A  train", "A  val") == SamePictures(copies=[(0, 1)])


@pytest.mark.parametrize(
    "images",
    [
        ("A ct val", "B mr train", "A mr train", "A ct val", "A ct test", "A mr train"),
        ("A  val", "B mr train", "A  train", "A ct val", "A ct test", "A ct train"),
    ],
)
def test_where_no_classes_are_learned_every_learned_picture_is_a_copy(
    images: tuple[str, ...],
) -> None:
    assert find_all_copies(*read(*images)) == [(2, 0, 3)]


def test_without_classes_nothing_else_is_left_out() -> None:
    assert find_all_copies(*read("A ct train", "A mr train", "B ct test")) == []
