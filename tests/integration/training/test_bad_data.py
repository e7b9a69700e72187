"""Bad data for a training: refused clearly, or used as far as they go."""

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from cbmir_gui.core.errors import DataError
from cbmir_gui.core.progress import no_progress
from cbmir_gui.core.records import IndexRequest, TrainRequest
from cbmir_gui.engine.decoder_client import DecoderClient
from cbmir_gui.services.indexing import index_library
from cbmir_gui.services.training_data import load_images, split_sources
from cbmir_gui.training.datasets import TrainingData


def write_images(folder: Path, num: int = 20) -> None:
    folder.mkdir(parents=True)
    for number in range(num):
        # No copy in another split: it would be left out.
        rng = np.random.default_rng([number, *"/".join(folder.parts[-2:]).encode()])
        pixels = rng.integers(0, 256, (24, 24), np.uint8)
        cv2.imwrite(str(folder / f"{number:02d}.png"), pixels)


def load(data: Path | str) -> TrainingData:
    return load_images(TrainRequest(str(data)), no_progress)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return a folder with two classes of 20 images."""
    folder = tmp_path / "data"
    for name in ("ct", "mr"):
        write_images(folder / name)
    return folder


def refusal(data: Path) -> str:
    """Return the last line of what the command line says."""
    process = subprocess.run(
        [sys.executable, "-m", "cbmir_gui", "train", str(data), "--epochs=1"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 1
    assert process.stdout == ""
    assert "Traceback" not in process.stderr
    line = process.stderr.splitlines()[-1]
    assert str(data.parent) not in line
    return line


def test_one_class_only_is_refused_by_the_command(tmp_path: Path) -> None:
    write_images(tmp_path / "data" / "ct")
    line = refusal(tmp_path / "data")
    assert "at least 2 classes; found 1. Choose a folder with one folder per" in line


def test_an_empty_class_is_named(data: Path) -> None:
    (data / "us").mkdir()
    (data / "us" / ".hidden").touch()
    with pytest.raises(DataError, match=r"The class 'us' has no images.*remove the"):
        load(data)


def test_a_class_that_is_empty_in_one_split_only_is_found_in_the_others(
    tmp_path: Path,
) -> None:
    for split in ("train", "val", "test"):
        for name in ("ct", "mr"):
            write_images(tmp_path / "data" / split / name, 3)
    (tmp_path / "data" / "train" / "us").mkdir()
    write_images(tmp_path / "data" / "test" / "us", 3)
    sources = split_sources(TrainRequest(str(tmp_path / "data")))
    assert {s.class_name for s in sources if s.split == "test"} == {"ct", "mr", "us"}


def test_unreadable_images_are_left_out_and_counted(data: Path) -> None:
    for number in range(3):
        (data / "ct" / f"{number:02d}.png").write_bytes(b"\x89PNG broken")
    (data / "mr" / "notes.docx").write_bytes(b"PK\x03\x04")
    before = sum(s.split in {"train", "val"} for s in split_sources(request_of(data)))
    found = load(data)
    assert 1 <= len(found.failed) <= 4
    assert len(found.train) + len(found.validation) + len(found.failed) == before


def request_of(data: Path) -> TrainRequest:
    return TrainRequest(str(data))


def test_a_class_of_which_nothing_can_be_read_is_named(data: Path) -> None:
    for path in (data / "mr").iterdir():
        path.write_bytes(b"\x89PNG broken")
    with pytest.raises(DataError, match="'mr' has no usable image to train on"):
        load(data)


@pytest.mark.parametrize("name", ["ct/chest\\low", "röntgen 胸部 #1", "x" * 100])
def test_a_strange_class_name_is_a_class(data: Path, name: str) -> None:
    lines = [f'{p},"{name}"' for p in sorted((data / "ct").iterdir())]
    lines += [f"{p},mr" for p in sorted((data / "mr").iterdir())]
    manifest = data.parent / "manifest.csv"
    manifest.write_text("\n".join(["file,class", *lines]), encoding="utf-8")
    found = load(manifest)
    assert set(found.classes) == {name, "mr"}


def test_a_class_of_200_letters_is_refused(data: Path) -> None:
    write_images(data / ("x" * 200))
    with pytest.raises(DataError, match=r"more than 100 letters: 'xxx.*other names"):
        load(data)


def test_missing_files_are_left_out_and_counted(data: Path) -> None:
    files = sorted(data.glob("*/*.png"))
    lines = [f"{path},{path.parent.name}" for path in files]
    lines += [f"{data}/gone{number}.png,ct" for number in range(10)]
    manifest = data.parent / "manifest.csv"
    manifest.write_text("\n".join(["file,class", *lines]))
    failed = load(manifest).failed
    assert failed
    assert all("gone" in failure.path for failure in failed)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("file,label\na.png,ct\n", "no column 'class': expected 'file', 'class'"),
        ("path,class\na.png,ct\n", "no column 'file'"),
        ("", "is empty: expected a header line"),
        ("file,class\na.png,ct\nb.png,mr\n", "None of the 2 files .* is there"),
        ("file,class\na.png,ct\na.png,mr\n", "1 files two classes.*: 'a.png'"),
    ],
)
def test_a_manifest_that_cannot_be_used_says_why(
    tmp_path: Path, text: str, message: str
) -> None:
    (tmp_path / "manifest.csv").write_text(text)
    with pytest.raises(DataError, match=message):
        load(tmp_path / "manifest.csv")


def test_a_picture_in_two_classes_teaches_nothing(tmp_path: Path) -> None:
    data = tmp_path / "data"
    for split in ("train", "val"):
        for name in ("ct", "mr"):
            write_images(data / split / name, 4)
    for number in range(4):
        copy = data / "train" / "mr" / f"copy{number}.png"
        copy.write_bytes((data / "train" / "ct" / f"{number:02d}.png").read_bytes())
    with pytest.raises(DataError, match="'ct' has no usable image to train on"):
        load(data)


def test_a_library_is_data_by_its_folder_and_by_its_name(
    data: Path, home: Path
) -> None:
    folder = home / "feature_db" / "chest"
    request = IndexRequest(
        str(folder), (str(data),), model="raw-pixels", class_folders=True
    )
    with DecoderClient() as decoder:
        index_library(request, [decoder], no_progress)
    by_folder, by_name = load(folder), load("chest")
    assert by_folder.classes == ("ct", "mr")
    assert len(by_folder.train) + len(by_folder.validation) == 32
    assert by_folder.manifest_sha256 == by_name.manifest_sha256
    with pytest.raises(DataError, match="knows nothing of the set 'c18'"):
        load_images(TrainRequest("chest", set_name="c18"), no_progress)
