"""JSON from others: settings, run folders, indexes of libraries."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cbmir_gui.core.settings import Settings, load_settings
from cbmir_gui.engine.run_events import EventReader
from cbmir_gui.engine.run_folder import find_process, read_request
from cbmir_gui.features.extractors.raw_pixels import RawPixelExtractor
from cbmir_gui.services.json_index_import import import_index
from cbmir_gui.training.checkpoints import load_state
from tests.hostile.conftest import Guard

DEEP = b"[" * 300_000 + b"]" * 300_000
TEXTS: dict[str, bytes] = {
    "endless nesting": DEEP,
    "nesting in a field": b'{"data": ' + DEEP + b"}",
    "an endless number": b'{"epochs": ' + b"9" * 1_000_000 + b"}",
    "a huge file": b'{"data": "' + b"a" * (40 * 2**20) + b'"}',
    "a pickle": b"\x80\x04\x95\x1a\x00\x00\x00cos\nsystem\n",
    "no UTF-8": b'{"data": "\xff\xfe"}',
    "a list": b"[]",
    "nothing": b"",
    "null": b"null",
    "wrong types": b'{"data": 3, "epochs": "many", "next_epoch": [], "library": {}}',
    "unknown fields": b'{"data": "x", "next_epoch": 1, "__class__": "os.system"}',
}


@pytest.mark.parametrize("name", TEXTS)
def test_hostile_settings_become_the_defaults(
    name: str, guard: Guard, tmp_path: Path
) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(TEXTS[name])
    settings = guard.survives("settings", lambda: load_settings(path))
    assert settings == Settings()


def run_folder(tmp_path: Path, **files: bytes) -> Path:
    folder = tmp_path / "run"
    folder.mkdir()
    for name, content in files.items():
        (folder / f"{name}.json").write_bytes(content)
    return folder


@pytest.mark.parametrize("name", TEXTS)
def test_a_hostile_request_of_a_run_is_refused(
    name: str, guard: Guard, tmp_path: Path
) -> None:
    folder = run_folder(tmp_path, config=TEXTS[name])
    guard.refuses("run folder", lambda: read_request(folder))


@pytest.mark.parametrize("name", TEXTS)
def test_a_hostile_state_of_a_run_is_refused(
    name: str, guard: Guard, tmp_path: Path
) -> None:
    folder = run_folder(tmp_path, checkpoint=TEXTS[name])
    guard.refuses("run folder", lambda: load_state(folder))


@pytest.mark.parametrize(
    "arrays_file",
    ["../precious.h5", "/precious.h5", "best-001.h5", "checkpoint-1.h5/../x", "x\0y"],
)
def test_a_run_reads_and_deletes_no_file_of_others(
    arrays_file: str, guard: Guard, tmp_path: Path
) -> None:
    state = {"next_epoch": 1, "arrays_file": arrays_file}
    folder = run_folder(tmp_path, checkpoint=json.dumps(state).encode())
    guard.refuses("run folder", lambda: load_state(folder))


@pytest.mark.parametrize("name", TEXTS)
def test_hostile_progress_and_process_files_say_nothing(
    name: str, guard: Guard, tmp_path: Path
) -> None:
    folder = run_folder(tmp_path, process=TEXTS[name])
    (folder / "progress.jsonl").write_bytes(TEXTS[name] + b"\n")
    assert guard.survives("run folder", lambda: find_process(folder)) is None
    reader = EventReader(folder / "progress.jsonl")
    assert guard.survives("run folder", reader.read_new) == []


EXTRACTOR = {
    "model": "raw-pixels",
    "layer": "pixels",
    "feature_dim": 784,
    "metric": "cosine",
    "key": RawPixelExtractor().info.key,
    "num_classes": 0,
    "weights_sha256": "",
}
IMAGE = {
    "file": "a.png",
    "image_id": f"{'ab' * 32}:1",
    "frame": 1,
    "num_frames": 1,
    "width": 8,
    "height": 8,
    "class": "x",
    "diagnosis": "",
    "modality": "",
    "body_part": "",
    "group": "",
    "features": [0.5] * 784,
}


def index(extractor: dict[str, Any] | None = None, **image: Any) -> bytes:
    return json.dumps(
        {
            "format": "cbmir-index",
            "version": 1,
            "library": "evil",
            "extractor": EXTRACTOR | (extractor or {}),
            "images": [IMAGE | image],
        }
    ).encode()


INDEXES: dict[str, bytes] = TEXTS | {
    "weights of another model": index({"weights_sha256": "00" * 32}),
    "a key of another extractor": index({"key": "evil"}),
    "a path as model": index({"model": "../../evil"}),
    "a dimension without end": index({"feature_dim": 2**40}),
    "another dimension": index({"feature_dim": 3}, features=[0.5] * 3),
    "fewer values": index(features=[0.5] * 783),
    "values that are text": index(features=["0.5"] * 784),
    "values that are huge": index(features=[1e300] * 784),
    "values that are none": index().replace(b"0.5", b"NaN", 1),
    "a class with a control character": index(**{"class": "a\x1b[2J"}),
    "an endless path": index(file="a" * 100_000),
    "a path with a null": index(file="a\0b"),
    "an id of nothing": index(image_id="evil"),
    "an id of another frame": index(frame=2),
    "a side without end": index(width=2**40),
    "an unknown field": index(evil=1),
}


@pytest.mark.parametrize("name", INDEXES)
def test_a_hostile_index_makes_no_library(
    name: str, guard: Guard, tmp_path: Path
) -> None:
    path = tmp_path / "evil.json"
    path.write_bytes(INDEXES[name])
    library = tmp_path / "library"
    guard.refuses("index import", lambda: import_index(path, library))
    assert not library.exists()


def test_the_sound_index_makes_a_library(guard: Guard, tmp_path: Path) -> None:
    path = tmp_path / "good.json"
    path.write_bytes(index())
    attempt: Callable[[], Any] = lambda: import_index(path, tmp_path / "library")  # noqa: E731
    imported: Any = guard.survives("index import", attempt)
    assert imported.added == 1
