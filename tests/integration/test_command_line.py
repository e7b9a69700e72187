"""The command line, with real files, a real decoder and features of raw pixels."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import seeds

from cbmir_gui.cli.main import run
from cbmir_gui.imaging.raster import write_png

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Write class folders with four small images each, alike within a class."""
    folder = tmp_path / "images"
    for number, name in enumerate(("chest", "hand", "head")):
        (folder / name).mkdir(parents=True)
        pattern = np.random.default_rng(number).integers(40, 216, (40, 32))
        for copy in range(4):
            noise = np.random.default_rng([number, copy]).integers(-20, 21, (40, 32))
            pixels = (pattern + noise).astype(np.uint8)
            write_png(folder / name / f"{copy}.png", pixels)
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
    captured = capsys.readouterr()
    assert captured.err == ""
    return json.loads(captured.out)


def failure(capsys: Capture, *words: str) -> str:
    """Run a command that fails and return its one line."""
    assert run([*words]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert captured.err.startswith("cbmir: ")
    return captured.err


def test_index_counts_what_it_did(images: Path, capsys: Capture) -> None:
    (images / "head" / "copy.png").write_bytes((images / "head" / "0.png").read_bytes())
    (images / "head" / "notes.dcm").write_text("not an image")
    words = ("index", "mine", str(images), "--model", "raw-pixels")
    first = answer(capsys, *words)
    assert (first["added"], first["duplicate"]) == (12, 1)
    assert first["failed"] == []
    assert [Path(entry["path"]).name for entry in first["skipped"]] == ["notes.dcm"]
    assert first["skipped"][0]["reason"] == "it is a text file"
    again = answer(capsys, *words)
    assert (again["added"], again["known"]) == (0, 13)
    assert set(again) >= {"seconds", "images_per_second"}


def test_index_fails_where_nothing_can_be_read(tmp_path: Path, capsys: Capture) -> None:
    empty = tmp_path / "empty.png"
    empty.touch()
    words = ("index", "mine", str(empty), "--model", "raw-pixels")
    assert answer(capsys, *words, status=1)["added"] == 0


def test_search_answers_as_documented(
    images: Path, library: str, capsys: Capture
) -> None:
    query = images / "hand" / "2.png"
    document = answer(capsys, "search", library, str(query), "--top", "4")
    assert set(document) >= {
        "query",
        "model",
        "layer",
        "metric",
        "predicted",
        "hits",
        "timings_ms",
    }
    assert document["query"] == "2.png"
    assert [hit["rank"] for hit in document["hits"]] == [1, 2, 3, 4]
    assert {hit["class"] for hit in document["hits"]} == {"hand"}
    assert set(document["hits"][0]) >= {"image_id", "path", "distance", "similarity"}
    assert document["hits"][0]["path"] == str(query)


def test_search_uses_several_features_at_once(
    images: Path, library: str, capsys: Capture
) -> None:
    query = str(images / "hand" / "2.png")
    answer(capsys, "library", "extract", library, "--model", "lbp")
    words = ("search", library, query, "--top", "4", "--also", "lbp")
    document = answer(capsys, *words)
    assert (document["metric"], document["also"]) == ("fused", ["lbp/histogram"])
    first = document["hits"][0]
    assert first["path"] == query
    assert first["similarity"] == -first["distance"] > 0
    assert [part["model"] for part in first["parts"]] == ["raw-pixels", "lbp"]
    assert run([*words]) == 0
    heading, header, *_ = capsys.readouterr().out.splitlines()
    assert "raw-pixels/pixels + lbp/histogram, fused" in heading
    assert "fused score" in header
    assert "none of 'hog" in failure(capsys, *words[:-1], "hog")


def test_an_index_is_written_and_read_back(
    images: Path, library: str, tmp_path: Path, capsys: Capture
) -> None:
    index = str(tmp_path / "index.json")
    assert answer(capsys, "library", "export-index", library, index)["images"] == 12
    result = answer(capsys, "library", "import-index", index, "again")
    assert (result["added"], result["without_file"]) == (12, 0)
    query = str(images / "hand" / "2.png")
    hits = [
        answer(capsys, "search", name, query, "--top", "12")["hits"]
        for name in (library, "again")
    ]
    assert hits[0] == hits[1]
    message = failure(capsys, "library", "import-index", query, "other")
    assert "'2.png' cannot be read as an index" in message


def test_search_prints_a_ranked_list(
    images: Path, library: str, capsys: Capture
) -> None:
    assert run(["search", library, str(images / "head" / "0.png"), "--top", "3"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "3 of 12 images" in lines[0]
    assert [line.split()[0] for line in lines[1:]] == ["rank", "1", "2", "3"]


def test_a_library_by_its_path_is_the_same(
    images: Path, library: str, home: Path, capsys: Capture
) -> None:
    query = str(images / "head" / "0.png")
    by_name = answer(capsys, "search", library, query)
    by_path = answer(capsys, "search", str(home / "feature_db" / library), query)
    assert by_path["hits"] == by_name["hits"]


def test_evaluate_has_the_macro_figures_at_the_top(
    images: Path, library: str, capsys: Capture
) -> None:
    document = answer(
        capsys, "evaluate", "--library", library, "--queries", str(images)
    )
    assert document["num_queries"] == 12
    assert document["accuracy"] is None
    assert document["precision_at_1"] == 1.0
    assert document["mean_average_precision_interval"] == [1.0, 1.0]
    assert set(document) >= {"per_class", "confusion_matrix", "ceilings", "protocol"}


def test_a_library_is_listed_checked_changed_and_exported(
    images: Path, library: str, tmp_path: Path, capsys: Capture
) -> None:
    assert [entry["name"] for entry in answer(capsys, "library", "list")] == [library]
    info = answer(capsys, "library", "info", library)
    assert info["classes"] == {"chest": 4, "hand": 4, "head": 4}
    assert answer(capsys, "library", "verify", library)["problems"] == []
    image = str(images / "head" / "0.png")
    removed = answer(capsys, "library", "remove", library, image)
    assert removed["removed"] == 1
    words = ("library", "remove", library, "--undo", removed["undo"])
    assert answer(capsys, *words) == {"restored": 1}
    words = ("library", "relabel", library, "--class", "hand", "--to", "foot")
    assert answer(capsys, *words)["relabelled"] == 4
    assert answer(capsys, "library", "remove", library, "--class", "foot")["removed"]
    answer(capsys, "library", "compact", library)
    out = tmp_path / "out.csv"
    assert answer(capsys, "library", "export", library, str(out))["images"] == 8
    words = ("index", "copy", str(out), "--model", "raw-pixels")
    assert answer(capsys, *words)["added"] == 8


def test_a_library_gets_the_features_of_another_model(
    library: str, capsys: Capture
) -> None:
    words = ("library", "extract", library, "--model", "lbp")
    assert answer(capsys, *words)["added"] == 12
    info = answer(capsys, "library", "info", library)
    assert {entry["model"] for entry in info["extractors"]} == {"raw-pixels", "lbp"}


def test_an_unknown_undo_token_fails(library: str, capsys: Capture) -> None:
    assert run(["library", "remove", library, "--undo", "nothing"]) == 1
    assert "Nothing was removed with the token" in capsys.readouterr().err


def test_verify_fails_for_a_damaged_library(
    library: str, home: Path, capsys: Capture
) -> None:
    segment, *_ = (home / "feature_db" / library / "features").rglob("*.h5")
    data = bytearray(segment.read_bytes())
    data[-1] ^= 1
    segment.write_bytes(data)
    document = answer(capsys, "library", "verify", library, status=1)
    assert [problem["kind"] for problem in document["problems"]] == ["segment"]


def test_render_writes_the_pixels_as_they_are(
    images: Path, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "out.png"
    source = images / "chest" / "1.png"
    document = answer(capsys, "render", str(source), str(out))
    assert (document["width"], document["height"]) == (32, 40)
    again = tmp_path / "again.png"
    answer(capsys, "render", str(out), str(again))
    assert again.read_bytes() == out.read_bytes()


def test_render_shows_another_window_and_overlays_where_asked(
    tmp_path: Path, capsys: Capture
) -> None:
    source, out = tmp_path / "a.dcm", tmp_path / "out.png"
    source.write_bytes(seeds.seeds()["overlays"])
    document = answer(capsys, "render", str(source), str(out))
    assert (document["num_overlays"], document["overlays"]) == (2, False)
    assert cv2.imread(str(out), cv2.IMREAD_UNCHANGED).ndim == 2
    answer(capsys, "render", str(source), str(out), "--overlays")
    yellow = cv2.imread(str(out), cv2.IMREAD_UNCHANGED) == (0, 214, 255)
    assert 0.4 < yellow.all(axis=2).mean() < 0.6, "every second pixel"
    source.write_bytes(seeds.seeds()["ct"])
    document = answer(capsys, "render", str(source), str(out), "--window", "voi:2")
    assert document["windows"][1] == {
        "explanation": "LUNG",
        "center": -600.0,
        "width": 1500.0,
        "is_table": False,
    }
    second = out.read_bytes()
    answer(capsys, "render", str(source), str(out), "--window=-600,1500")
    assert out.read_bytes() == second


def test_bench_measures_each_step(library: str, capsys: Capture) -> None:
    document = answer(capsys, "bench", library, "--queries", "3")
    assert document["num_queries"] == 3
    assert document["median_ms"]["total"] > 0


def test_lists_are_empty_documents_where_there_is_nothing(capsys: Capture) -> None:
    assert answer(capsys, "library", "list") == []
    assert isinstance(answer(capsys, "models", "list"), list)


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("search", "none", "x.png"), "no library 'none'"),
        (("library", "info", "none"), "no library 'none'"),
        (("models", "show", "none"), "no model 'none'"),
        (("render", "none.dcm", "out.png"), "'none.dcm' cannot be read"),
        (("evaluate", "--queries", "none.csv", "--model", "raw-pixels"), "none.csv"),
        (("train", "none.csv"), "none.csv"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    words: tuple[str, ...], part: str, capsys: Capture
) -> None:
    assert part in failure(capsys, *words)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("notes.dcm", b"just some text"),
        ("empty.png", b""),
        ("cut.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF"),
        ("nothing.dcm", b"\0" * 128 + b"DICM"),
    ],
)
def test_a_bad_query_is_named_without_its_folder(
    name: str, content: bytes, library: str, tmp_path: Path, capsys: Capture
) -> None:
    folder = tmp_path / "patient_doe"
    folder.mkdir()
    (folder / name).write_bytes(content)
    message = failure(capsys, "search", library, str(folder / name))
    assert f"'{name}' cannot be read" in message
    assert "doe" not in message


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
def test_ctrl_c_leaves_a_sound_library_and_says_so(images: Path, home: Path) -> None:
    many = images.parent / "many"
    many.mkdir()
    data = (images / "head" / "0.png").read_bytes()
    for number in range(3000):
        # Bytes after the end of a PNG make each content another one.
        (many / f"{number}.png").write_bytes(data + str(number).encode())
    command = [sys.executable, "-m", "cbmir_gui", "index", "mine", str(many)]
    child = subprocess.Popen(
        [*command, "--model", "raw-pixels", "--json"],
        env={**os.environ, "CBMIR_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    catalogue = home / "feature_db" / "mine" / "library.sqlite"
    while not catalogue.is_file() and child.poll() is None:
        os.sched_yield()
    child.send_signal(signal.SIGINT)
    output, _ = child.communicate(timeout=60)
    assert child.returncode == 1
    summary = json.loads(output)
    assert summary["cancelled"]
    assert summary["added"] < 3000
    assert run(["library", "verify", "mine"]) == 0
