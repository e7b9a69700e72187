from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cbmir_gui.core.errors import (
    DamagedImageError,
    DataError,
    TrainingError,
    UnusableImagesError,
)
from cbmir_gui.core.progress import no_progress
from cbmir_gui.core.records import ImageArray, ImageSource
from cbmir_gui.training import memory
from cbmir_gui.training.batches import training_batches
from cbmir_gui.training.datasets import (
    fine_class,
    hash_sources,
    load_training_data,
)

SPLITS = ("train", "val", "test")


def make_sources(num_per_class: int = 4) -> list[ImageSource]:
    return [
        ImageSource(f"/{split}/{name}{n}.png", class_name=name, split=split)
        for split in SPLITS
        for name in ("a", "b")
        for n in range(num_per_class)
    ]


def decode(source: ImageSource) -> ImageArray:
    """Return a gray of its own for each image of train and val."""
    path = Path(source.path)
    first = {"a": 50, "b": 100, "x": 150}[path.stem[0]]
    number = 2 * int(path.stem[1:] or 0) + (path.parent.name == "val")
    return np.full((50, 40), first + number, np.uint8)


def test_the_test_split_is_never_read() -> None:
    def refuse_test(source: ImageSource) -> ImageArray:
        assert source.split != "test"
        return decode(source)

    data = load_training_data(make_sources(), refuse_test, no_progress)
    assert (len(data.train), len(data.validation)) == (8, 8)
    assert data.classes == ("a", "b")


def test_classes_and_diagnoses_are_never_mixed_up() -> None:
    pairs = [("a", ""), ("a", "b"), ("a/b", ""), ("a\\", "b"), ("a", "/b"), ("", "a")]
    names = {fine_class(ImageSource("", 0, *pair)) for pair in pairs}
    assert len(names) == len(pairs)
    assert "a/b" in names


def test_an_unreadable_image_is_listed_and_the_rest_is_used() -> None:
    def fail_once(source: ImageSource) -> ImageArray:
        if source.path.endswith("/train/a0.png"):
            raise DamagedImageError("a0.png", "its data end too early")
        return decode(source)

    data = load_training_data(make_sources(), fail_once, no_progress)
    assert len(data.train) == 7
    assert [failed.path for failed in data.failed] == ["/train/a0.png"]


def test_a_classifier_is_not_shown_images_without_a_class() -> None:
    unlabelled = [ImageSource(f"/{split}/x.png", split=split) for split in SPLITS]
    sources = make_sources() + unlabelled
    data = load_training_data(sources, decode, no_progress)
    assert (len(data.train), len(data.validation)) == (8, 8)
    assert data.train.labels.min() == 0
    for_all = load_training_data(sources, decode, no_progress, min_classes=1)
    assert (len(for_all.train), len(for_all.validation)) == (9, 9)
    assert for_all.train.labels.min() == -1


def test_images_without_classes_are_enough_where_none_are_learned() -> None:
    sources = [replace(source, class_name="") for source in make_sources()]
    data = load_training_data(sources, decode, no_progress, min_classes=1)
    assert (data.classes, len(data.train), len(data.validation)) == ((), 8, 8)


def test_a_class_in_val_only_is_no_fault_where_none_are_learned() -> None:
    sources = [s for s in make_sources() if (s.class_name, s.split) != ("b", "train")]
    data = load_training_data(sources, decode, no_progress, min_classes=1)
    assert (len(data.train), len(data.validation)) == (4, 8)


def test_each_row_holds_the_image_and_the_label_of_its_source() -> None:
    def fail_some(source: ImageSource) -> ImageArray:
        if source.path.endswith("1.png"):
            raise DamagedImageError("1.png", "its data end too early")
        return decode(source)

    data = load_training_data(make_sources(), fail_some, no_progress)
    for table in (data.train, data.validation):
        assert table.pixels.shape == (6, 224, 224, 3)
        for source, pixels, label in zip(
            table.sources, table.pixels, table.labels, strict=True
        ):
            assert data.classes[label] == source.class_name
            assert pixels[112, 112].tolist() == [decode(source)[0, 0]] * 3


def test_a_name_that_is_no_text_can_be_hashed() -> None:
    strange = ImageSource("/a/\udcff.png", class_name="a", split="train")
    assert hash_sources([strange]) != hash_sources([])


def test_one_class_only_is_refused() -> None:
    sources = [s for s in make_sources() if s.class_name == "a"]
    with pytest.raises(DataError, match="at least 2 classes; found 1"):
        load_training_data(sources, decode, no_progress)


def test_a_class_without_training_images_is_named() -> None:
    sources = [s for s in make_sources() if (s.class_name, s.split) != ("b", "train")]
    with pytest.raises(DataError, match="'b' has no usable image"):
        load_training_data(sources, decode, no_progress)


def test_a_class_that_lost_its_images_says_which_and_why() -> None:
    def fail(source: ImageSource) -> ImageArray:
        if source.class_name == "b":
            raise DamagedImageError(Path(source.path).name, "its data end too early")
        return decode(source)

    with pytest.raises(UnusableImagesError, match="'b' has no usable") as refused:
        load_training_data(make_sources(2), fail, no_progress)
    assert [Path(failed.path).name for failed in refused.value.left_out] == [
        *("b0.png", "b1.png"),
        *("b0.png", "b1.png"),
    ]
    assert "end too early" in refused.value.left_out[0].reason


@pytest.mark.parametrize(
    ("split", "message"),
    [("val", "for validation"), ("train", "to train on")],
)
def test_a_split_without_images_is_refused(split: str, message: str) -> None:
    sources = [s for s in make_sources() if s.split != split]
    with pytest.raises(DataError, match=f"No image is left {message}"):
        load_training_data(sources, decode, no_progress, min_classes=1)


def test_validation_by_companions_alone_is_refused() -> None:
    sources = [s for s in make_sources() if s.split == "train"]
    companions = [
        ImageSource(f"/{split}/x1.png", class_name="z", split=split)
        for split in ("train", "val")
    ]
    with pytest.raises(DataError, match="No image is left for validation"):
        load_training_data(sources, decode, no_progress, companions=companions)


def test_images_that_do_not_fit_the_memory_are_refused_before_they_are_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one_split = 8 * 224 * 224 * 3
    monkeypatch.setattr(memory, "available_bytes", lambda: one_split)
    with pytest.raises(TrainingError, match="not enough memory for 16 images"):
        load_training_data(make_sources(), pytest.fail, no_progress)


def test_an_epoch_shows_every_image_once_in_an_order_of_its_own() -> None:
    table = load_training_data(make_sources(8), decode, no_progress).train
    orders = []
    for epoch in (0, 1):
        batches = training_batches(table, 4, 32, seed=1, epoch=epoch, change=False)
        labels = np.concatenate([batch.labels for batch in batches])
        assert sorted(labels) == [0] * 8 + [1] * 8
        orders.append(labels.tolist())
    assert orders[0] != orders[1]


def test_a_resumed_epoch_sees_the_same_pictures() -> None:
    table = load_training_data(make_sources(), decode, no_progress).train
    first, second = (
        [b.views for b in training_batches(table, 4, 32, 7, 3, change=True)]
        for _ in range(2)
    )
    np.testing.assert_array_equal(first, second)


def test_fewer_images_than_a_batch_make_one_batch() -> None:
    table = load_training_data(make_sources(1), decode, no_progress).train
    batches = list(training_batches(table, 32, 32, 1, 0, change=True))
    assert [len(batch.labels) for batch in batches] == [2]
