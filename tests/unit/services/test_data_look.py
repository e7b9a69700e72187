"""Every image is opened once, and what is wrong with the data is named."""

import base64
import shutil
from pathlib import Path

import numpy as np
import pytest

from cbmir_gui.core.errors import Cancelled
from cbmir_gui.core.records import IndexRequest, SelectedFile
from cbmir_gui.engine.operation_answers import LookedImage
from cbmir_gui.engine.operations import LookArguments
from cbmir_gui.imaging.raster import write_png
from cbmir_gui.services import data_look
from cbmir_gui.services.data_look import look_at_data
from cbmir_gui.services.indexing import index_library


def smooth(seed: int, side_px: int = 128) -> np.ndarray:
    """Return (side_px, side_px): an image of a few large blobs."""
    rng = np.random.default_rng(seed)
    x, y = np.meshgrid(*[np.linspace(0, 1, side_px)] * 2)
    waves = [
        rng.normal() * np.cos(np.pi * (i * x + rng.random())) * np.cos(np.pi * j * y)
        for i in range(1, 7)
        for j in range(1, 7)
    ]
    total = np.sum(waves, axis=0)
    return np.asarray(128 + total / np.abs(total).max() * 100, np.uint8)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Write class folders with splits of their own, no two images alike."""
    folder = tmp_path / "data"
    seed = 0
    for split, count in (("train", 4), ("val", 2)):
        for class_name in ("chest", "hand"):
            (folder / split / class_name).mkdir(parents=True)
            for number in range(count):
                seed += 1
                path = folder / split / class_name / f"{number}.png"
                write_png(path, smooth(seed))
    return folder


def look(data: Path, decoder: object, per_class: int = 2) -> data_look.DataLook:
    arguments = LookArguments(str(data), per_class=per_class)
    return look_at_data(arguments, [decoder])  # type: ignore[list-item]


def test_sound_data_show_examples_and_nothing_else(data: Path, decoder) -> None:
    found = look(data, decoder)
    assert (found.unreadable, found.duplicates, found.across_splits) == ((), (), ())
    assert decoder.num_decoded == 12
    assert [example.class_name for example in found.examples].count("hand") == 2
    for example in found.examples:
        assert base64.b64decode(example.thumbnail).startswith(b"\xff\xd8")
        assert Path(example.path).parent.name == example.class_name


def test_a_file_that_cannot_be_read_is_named(data: Path, decoder) -> None:
    bad = data / "train" / "chest" / "1.png"
    bad.write_bytes(b"\x89PNG but no more")
    found = look(data, decoder)
    assert [failed.path for failed in found.unreadable] == [str(bad)]
    assert "'1.png' cannot be read" in found.unreadable[0].reason


def test_the_same_pixels_are_duplicates_whatever_the_file(data: Path, decoder) -> None:
    original = data / "train" / "hand" / "0.png"
    copy = original.with_name("copy.png")
    shutil.copy(original, copy)
    (found,) = look(data, decoder).duplicates
    assert {image.path for image in found} == {str(original), str(copy)}


def test_a_smaller_copy_on_the_other_side_is_found(data: Path, decoder) -> None:
    leaked = data / "val" / "hand" / "leaked.png"
    write_png(leaked, smooth(1, side_px=100))
    found = look(data, decoder)
    assert found.duplicates == ()
    original = data / "train" / "chest" / "0.png"
    assert found.across_splits == (
        (LookedImage(str(original), 0, "chest"), LookedImage(str(leaked), 0, "hand")),
    )


def test_what_a_training_leaves_out_is_no_leak(data: Path, decoder) -> None:
    train, val = data / "train", data / "val"
    shutil.copy(train / "hand" / "0.png", val / "hand" / "copy.png")
    shutil.copy(train / "chest" / "0.png", train / "hand" / "contrary.png")
    found = look(data, decoder)
    assert [[image.path for image in group] for group in found.copies] == [
        [str(train / "hand" / "0.png"), str(val / "hand" / "copy.png")]
    ]
    assert [{image.class_name for image in group} for group in found.conflicts] == [
        {"chest", "hand"}
    ]
    assert (found.duplicates, found.across_splits) == ((), ())
    assert (found.problem, found.class_problem) == ("", "")


def test_a_training_that_would_have_no_class_left_is_told_of(
    data: Path, decoder
) -> None:
    for path in (data / "train" / "hand").iterdir():
        path.write_bytes(b"\x89PNG but no more")
    found = look(data, decoder)
    assert found.problem == ""
    assert "'hand' has no usable image to train on" in found.class_problem


def test_a_training_without_classes_leaves_every_copy_out(data: Path, decoder) -> None:
    learned = data / "train" / "hand" / "0.png"
    for path in (data / "val").glob("*/*"):
        shutil.copy(learned, path)
    found = look(data, decoder)
    assert "No image is left for validation" in found.problem
    assert len(found.copies) == 0
    assert {Path(image.path).parts[-3:] for image in found.other_copies[0]} == {
        ("train", "hand", "0.png"),
        *((("val", name, f"{n}.png")) for name in ("chest", "hand") for n in range(2)),
    }
    assert found.across_splits == ()


def test_a_copy_without_a_class_stands_in_a_classifiers_way_no_more(
    tmp_path: Path, decoder
) -> None:
    lines = ["file,class,split"]
    for number, split in enumerate(("train", "train", "val", "val")):
        write_png(tmp_path / f"{number}.png", smooth(number))
        lines.append(f"{number}.png,{('a', 'b')[number % 2]},{split}")
    for number in (2, 3):
        shutil.copy(tmp_path / f"{number}.png", tmp_path / f"copy{number}.png")
        lines.append(f"copy{number}.png,,train")
    (tmp_path / "data.csv").write_text("\n".join(lines))
    found = look(tmp_path / "data.csv", decoder)
    assert found.class_problem == ""
    assert "No image is left for validation" in found.problem
    assert [len(group) for group in found.other_copies] == [2, 2]
    assert (found.copies, found.across_splits) == ((), ())


def test_the_splits_are_those_of_the_training(tmp_path: Path, decoder) -> None:
    lines = []
    for number in range(20):
        # Every picture twice, in two sizes; validation images are still to be drawn.
        for side_px in (128, 100):
            name = f"{number}-{side_px}.png"
            write_png(tmp_path / name, smooth(number, side_px))
            lines.append(f"{name},{'ab'[number % 2]},train")
    write_png(tmp_path / "t.png", smooth(99))
    (tmp_path / "data.csv").write_text(
        "\n".join(["file,class,split", *lines, "t.png,a,test"])
    )
    assert look(tmp_path / "data.csv", decoder).across_splits


def test_images_without_a_class_are_no_examples(tmp_path: Path, decoder) -> None:
    lines = []
    for number in range(12):
        write_png(tmp_path / f"{number}.png", smooth(number))
        lines.append(f"{number}.png,{('a', 'b', '')[number % 3]}")
    (tmp_path / "data.csv").write_text("\n".join(["file,class", *lines]))
    found = look(tmp_path / "data.csv", decoder)
    assert {example.class_name for example in found.examples} == {"a", "b"}


def test_every_frame_of_a_library_is_an_image_of_its_own(
    tmp_path: Path, decoder, write_dicom
) -> None:
    films = [
        write_dicom(tmp_path / name / "film.dcm", num_frames=4) for name in ("a", "b")
    ]
    library = tmp_path / "library"
    selection = tuple(
        SelectedFile(str(film), (1, 2, 3, 4), film.parent.name) for film in films
    )
    request = IndexRequest(str(library), (), model="raw-pixels", selection=selection)
    assert index_library(request, [decoder]).added == 8
    found = look(library, decoder, per_class=4)
    assert found.duplicates == ()
    assert len({example.thumbnail for example in found.examples}) == 8
    frames = sorted(example.frame for example in found.examples)
    assert frames == [1, 1, 2, 2, 3, 3, 4, 4]


def test_copies_on_the_same_side_do_not_leak(data: Path, decoder) -> None:
    write_png(data / "train" / "hand" / "small.png", smooth(1, side_px=100))
    assert look(data, decoder).across_splits == ()


def test_blocks_of_comparisons_find_the_same(
    data: Path, decoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_png(data / "val" / "hand" / "leaked.png", smooth(1, side_px=100))
    whole = look(data, decoder).across_splits
    monkeypatch.setattr(data_look, "_BLOCK_DISTANCES", 20)
    assert look(data, decoder).across_splits == whole != ()


def test_a_look_is_cancelled_between_files(data: Path, decoder) -> None:
    def progress(done: int, total: int, text: str = "") -> None:
        assert total == 12
        if done == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        look_at_data(LookArguments(str(data)), [decoder], progress)
