"""The folder of demo images is whole in the end, whatever interrupted it."""

from pathlib import Path

import pytest

from cbmir_gui.core.errors import Cancelled, StorageError
from cbmir_gui.sources.folders import read_class_folders
from cbmir_gui.sources.manifests import missing_files, read_sources
from cbmir_gui.sources.phantoms import generator
from cbmir_gui.sources.phantoms.generator import (
    IMAGES_PER_KIND,
    NUM_PHANTOMS,
    generate_phantoms,
)
from cbmir_gui.sources.phantoms.kinds import KINDS

SOME = ("breast_ultrasound", "knee_xray", "blood_smear")


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> int:
    """Let the demo have three kinds of two images; return their number."""
    monkeypatch.setattr(generator, "KINDS", {name: KINDS[name] for name in SOME})
    monkeypatch.setattr(generator, "IMAGES_PER_KIND", 2)
    monkeypatch.setattr(generator, "NUM_PHANTOMS", 6)
    return 6


def contents(folder: Path) -> dict[str, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def stop_at(number: int):
    def report(done: int, total: int, text: str = "") -> None:
        if done == number:
            raise Cancelled

    return report


def test_the_demo_has_at_least_240_images() -> None:
    assert IMAGES_PER_KIND * len(KINDS) == NUM_PHANTOMS
    assert 240 <= NUM_PHANTOMS <= 256


def test_the_manifest_names_every_image(few: int, tmp_path: Path) -> None:
    sources = read_sources(generate_phantoms(tmp_path / "demo"))
    assert len(sources) == few
    assert missing_files(sources) == []
    assert {source.class_name for source in sources} == set(SOME)
    assert {source.modality for source in sources} == {"US", "DX", "SM"}
    by_folder = read_class_folders(tmp_path / "demo")
    assert {source.path for source in by_folder} == {s.path for s in sources}


def test_no_patient_is_on_two_sides(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.csv"
    manifest.write_text(generator._manifest_text())
    rows = [line.split(",") for line in manifest.read_text().splitlines()[1:]]
    side = {}
    for _, class_name, _, group, split in rows:
        assert side.setdefault(group, split) == split
        assert group.startswith(class_name)
    assert set(side.values()) == {"train", "val", "test"}
    assert len(side) == 12 * len(KINDS)


def test_a_stopped_run_has_no_manifest_and_the_next_one_finishes_it(
    few: int, tmp_path: Path
) -> None:
    generate_phantoms(tmp_path / "whole")
    with pytest.raises(Cancelled):
        generate_phantoms(tmp_path / "demo", stop_at(3))
    assert not (tmp_path / "demo" / "manifest.csv").exists()
    assert len(contents(tmp_path / "demo")) == 3
    generate_phantoms(tmp_path / "demo")
    assert contents(tmp_path / "demo") == contents(tmp_path / "whole")


def test_what_is_there_is_not_drawn_again_but_an_empty_file_is(
    few: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    generate_phantoms(tmp_path)
    (tmp_path / "knee_xray" / "knee_xray_01.dcm").write_bytes(b"")
    drawn = []
    draw = generator.make_phantom
    monkeypatch.setattr(
        generator, "make_phantom", lambda *of: drawn.append(of) or draw(*of)
    )
    generate_phantoms(tmp_path)
    assert drawn == [("knee_xray", 1)]


def test_progress_counts_every_image(few: int, tmp_path: Path) -> None:
    told = []
    generate_phantoms(tmp_path, lambda done, total, text="": told.append((done, total)))
    assert told == [(done, few) for done in range(few + 1)]


def test_a_file_in_the_way_is_a_clear_error(few: int, tmp_path: Path) -> None:
    (tmp_path / "demo").write_text("not a folder")
    with pytest.raises(StorageError, match="breast_ultrasound"):
        generate_phantoms(tmp_path / "demo")
