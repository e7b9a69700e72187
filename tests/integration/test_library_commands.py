"""`cbmir library adopt|roll-back|set-default|move` and `cbmir models export`."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cbmir_gui.cli.main import run
from cbmir_gui.imaging.raster import write_png

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Write twelve different images into one folder."""
    folder = tmp_path / "images"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(12):
        pixels = rng.integers(0, 256, (40, 32), dtype=np.uint8)
        write_png(folder / f"{number}.png", pixels)
    return folder


@pytest.fixture
def library(images: Path, capsys: Capture) -> str:
    """Index the images as a library of raw pixels."""
    assert run(["index", "mine", str(images), "--model", "raw-pixels"]) == 0
    capsys.readouterr()
    return "mine"


def answer(capsys: Capture, *words: str, status: int = 0) -> Any:
    """Run a command with --json and return its document."""
    assert run([*words, "--json"]) == status
    return json.loads(capsys.readouterr().out)


def model_of(capsys: Capture, library: str) -> str:
    info = answer(capsys, "library", "info", library)
    (default,) = (
        extractor["model"]
        for extractor in info["extractors"]
        if extractor["key"] == info["default_extractor"]
    )
    return str(default)


def test_a_library_adopts_a_model_and_goes_back(library: str, capsys: Capture) -> None:
    assert answer(capsys, "library", "adopt", library, "lbp")["added"] == 12
    assert model_of(capsys, library) == "lbp"
    assert run(["library", "roll-back", library]) == 0
    assert capsys.readouterr().out == "mine now uses raw-pixels pixels\n"
    assert run(["library", "roll-back", library]) == 1
    assert "no former model to go back to" in capsys.readouterr().err
    answer(capsys, "library", "set-default", library, "lbp")
    assert model_of(capsys, library) == "lbp"


def test_features_that_are_not_there_cannot_be_the_default(
    library: str, capsys: Capture
) -> None:
    assert run(["library", "set-default", library, "lbp"]) == 1
    assert "none of 'lbp" in capsys.readouterr().err


def test_what_could_not_be_read_is_listed(
    images: Path, library: str, capsys: Capture
) -> None:
    (images / "3.png").unlink()
    assert run(["library", "adopt", library, "lbp"]) == 1
    captured = capsys.readouterr()
    assert "11 images extracted, 1 failed; the library now uses lbp" in captured.out
    assert "'3.png' cannot be read" in captured.out


def test_a_folder_that_was_moved_is_told_to_the_library(
    images: Path, library: str, capsys: Capture
) -> None:
    moved = images.rename(images.with_name("moved"))
    words = ("library", "move", library, str(images))
    assert run([*words, str(moved.with_name("typo"))]) == 1
    assert "no folder 'typo'" in capsys.readouterr().err
    assert answer(capsys, *words, str(moved))["moved"] == 12
    assert answer(capsys, "library", "verify", library)["problems"] == []
    assert run([*words, str(moved)]) == 1
    assert "has no file below 'images'" in capsys.readouterr().err


def test_a_model_is_not_written_to_a_file_of_another_kind(
    home: Path, tmp_path: Path, capsys: Capture
) -> None:
    assert run(["models", "export", "any", str(tmp_path / "model.exe")]) == 1
    assert "Let the name end with one of .cbmir" in capsys.readouterr().err


def test_a_library_is_checked_and_mended(
    library: str, home: Path, capsys: Capture
) -> None:
    assert run(["library", "verify", library]) == 0
    assert "12 images, 1 segments, 0 dead rows: sound" in capsys.readouterr().out
    (segment,) = (home / "feature_db" / library / "features").rglob("*.h5")
    segment.write_bytes(segment.read_bytes()[:-30])

    assert run(["library", "verify", library]) == 1
    said = capsys.readouterr().out
    assert "segment: its file features/" in said
    assert "000001.h5 cannot be read; it holds features of 12 images" in said
    assert "'cbmir library verify --repair' does what is said above." in said
    assert segment.exists(), "a check changes nothing"

    assert run(["library", "verify", library, "--repair"]) == 0
    said = capsys.readouterr().out
    assert "done: the former catalogue is kept as library.sqlite.before-repair" in said
    assert "done: 1 damaged files put into 'quarantine'" in said
    assert "done: 12 images extracted again" in said
    assert said.endswith("12 images, 1 segments, 0 dead rows: sound\n")
    assert answer(capsys, "library", "verify", library)["problems"] == []


def test_what_belongs_to_no_commit_is_listed_and_deleted(
    library: str, home: Path, capsys: Capture
) -> None:
    folder = home / "feature_db" / library
    home_of_archive = folder / "imported" / "scan-0123abcd.unpacked"
    home_of_archive.mkdir(parents=True)
    strays = [home_of_archive / "slice", folder / "library.sqlite.new"]
    for path in strays:
        path.write_text("x")
    assert run(["library", "verify", library]) == 0
    said = capsys.readouterr().out
    assert "orphan: library.sqlite.new, slice belong to no commit" in said
    assert "0 dead rows: not damaged, but see above\n" in said
    assert run(["library", "verify", library, "--repair"]) == 0
    said = capsys.readouterr().out
    assert "done: 2 files of no commit deleted" in said
    assert said.endswith("0 dead rows: sound\n")
    assert not any(path.exists() for path in strays)


def test_moved_images_are_looked_for_where_the_user_says(
    images: Path, library: str, capsys: Capture
) -> None:
    moved = images.rename(images.with_name("elsewhere"))
    document = answer(capsys, "library", "verify", library, status=1)
    assert [entry["kind"] for entry in document["problems"]] == ["moved"]
    run(["library", "verify", library])
    said = capsys.readouterr().out
    assert said.endswith("rows: not damaged, but no image is where it was\n")
    words = ("library", "verify", library, "--repair", "--images", str(moved))
    document = answer(capsys, *words)
    assert (document["num_found"], document["after"]["problems"]) == (12, [])
    with pytest.raises(SystemExit):
        run(["library", "verify", library, "--images", str(moved)])
    assert "--images needs --repair" in capsys.readouterr().err
