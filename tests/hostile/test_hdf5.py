"""Each hostile HDF5 file at each door through which such a file comes in."""

import hashlib
import json
import shutil
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from cbmir_gui.core.paths import models_dir
from cbmir_gui.core.records import ExtractorInfo, ImageInfo, ImageSource
from cbmir_gui.library.entries import FileState, NewImage
from cbmir_gui.library.library import Library
from tests.hostile.conftest import Guard, Trap
from tests.hostile.hdf5_attacks import ATTACKS, SECRET, Place

NAME = "encoder_conv1/bias"
SHAPE = (128,)
PROJECT = Path(__file__).parents[2]
SOUND = PROJECT / "trained_models" / "autoencoder-m4"
FEATURE_DIM, NUM_ROWS = 16, 8
HARMLESS = {
    # What does not fit is left out, and our own arrays are all that is assigned.
    "train --weights FILE": {"other shape", "keras model with code"},
    "run folder": {"other shape", "keras model with code"},
    # What else lies in a segment is never looked at.
    "library segment": {"one array a thousand times", "thousands of groups"},
}


def plant(
    path: Path, attack: str, trap: Trap, name: str, shape: tuple[int, ...]
) -> None:
    """Put an attack into a sound file, in place of one of its arrays."""
    with h5py.File(path, "r+") as file:
        dtype = file[name].dtype
        del file[name]
        paths = trap.secret, trap.other, trap.canary
        ATTACKS[attack][0](Place(file, name, shape, dtype, *paths))


def hostile_folder(folder: Path, attack: str, trap: Trap) -> Path:
    """Make a model folder whose card and weights agree."""
    folder.mkdir(parents=True)
    shutil.copy(SOUND / "weights.h5", folder)
    plant(folder / "weights.h5", attack, trap, NAME, SHAPE)
    card = json.loads((SOUND / "card.json").read_text())
    digest = hashlib.sha256((folder / "weights.h5").read_bytes()).hexdigest()
    card |= {"name": folder.name, "weights_sha256": digest}
    (folder / "card.json").write_text(json.dumps(card))
    return folder


def models_import(attack: str, trap: Trap, tmp_path: Path) -> Callable[[], object]:
    from cbmir_gui.services.model_import import import_model

    folder = hostile_folder(tmp_path / "evil", attack, trap)
    archive = tmp_path / "evil.cbmir"
    with zipfile.ZipFile(archive, "w") as file:
        for name in ("card.json", "weights.h5"):
            file.write(folder / name, name)

    def attempt() -> None:
        try:
            import_model(archive)
        finally:
            left = [path for path in models_dir().iterdir() if path.name != "runs"]
            assert left == []

    return attempt


def trained_models_folder(
    attack: str, trap: Trap, tmp_path: Path
) -> Callable[[], object]:
    from cbmir_gui.networks.loading import load_network

    hostile_folder(models_dir() / "evil", attack, trap)
    return lambda: load_network("evil")


def _start_from(weights: Path) -> Callable[[], object]:
    from cbmir_gui.networks.card import read_card
    from cbmir_gui.networks.loading import architecture_of, build_network
    from cbmir_gui.networks.variables import get_variables
    from cbmir_gui.training.starting_weights import (
        assign_fitting,
        load_starting_weights,
    )

    def attempt() -> object:
        arrays = load_starting_weights(str(weights))
        card = read_card(SOUND)
        model = build_network(card, architecture_of(card))
        assign_fitting(model, arrays)
        return get_variables(model)

    return attempt


def weights_file(attack: str, trap: Trap, tmp_path: Path) -> Callable[[], object]:
    folder = hostile_folder(tmp_path / "evil", attack, trap)
    return _start_from((folder / "weights.h5").rename(tmp_path / "downloaded.h5"))


def run_folder(attack: str, trap: Trap, tmp_path: Path) -> Callable[[], object]:
    folder = hostile_folder(tmp_path / "evil", attack, trap)
    (folder / "config.json").write_text(json.dumps({"data": "x"}))
    state = {"next_epoch": 1, "best_epoch": 1, "arrays_file": "checkpoint-1.h5"}
    (folder / "checkpoint.json").write_text(json.dumps(state))
    (folder / "weights.h5").rename(folder / "best-001.h5")
    return _start_from(folder)


