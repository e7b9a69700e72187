"""The demo library is made once, finished after a kill, and finds like to like."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from cbmir_gui.core.errors import Cancelled, LibraryExistsError, ModelNotFoundError
from cbmir_gui.engine.decoder_client import DecoderClient
from cbmir_gui.features.registry import find_extractor
from cbmir_gui.index.exact import ExactIndex
from cbmir_gui.library.library import Library
from cbmir_gui.services.demo import build_demo
from cbmir_gui.sources.phantoms import generator
from cbmir_gui.sources.phantoms.kinds import KINDS

SOME = ("breast_ultrasound", "knee_xray", "retinal_fundus")
KILLED = """
import os, signal, sys
from pathlib import Path
from cbmir_gui.services.demo import build_demo
from cbmir_gui.sources.phantoms import generator
generator.KINDS = {name: generator.KINDS[name] for name in sys.argv[3:]}
generator.IMAGES_PER_KIND = 3
generator.NUM_PHANTOMS = 9
def report(done, total, text=""):
    if done >= float(sys.argv[2]) * total:
        os.kill(os.getpid(), signal.SIGKILL)
build_demo(Path(sys.argv[1]), progress=report, model="raw-pixels")
"""


@pytest.fixture(scope="module")
def decoder() -> Iterator[DecoderClient]:
    with DecoderClient() as client:
        yield client


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> int:
    """Let the demo have three kinds of three images; return their number."""
    monkeypatch.setattr(generator, "KINDS", {name: KINDS[name] for name in SOME})
    monkeypatch.setattr(generator, "IMAGES_PER_KIND", 3)
    monkeypatch.setattr(generator, "NUM_PHANTOMS", 9)
    return 9


def test_the_demo_is_made_once(
    few: int, tmp_path: Path, decoder: DecoderClient
) -> None:
    folder = tmp_path / "demo"
    told: list[tuple[int, int]] = []

    summary = build_demo(
        folder,
        [decoder],
        lambda done, total, text="": told.append((done, total)),
        "raw-pixels",
    )
    again = build_demo(folder, [decoder], model="raw-pixels")

    assert (summary.added, summary.known, summary.failed) == (few, 0, ())
    assert (again.added, again.known) == (0, few)
    assert summary.library == str(folder)
    assert told == sorted(told)
    assert len({total for _, total in told}) == 1
    assert told[-1][0] == told[-1][1]
    with Library.open(folder, read_only=True) as library:
        info = library.info()
    assert info.name == "demo"
    assert info.classes == dict.fromkeys(SOME, 3)
    assert info.modalities == {"US": 3, "DX": 3, "OP": 3}


def test_a_stopped_demo_is_not_there_and_goes_on_later(
    few: int, tmp_path: Path, decoder: DecoderClient
) -> None:
    folder = tmp_path / "demo"

    def stop(done: int, total: int, text: str = "") -> None:
        if done > 0.7 * total:
            raise Cancelled

    summary = build_demo(folder, [decoder], stop, "raw-pixels")
    assert summary.cancelled
    assert not folder.exists()
    assert build_demo(folder, [decoder], model="raw-pixels").failed == ()
    with Library.open(folder, read_only=True) as library:
        assert library.info().num_images == few


@pytest.mark.parametrize("share", [0.2, 0.9])
def test_a_killed_demo_is_finished_by_the_next(
    few: int, tmp_path: Path, decoder: DecoderClient, share: float
) -> None:
    folder = tmp_path / "demo"
    command = [sys.executable, "-c", KILLED, str(folder), str(share), *SOME]
    assert subprocess.run(command, check=False).returncode < 0
    assert not folder.exists()
    build_demo(folder, [decoder], model="raw-pixels")
    with Library.open(folder, read_only=True) as library:
        assert library.info().num_images == few
        assert library.info().num_paths == few


def test_a_damaged_beginning_is_thrown_away(
    few: int, tmp_path: Path, decoder: DecoderClient
) -> None:
    folder = tmp_path / "demo"
    scratch = tmp_path / "demo_images" / ".library"
    generator.generate_phantoms(scratch.parent)
    Library.create(scratch).close()
    (scratch / "library.sqlite").write_bytes(b"damaged" * 500)
    build_demo(folder, [decoder], model="raw-pixels")
    with Library.open(folder, read_only=True) as library:
        assert library.info().num_images == few


def test_another_folder_of_that_name_is_left_alone(few: int, tmp_path: Path) -> None:
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "letter.txt").write_text("mine")
    with pytest.raises(LibraryExistsError, match="demo"):
        build_demo(tmp_path / "demo", model="raw-pixels")
    assert (tmp_path / "demo" / "letter.txt").read_text() == "mine"


def test_without_its_model_nothing_is_drawn(few: int, tmp_path: Path) -> None:
    with pytest.raises(ModelNotFoundError, match="no-such-model"):
        build_demo(tmp_path / "demo", model="no-such-model")
    assert list(tmp_path.glob("demo*")) == []


def test_each_image_of_the_demo_finds_its_kind(
    tmp_path: Path, decoder: DecoderClient
) -> None:
    try:
        extractor = find_extractor()
    except ModelNotFoundError:
        pytest.skip("the default model is not here: expected trained_models/vgg16-c18")
    folder = tmp_path / "demo"
    summary = build_demo(folder, [decoder])
    assert summary.added == generator.NUM_PHANTOMS
    with Library.open(folder, read_only=True) as library:
        table = library.features(extractor.key)
        classes = np.array([r.class_name for r in library.catalogue.records()])
    index = ExactIndex(table.features)
    found = index.search(table.features, 11, extractor.metric).rows
    hits = [row[row != query][:10] for query, row in enumerate(found)]
    relevant = classes[np.array(hits)] == classes[:, None]
    assert relevant.mean() >= 0.95
