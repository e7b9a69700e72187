"""What a training leaves behind when something fails around the learning itself."""

import json
import os
from pathlib import Path

import pytest

from cbmir_gui.core.errors import (
    Cancelled,
    DataError,
    StorageError,
    TrainingError,
)
from cbmir_gui.core.paths import runs_dir
from cbmir_gui.core.records import TrainRequest
from cbmir_gui.engine.run_folder import write_request
from cbmir_gui.networks.card import CARD_FILE, Card
from cbmir_gui.services import training
from cbmir_gui.services.training import train
from cbmir_gui.services.training_runs import find_run

CARD = Card(
    name="lung",
    architecture="vgg16",
    variant="default",
    classes=("a", "b"),
    layers={"pooled": 512},
    default_layer="pooled",
    default_metric="cosine",
    preprocessing="mean-subtracted",
    input_size_px=224,
)


@pytest.fixture
def learned(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    """Let a training learn nothing and save CARD."""

    class Data:
        train = validation = classes = ()

    class Result:
        stopped = False

    def save(*_: object) -> Card:
        folder = home / "trained_models" / CARD.name
        folder.mkdir(parents=True)
        (folder / CARD_FILE).write_text("{}")
        return CARD

    for name, value in (
        ("_split_sources", lambda *_: []),
        ("_load", lambda *_: Data()),
        ("_run_loop", lambda *_: Result()),
        ("_save", save),
    ):
        monkeypatch.setattr(training, name, value)


def last_event(folder: Path) -> dict[str, object]:
    line = (folder / "progress.jsonl").read_text().splitlines()[-1]
    event: dict[str, object] = json.loads(line)
    return event


@pytest.mark.usefixtures("learned")
def test_a_training_stopped_while_it_is_measured_keeps_its_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> Card:
        raise Cancelled

    monkeypatch.setattr(training, "measure_model", stop)
    assert train(TrainRequest("d", name="lung"), tmp_path / "run")["name"] == "lung"
    event = last_event(tmp_path / "run")
    assert (event["event"], event["model"]) == ("stopped", "lung")


@pytest.mark.usefixtures("learned")
def test_a_model_that_cannot_be_measured_is_said_to_be_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> Card:
        raise StorageError("The features", "the disk is full")

    monkeypatch.setattr(training, "measure_model", fail)
    with pytest.raises(TrainingError, match=r"'lung' is trained .*disk is full"):
        train(TrainRequest("d", name="lung"), tmp_path / "run")
    event = last_event(tmp_path / "run")
    assert event["event"] == "failed"
    assert "cbmir evaluate" in str(event["message"])


def test_a_folder_that_holds_a_training_is_not_taken_for_another(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "run"
    with pytest.raises(DataError):
        train(TrainRequest(str(tmp_path / "none.csv"), name="first"), folder)
    with pytest.raises(TrainingError, match=r"'run' holds a training .*--resume"):
        train(TrainRequest(str(tmp_path / "none.csv"), name="second"), folder)
    config = json.loads((folder / "config.json").read_text())
    assert config["name"] == "first"


def test_a_damaged_run_does_not_hide_the_others() -> None:
    for name in ("damaged", "lung"):
        (runs_dir() / name).mkdir(parents=True)
    (runs_dir() / "damaged" / "config.json").write_text("")
    write_request(runs_dir() / "lung", TrainRequest("d", name="lung"))
    for name in ("lung", ""):
        assert find_run(name) == runs_dir() / "lung"
    with pytest.raises(TrainingError, match="no training run 'hand'"):
        find_run("hand")


def test_a_full_disk_leaves_the_configuration_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    write_request(folder, TrainRequest("first"))

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space left"):
        write_request(folder, TrainRequest("second"))
    assert [path.name for path in folder.iterdir()] == ["config.json"]
    assert json.loads((folder / "config.json").read_text())["data"] == "first"


@pytest.fixture
def full_disk(tmp_path: Path) -> Path:
    """Return a run folder whose progress cannot be written."""
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    folder = tmp_path / "full"
    folder.mkdir()
    (folder / "progress.jsonl").symlink_to("/dev/full")
    write_request(folder, TrainRequest(str(tmp_path / "none.csv"), name="lung"))
    return folder


@pytest.mark.usefixtures("learned")
def test_a_full_disk_is_one_clear_error(full_disk: Path) -> None:
    with pytest.raises(StorageError, match="progress could not be written: No space"):
        train(TrainRequest(""), full_disk, resume=True)


def test_a_full_disk_does_not_hide_why_a_training_failed(full_disk: Path) -> None:
    with pytest.raises(DataError, match=r"none\.csv"):
        train(TrainRequest(""), full_disk, resume=True)