def library_segment(attack: str, trap: Trap, tmp_path: Path) -> Callable[[], object]:
    folder = tmp_path / "library"
    extractor = ExtractorInfo("evil", "layer", FEATURE_DIM, "cosine", "evil/1")
    images = [
        NewImage(
            ImageInfo(f"{number:064x}:1", "a.png", 8, 8),
            ImageSource("/a.png"),
            FileState(f"/{number}.png", 1, 1),
        )
        for number in range(NUM_ROWS)
    ]
    with Library.create(folder) as library:
        features = np.ones((NUM_ROWS, FEATURE_DIM), np.float32)
        library.add(images, extractor, features)
    (segment,) = folder.rglob("*.h5")
    plant(segment, attack, trap, "features", (NUM_ROWS, FEATURE_DIM))
    _make_consistent(segment, folder / "library.sqlite")

    def attempt() -> object:
        with Library.open(folder) as library:
            return library.features().features

    return attempt


def _make_consistent(segment: Path, catalogue: Path) -> None:
    """Let catalogue and attributes give the checksum that a reader would compute."""
    with h5py.File(segment, "r+") as file:
        item = file.get("features")
        if not isinstance(item, h5py.Dataset) or item.size != NUM_ROWS * FEATURE_DIM:
            return
        try:
            data = item[()].tobytes() + file["image_ids"][()].tobytes()
        except (OSError, AttributeError):
            return
        file.attrs["sha256"] = hashlib.sha256(data).hexdigest()
        checksum = file.attrs["sha256"]
    with sqlite3.connect(catalogue) as connection:
        connection.execute("UPDATE segment SET checksum = ?", (checksum,))
    connection.close()


DOORS = {
    "models import": models_import,
    "trained_models folder": trained_models_folder,
    "train --weights FILE": weights_file,
    "run folder": run_folder,
    "library segment": library_segment,
}


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("door", DOORS)
def test_a_hostile_hdf5_file_gets_through_no_door(
    door: str, attack: str, guard: Guard, tmp_path: Path
) -> None:
    models_dir().mkdir(parents=True)
    attempt = DOORS[door](attack, guard.trap, tmp_path)
    advisory = ATTACKS[attack][1]
    if attack in HARMLESS.get(door, set()):
        result = guard.survives(door, attempt, advisory)
        arrays = result.values() if isinstance(result, dict) else [result]
        for array in arrays:
            assert SECRET[:16] not in np.asarray(array, np.float16).tobytes()
    else:
        guard.refuses(door, attempt, advisory)


def test_the_sound_files_get_through_every_door(guard: Guard, tmp_path: Path) -> None:
    """The doors are open for what is sound: else every refusal would prove nothing."""

    def nothing(place: Place) -> None:
        place.file[place.name] = np.ones(place.shape, place.dtype)

    models_dir().mkdir(parents=True)
    ATTACKS["nothing"] = nothing, ""
    try:
        attempts = [
            DOORS[door]("nothing", guard.trap, tmp_path / str(number))
            for number, door in enumerate(DOORS)
            if (tmp_path / str(number)).mkdir() is None and door != "models import"
        ]
        for attempt in attempts:
            assert attempt() is not None
    finally:
        del ATTACKS["nothing"]


@pytest.mark.parametrize("kind", ["flipped", "cut", "zeroed"])
def test_a_damaged_file_never_crashes_the_program(
    kind: str, guard: Guard, tmp_path: Path
) -> None:
    """Play the overflows of HDF5: another process reads such files first."""
    from cbmir_gui.core.errors import ModelDamagedError
    from cbmir_gui.engine.weights_probe import probe_weights

    sound = tmp_path / "sound.h5"
    with h5py.File(sound, "w") as file:
        for number in range(6):
            file[f"layer{number}/kernel"] = np.ones((4, 4), np.float16)
    content = sound.read_bytes()
    rng = np.random.default_rng(3)
    refused = 0
    for _ in range(12):
        data = bytearray(content)
        start = int(rng.integers(0, len(data) // 2))
        if kind == "flipped":
            for place in rng.integers(0, len(data), 12):
                data[place] ^= int(rng.integers(1, 256))
        elif kind == "cut":
            del data[start:]
        else:
            data[start : start + 200] = bytes(200)
        path = tmp_path / "damaged.h5"
        path.write_bytes(data)
        try:
            probe_weights(path, "evil")
        except ModelDamagedError:
            refused += 1
    assert refused > 4
    guard.refuses(
        "weights probe",
        lambda: probe_weights(tmp_path / "none.h5", "evil"),
        "CVE-2025-2915, CVE-2025-44905, CVE-2025-7069, CVE-2025-6816, CVE-2025-2310",
    )


def test_a_file_that_kills_its_reader_is_refused(
    guard: Guard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cbmir_gui.engine import weights_probe

    module = tmp_path / "crashing_probe.py"
    module.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(weights_probe, "PROBE_MODULE", "crashing_probe")
    said = guard.refuses(
        "weights probe",
        lambda: weights_probe.probe_weights(tmp_path / "evil.h5", "evil"),
        "CVE-2025-2915",
    )
    assert "'evil.h5' stopped the process that read it" in said
