import numpy as np

from cbmir_gui.core.progress import no_progress
from cbmir_gui.core.records import ImageArray, ImageSource
from cbmir_gui.imaging.transforms import letterbox
from cbmir_gui.training.conflicts import find_conflicts
from cbmir_gui.training.datasets import load_training_data


def test_only_pictures_in_two_classes_conflict() -> None:
    sources = [
        ImageSource("/0", class_name="ct"),
        ImageSource("/1", class_name="mr"),
        ImageSource("/2", class_name="ct"),
        ImageSource("/3", class_name="ct"),
        ImageSource("/4"),
    ]
    digests = [b"x", b"x", b"y", b"y", b"x"]
    assert find_conflicts(sources, digests) == {0: "mr", 1: "ct"}


def test_a_picture_in_two_classes_is_left_out_and_listed() -> None:
    sources = [
        ImageSource(f"/{split}/{name}{number}", 7, class_name=name, split=split)
        for split in ("train", "val")
        for name in ("ct", "mr")
        for number in range(3)
    ]
    twins = {"/train/ct1", "/val/mr2"}

    def decode(source: ImageSource) -> ImageArray:
        seed = [1] if source.path in twins else list(source.path.encode())
        return np.random.default_rng(seed).integers(0, 256, (9, 9), np.uint8)

    data = load_training_data(sources, decode, no_progress)
    assert {failed.path for failed in data.failed} == twins
    assert "another class, too: mr" in data.failed[0].reason
    assert data.failed[0].frame == 7
    assert [s.path for s in data.train.sources] == [
        "/train/ct0",
        "/train/ct2",
        *(f"/train/mr{number}" for number in range(3)),
    ]
    assert data.train.labels.tolist() == [0, 0, 1, 1, 1]
    for source, pixels in zip(data.train.sources, data.train.pixels, strict=True):
        np.testing.assert_array_equal(pixels, letterbox(decode(source), 224))
    # Without classes to learn it is no more than a copy.
    data = load_training_data(sources, decode, no_progress, min_classes=1)
    assert [failed.path for failed in data.failed] == ["/val/mr2"]


def test_a_picture_that_is_learned_does_not_validate() -> None:
    names = ("train/a.png", "train/copy of a.png", "train/b.png", "val/a2.png")
    sources = [
        ImageSource(f"/{name}", class_name="ct", split=name.split("/")[0])
        for name in (*names, "val/c.png", "val/copy of c.png")
    ]
    sources += [ImageSource("/train/m", class_name="mr", split="train")]

    def decode(source: ImageSource) -> ImageArray:
        pictures = {"a2.png": "a.png"}
        name = source.path.rsplit("/", 1)[-1].removeprefix("copy of ")
        seed = list(pictures.get(name, name).encode())
        return np.random.default_rng(seed).integers(0, 256, (9, 9), np.uint8)

    data = load_training_data(sources, decode, no_progress)
    assert [s.path for s in data.validation.sources] == [
        "/val/c.png",
        "/val/copy of c.png",
    ]
    assert len(data.train) == 4
    (failed,) = data.failed
    assert failed.path == "/val/a2.png"
    assert "the same picture is learned, too: 'copy of a.png'" in failed.reason
    for source, pixels in zip(
        data.validation.sources, data.validation.pixels, strict=True
    ):
        np.testing.assert_array_equal(pixels, letterbox(decode(source), 224))
