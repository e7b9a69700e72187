"""`cbmir look`, and `cbmir index` of archives, DICOMDIRs and every n-th image."""

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pydicom
import pytest

from cbmir_gui.cli.main import run
from cbmir_gui.imaging.raster import write_png

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Write class folders of pictures, a film of ten frames, and a text."""
    folder = tmp_path / "data"
    rng = np.random.default_rng(3)
    for name in ("chest", "hand"):
        (folder / name).mkdir(parents=True)
        for number in range(3):
            pixels = rng.integers(0, 256, (32, 32), np.uint8)
            write_png(folder / name / f"{number}.png", pixels)
    frames = rng.integers(0, 256, (10, 32, 32), np.uint8)
    cv2.imwritemulti(str(folder / "hand" / "film.tif"), list(frames))
    (folder / "hand" / "notes").write_text("hello")
    return folder


@pytest.fixture
def archive(data: Path, tmp_path: Path) -> Path:
    """Pack the data."""
    path = tmp_path / "data.zip"
    with zipfile.ZipFile(path, "w") as packed:
        for file in sorted(data.rglob("*")):
            packed.write(file, file.relative_to(data))
        packed.writestr("../evil", "1")
        packed.writestr("inner.zip", "1")
    return path


def answer(capsys: Capture, *words: str, status: int = 0) -> Any:
    """Run a command with --json and return its document."""
    assert run([*words, "--json"]) == status
    captured = capsys.readouterr()
    assert captured.err == ""
    return json.loads(captured.out)


def test_look_lists_what_would_be_added(
    data: Path, home: Path, capsys: Capture
) -> None:
    found = answer(capsys, "look", str(data), "--every", "4")
    (study,) = found["studies"]
    assert [(s["description"], s["class"]) for s in study["series"]] == [
        ("chest", "chest"),
        ("hand", "hand"),
    ]
    assert [s["num_images"] for s in study["series"]] == [3, 13]
    assert (found["num_images"], found["num_selected"]) == (16, 5)
    assert [entry["reason"] for entry in found["skipped"]] == ["it is a text file"]
    assert found["unreadable"] == []
    assert list(home.rglob("library.sqlite")) == []


def test_look_names_files_as_the_archive_does(
    archive: Path, home: Path, capsys: Capture
) -> None:
    found = answer(capsys, "look", str(archive))
    paths = [
        file["path"]
        for study in found["studies"]
        for series in study["series"]
        for file in series["files"]
    ]
    assert "data.zip/hand/film.tif" in [Path(path).as_posix() for path in paths]
    assert len(paths) == 7
    assert len(found["skipped"]) == 3
    assert list((home / "unpacked").iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGKILL"])
@pytest.mark.parametrize("words", [["look"], ["index", "new"]], ids=" ".join)
def test_a_command_that_is_ended_leaves_nothing_of_an_archive(
    words: list[str], name: str, tmp_path: Path, home: Path
) -> None:
    path = tmp_path / "large.zip"
    with zipfile.ZipFile(path, "w") as packed:
        for file in range(5000):
            packed.writestr(f"{file}.bin", b"no image")
    child = subprocess.Popen(
        [sys.executable, "-m", "cbmir_gui", *words, str(path)],
        env={**os.environ, "CBMIR_HOME": str(home), "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # The tests themselves may have been started by nohup.
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
    )
    while not list(home.rglob("99.bin")) and child.poll() is None:
        time.sleep(0.01)
    child.send_signal(getattr(signal, name))
    output, errors = child.communicate(timeout=60)
    if name == "SIGKILL":
        assert list(home.rglob("*.bin"))
        assert run(["library", "list"]) == 0
    else:
        assert child.returncode == 1
        assert "topped on request" in output + errors
    assert not list(home.rglob("*.bin"))
    assert not list(home.rglob(".*-imported"))
    assert [entry.name for entry in tmp_path.iterdir() if entry != home] == [path.name]


def test_look_prints_a_tree(data: Path, capsys: Capture) -> None:
    assert run(["look", str(data)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "Images without a study",
        "  folder, chest, 3 of 3 images",
        "  folder, hand, 4 of 13 images",
        "7 of 16 images would be added.",
        "1 skipped:",
        "  1 x it is a text file",
    ]


def test_look_fails_where_there_is_no_image(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "a.txt").write_text("hello")
    found = answer(capsys, "look", str(tmp_path / "a.txt"), status=1)
    assert found["num_images"] == 0


def test_an_archive_is_indexed_and_kept(
    archive: Path, home: Path, capsys: Capture
) -> None:
    words = ("index", "mine", str(archive), "--model", "raw-pixels")
    summary = answer(capsys, *words)
    assert (summary["added"], summary["failed"]) == (7, [])
    assert len(summary["skipped"]) == 3
    archive.unlink()
    query = next((home / "feature_db/mine/imported").rglob("0.png"))
    hits = answer(capsys, "search", "mine", str(query))["hits"]
    assert all(Path(hit["path"]).is_file() for hit in hits)
    assert not list(home.rglob("evil"))


def test_every_nth_image_is_indexed(data: Path, capsys: Capture) -> None:
    words = ("index", "mine", str(data), "--model", "raw-pixels", "--every", "5")
    assert answer(capsys, *words)["added"] == 1 + 3
    assert run([*words[:-2]]) == 0
    said = capsys.readouterr().out
    assert "1 skipped:\n  1 x it is a text file\n" in said
    assert " 0 failed in" in said


def test_a_dicomdir_that_is_none_is_said(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "DICOMDIR").write_text("hello")
    words = ("index", "mine", str(tmp_path / "DICOMDIR"))
    summary = answer(capsys, *words, status=1)
    assert summary["added"] == 0
    assert "no table of contents" in summary["skipped"][0]["reason"]


def test_an_archive_that_is_none_is_listed(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "bad.zip"
    path.write_text("hello")
    found = answer(capsys, "look", str(path), status=1)
    assert "'bad.zip' cannot be read" in found["unreadable"][0]["reason"]
    summary = answer(capsys, "index", "mine", str(path), status=1)
    assert "'bad.zip' cannot be read" in summary["failed"][0]["reason"]


def test_a_manifest_is_not_looked_at(tmp_path: Path, capsys: Capture) -> None:
    assert run(["index", "mine", str(tmp_path / "list.csv"), "--every", "2"]) == 1
    captured = capsys.readouterr()
    assert "A manifest names its images" in captured.err
    assert captured.err.count("\n") == 1


def test_real_series_are_recognised(shared: Path, capsys: Capture) -> None:
    folder = shared / "dicom" / "queries"
    found = answer(capsys, "look", str(folder))
    expected = {
        (ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.Modality)
        for ds in map(pydicom.dcmread, folder.glob("*.dcm"))
    }
    assert expected == {
        (study["study_instance_uid"], s["series_instance_uid"], s["modality"])
        for study in found["studies"]
        for s in study["series"]
    }
    assert found["num_images"] == 60


def test_broken_files_are_told_apart_from_other_objects(
    shared: Path, capsys: Capture
) -> None:
    found = answer(capsys, "look", str(shared / "dicom" / "conformance" / "bad"))
    reasons = {
        Path(entry["path"]).name: entry["reason"]
        for key in ("skipped", "unreadable")
        for entry in found[key]
    }
    assert reasons["sr_report.dcm"] == "it is a structured report"
    assert reasons["encapsulated_pdf.dcm"] == "it is an encapsulated PDF document"
    assert reasons["ecg_waveform.dcm"] == "it is a waveform"
    assert reasons["rtstruct_no_preamble.dcm"] == "it is a radiotherapy structure set"
    assert "cut off" in reasons["ct_cut_in_element.dcm"]
    assert "inflates to more than" in reasons["bomb_deflate_1GiB.dcm"]
