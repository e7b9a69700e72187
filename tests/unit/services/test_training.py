"""What a training leaves behind when something fails around the learning itself."""

import csv
import json
import os
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from cbmir_gui.core.errors import (
    Cancelled,
    DataError,
    StorageError,
    TrainingError,
    UnusableImagesError,
)
from cbmir_gui.core.paths import runs_dir
from cbmir_gui.core.records import LeftOutImage, TrainRequest
from cbmir_gui.engine.run_folder import write_request
from cbmir_gui.features import registry
from cbmir_gui.features.known_inputs import KnownInputs
from cbmir_gui.networks import model_store
from cbmir_gui.networks.card import CARD_FILE, Card
from cbmir_gui.services import training
from cbmir_gui.services.start_features import SeenImages
from cbmir_gui.services.training import train
from cbmir_gui.services.training_data import data_sha256
from cbmir_gui.services.training_runs import find_run, take_run
from cbmir_gui.training.described_request import described_request

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


@dataclass
class Result:
    """What a training that learned nothing ended with."""

    stopped: bool = False
    problem: str = ""


@pytest.fixture
def learned(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    """Let a training learn nothing and save CARD."""

    class Data:
        train = validation = classes = failed = ()

    def save(*_: object) -> tuple[Card, None]:
        folder = home / "trained_models" / CARD.name
        folder.mkdir(parents=True)
        (folder / CARD_FILE).write_text("{}")
        return CARD, None

    monkeypatch.setattr(training, "load_images", lambda *_: Data())
    monkeypatch.setattr(training._Run, "_learn", lambda *_: Result())
    monkeypatch.setattr(training._Run, "_save", save)
    monkeypatch.setattr(training, "measure_model", lambda card, *_: card)


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
@pytest.mark.parametrize("error", [Cancelled, KeyboardInterrupt])
def test_who_stops_after_the_figures_finds_a_finished_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    class Network:
        def remember(self, _: object) -> bool:
            return True

    def stop(*_: object) -> None:
        raise error

    seen = SeenImages(KnownInputs("", {}, {}), (), "start")
    save = training._Run._save
    monkeypatch.setattr(training._Run, "_save", lambda *a: (save(*a)[0], seen))
    monkeypatch.setattr(registry, "open_network", lambda _: Network())
    monkeypatch.setattr(training, "keep_features_of_start", stop)
    assert train(TrainRequest("d", name="lung"), tmp_path / "run")["name"] == "lung"
    event = last_event(tmp_path / "run")
    assert (event["event"], event["model"]) == ("finished", "lung")


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
    assert "--resume measures them" in str(event["message"])


@pytest.mark.usefixtures("learned")
def test_an_unstable_training_saves_its_best_weights_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = Result(problem="The loss is nan. The weights of epoch 3 are kept.")
    monkeypatch.setattr(training._Run, "_learn", lambda *_: result)
    with pytest.raises(TrainingError, match=r"epoch 3 are kept\. .* model 'lung'"):
        train(TrainRequest("d", name="lung"), tmp_path / "run")
    event = last_event(tmp_path / "run")
    assert (event["event"], event["model"]) == ("stopped", "lung")
    assert event["reason"] == result.problem


@pytest.mark.usefixtures("learned")
def test_a_run_says_how_many_epochs_its_recipe_has(tmp_path: Path) -> None:
    train(TrainRequest("d", name="lung", recipe="published", epochs=40), tmp_path / "r")
    lines = (tmp_path / "r" / "progress.jsonl").read_text().splitlines()
    (started,) = (e for e in map(json.loads, lines) if e["event"] == "started")
    assert started["num_epochs"] == 25


@pytest.mark.usefixtures("learned")
def test_a_run_lists_the_images_that_it_cannot_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Data:
        train = validation = classes = ()
        failed = (
            LeftOutImage("/images/ct/1.png", "it is empty, or so", frame=7),
            LeftOutImage("/images/ct/\udce9.png", "its colour\nis odd"),
        )

    monkeypatch.setattr(training, "load_images", lambda *_: Data())
    train(TrainRequest("d", name="lung"), tmp_path / "run")
    lines = (tmp_path / "run" / "progress.jsonl").read_text().splitlines()
    (started,) = (e for e in map(json.loads, lines) if e["event"] == "started")
    assert started["num_failed"] == 2
    with (tmp_path / "run" / "left-out.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert rows == [
        {"file": "/images/ct/1.png", "frame": "7", "reason": "it is empty, or so"},
        {
            "file": "/images/ct/\N{REPLACEMENT CHARACTER}.png",
            "frame": "",
            "reason": "its colour\nis odd",
        },
    ]


@pytest.mark.usefixtures("learned")
def test_a_run_that_can_use_all_images_lists_none(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "left-out.csv").touch()
    train(TrainRequest("d", name="lung"), tmp_path / "run")
    assert not (tmp_path / "run" / "left-out.csv").exists()


@pytest.mark.parametrize(
    ("left_out", "said"),
    [
        ((), ""),
        ((LeftOutImage("/ct/1.png", "it is empty"),), " 1 image could not be used;"),
        (
            (LeftOutImage("/ct/1.png", "it is empty"),) * 2,
            " 2 images could not be used;",
        ),
    ],
)
def test_a_run_without_enough_images_lists_those_that_it_could_not_use(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    left_out: tuple[LeftOutImage, ...],
    said: str,
) -> None:
    def refuse(*_: object) -> None:
        raise UnusableImagesError("No image is left to train on.", left_out)

    monkeypatch.setattr(training, "load_images", refuse)
    listed = tmp_path / "run" / "left-out.csv"
    with pytest.raises(DataError) as refused:
        train(TrainRequest("d", name="lung"), tmp_path / "run")
    where = f"{said} left out, see {listed}." if said else ""
    assert str(refused.value) == f"No image is left to train on.{where}"
    assert last_event(tmp_path / "run")["message"] == str(refused.value)
    assert listed.exists() == bool(said)
    if said:
        assert listed.read_text().splitlines()[1].startswith("/ct/1.png,")


@pytest.mark.usefixtures("learned")
@pytest.mark.parametrize(
    ("request_", "kept"),
    [
        (TrainRequest("d", name="lung"), ["best-003.h5", "checkpoint.json"]),
        (TrainRequest("d", name="lung", architecture="autoencoder"), []),
        (TrainRequest("d", name="lung", weights="w", trainable="head"), []),
    ],
)
def test_a_finished_run_keeps_only_what_another_may_go_on_from(
    tmp_path: Path, request_: TrainRequest, kept: list[str]
) -> None:
    folder = tmp_path / "run"
    write_checkpoint(folder)
    train(request_, folder)
    names = sorted(path.name for path in folder.iterdir())
    assert [n for n in names if n.startswith(("best", "checkpoint"))] == kept
    assert {"config.json", "progress.jsonl"} <= set(names)


@pytest.mark.usefixtures("learned")
def test_a_stopped_run_keeps_its_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "run"
    write_checkpoint(folder)
    monkeypatch.setattr(training._Run, "_learn", lambda *_: Result(stopped=True))
    train(TrainRequest("d", name="lung"), folder)
    assert (folder / "checkpoint-005.h5").exists()


def write_checkpoint(folder: Path) -> None:
    folder.mkdir()
    for name in ("checkpoint-005.h5", "best-003.h5", "checkpoint.json"):
        (folder / name).write_bytes(b"")


@pytest.mark.usefixtures("learned")
def test_a_finished_run_is_not_gone_on_with(tmp_path: Path) -> None:
    train(TrainRequest("d", name="lung"), tmp_path / "run")
    with pytest.raises(TrainingError, match="is finished; its model is 'lung'"):
        train(TrainRequest(""), tmp_path / "run", resume=True)


@pytest.fixture
def saved(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> TrainRequest:
    """Leave a run as one that was killed while its saved model was measured."""
    for name in ("a", "b"):
        (tmp_path / "data" / name).mkdir(parents=True)
        for number in range(10):
            (tmp_path / "data" / name / f"{number}.png").touch()
    request = TrainRequest(str(tmp_path / "data"), name="lung", splits=("train", "val"))
    write_checkpoint(tmp_path / "run")
    write_request(tmp_path / "run", request)
    save_lung(request)
    measured = {"test": {}}
    monkeypatch.setattr(
        training, "measure_model", lambda card, *_: replace(card, metrics=measured)
    )
    monkeypatch.setattr(training, "load_images", lambda *_: pytest.fail("it learns"))
    return request


def save_lung(request: TrainRequest, **described: object) -> None:
    training = {
        "request": described_request(request),
        "data": {"sha256": data_sha256(request, has_classes=True)},
    }
    card = replace(CARD, training=training | described, metrics={"val_loss": 1.0})
    model_store.save_model(card, {"fc1/kernel": np.zeros((2, 2), np.float32)})


def test_a_run_killed_while_it_was_measured_is_only_measured(
    saved: TrainRequest, tmp_path: Path
) -> None:
    card = train(TrainRequest(""), tmp_path / "run", resume=True)
    assert card["metrics"] == {"test": {}}
    event = last_event(tmp_path / "run")
    assert (event["event"], event["model"]) == ("finished", "lung")
    assert not (tmp_path / "run" / "checkpoint-005.h5").exists()


def test_an_unstable_run_is_still_unstable_when_it_was_measured(
    saved: TrainRequest, tmp_path: Path
) -> None:
    model_store.delete_model("lung")
    save_lung(saved, problem="The loss is nan. The weights of epoch 3 are kept.")
    with pytest.raises(TrainingError, match=r"epoch 3 are kept\. .* model 'lung'"):
        train(TrainRequest(""), tmp_path / "run", resume=True)
    assert last_event(tmp_path / "run")["event"] == "stopped"


def test_a_stopped_run_says_what_keeps_it_from_going_on(
    saved: TrainRequest, tmp_path: Path
) -> None:
    model_store.delete_model("lung")
    save_lung(saved, stopped_by_user=True)
    train(TrainRequest(""), tmp_path / "run", resume=True)
    assert last_event(tmp_path / "run")["event"] == "stopped"
    model_store.update_card(replace(model_store.load_card("lung"), metrics={"val": {}}))
    with pytest.raises(TrainingError, match="delete that model first"):
        train(TrainRequest(""), tmp_path / "run", resume=True)


def test_the_model_of_another_training_is_not_taken_for_the_runs(
    saved: TrainRequest, tmp_path: Path
) -> None:
    (tmp_path / "data" / "a" / "new.png").touch()
    with pytest.raises(TrainingError, match="already a model 'lung'"):
        train(TrainRequest(""), tmp_path / "run", resume=True)
    (tmp_path / "data" / "a" / "new.png").unlink()
    write_request(tmp_path / "run", replace(saved, seed=2))
    with pytest.raises(TrainingError, match="already a model 'lung'"):
        train(TrainRequest(""), tmp_path / "run", resume=True)


HOLDER = """
import sys
from pathlib import Path
from cbmir_gui.core.records import TrainRequest
from cbmir_gui.services.training_runs import take_run

with take_run(TrainRequest("d", name="first"), Path(sys.argv[1]), False):
    print("training", flush=True)
    sys.stdin.read()
"""


@pytest.mark.usefixtures("learned")
@pytest.mark.parametrize("end", ["close", "kill"])
def test_a_second_training_at_once_is_refused_until_the_first_ends(
    tmp_path: Path, end: str
) -> None:
    first, second = runs_dir() / "first", tmp_path / "second"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(first)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b"training\n"
        with pytest.raises(TrainingError, match=r"is running \('first'\)\. Wait"):
            train(TrainRequest("d", name="lung"), second)
        assert not second.exists()
        if end == "kill":
            process.kill()
        else:
            process.stdin.close()
        process.wait()
    assert train(TrainRequest("d", name="lung"), second)["name"] == "lung"


def test_a_run_of_another_home_is_not_worked_on_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "run"
    with take_run(TrainRequest("d", name="lung"), folder, False):
        monkeypatch.setenv("CBMIR_HOME", str(tmp_path / "other home"))
        with (
            pytest.raises(TrainingError, match="Another training is running"),
            take_run(TrainRequest(""), folder, True),
        ):
            pytest.fail("the run was taken twice")


def test_wishes_for_an_earlier_process_are_forgotten(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    for name in ("stop", "pause"):
        (folder / name).touch()
    with take_run(TrainRequest("d", name="lung"), folder, False):
        assert not {"stop", "pause"} & {path.name for path in folder.iterdir()}


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
