import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from cbmir_gui.core.errors import Cancelled, TrainingError
from cbmir_gui.core.records import TrainRequest
from cbmir_gui.features.registry import open_extractor
from cbmir_gui.networks.model_store import find_model, verify_model
from cbmir_gui.networks.weights_file import read_weights
from cbmir_gui.services import training
from cbmir_gui.services.training import train
from cbmir_gui.training import embedding
from cbmir_gui.training.run_log import read_epochs


@pytest.fixture
def unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out figures and embedding of the new model: they take longer than it."""
    monkeypatch.setattr(training, "measure_model", lambda card, *_: card)
    monkeypatch.setattr(
        embedding, "with_embedding", lambda weights, *_: embedding.Embedded(weights)
    )


SMALL = {"epochs": 6, "batch_size": 15, "image_size": 32, "patience": 6}


@pytest.mark.usefixtures("unmeasured")
def test_true_labels_are_learned_and_shuffled_labels_give_chance(
    labelled_images: Path,
) -> None:
    accuracy = {}
    for manifest in ("manifest.csv", "shuffled.csv"):
        request = TrainRequest(str(labelled_images / manifest), **SMALL)
        card = train(request)
        accuracy[manifest] = card["metrics"]["val_accuracy"]
    assert accuracy["manifest.csv"] > 0.7
    # 60 validation images, chance 1/3: 99.9 % of fair guesses lie within 0.2 of it.
    assert abs(accuracy["shuffled.csv"] - 1 / 3) < 0.2


def test_a_trained_model_is_an_extractor_with_a_card(labelled_images: Path) -> None:
    request = TrainRequest(
        str(labelled_images / "manifest.csv"), name="shapes", **SMALL | {"epochs": 1}
    )
    card = train(request)
    assert verify_model("shapes").classes == ("bars", "blobs", "rings")
    assert card["training"]["data"]["train_counts"]["rings"] == 20
    figures = card["metrics"]["val"]["pooled"]
    assert figures["num_queries"] == 60
    assert figures["database_size"] == 60
    assert 0 < figures["figures"]["mean_average_precision"] <= 1
    embedded = card["metrics"]["val"]["embedding"]["figures"]
    assert embedded["precision_at_1"] > 0.7
    extractor = open_extractor("shapes", "pooled")
    batch = extractor.preprocess(np.zeros((80, 60), np.uint8))[np.newaxis]
    extraction = extractor.extract(batch)
    assert extraction.features.shape == (1, 512)
    assert extraction.probabilities is not None
    assert extraction.probabilities.sum() == pytest.approx(1.0, abs=1e-4)


@pytest.mark.usefixtures("unmeasured")
def test_a_taken_name_is_refused_before_training(labelled_images: Path) -> None:
    request = TrainRequest(
        str(labelled_images / "manifest.csv"), name="twice", **SMALL | {"epochs": 1}
    )
    train(request)
    with pytest.raises(TrainingError, match="already a model 'twice'"):
        train(request)


@pytest.mark.usefixtures("unmeasured")
def test_a_frozen_network_keeps_the_weights_it_started_from(
    labelled_images: Path,
) -> None:
    data = str(labelled_images / "manifest.csv")
    train(TrainRequest(data, name="first", **SMALL | {"epochs": 1}))
    head_only = {"epochs": 1, "weights": "first", "trainable": "head"}
    train(TrainRequest(data, name="second", **SMALL | head_only))
    first, second = (
        read_weights(find_model(name) / "weights.h5", name)
        for name in ("first", "second")
    )
    for name, array in first.items():
        if name.startswith("block"):
            np.testing.assert_array_equal(second[name], array)
    assert not np.array_equal(first["fc1/kernel"], second["fc1/kernel"])


@pytest.mark.usefixtures("unmeasured")
def test_the_autoencoder_trains_and_its_loss_falls(
    labelled_images: Path, home: Path
) -> None:
    request = TrainRequest(
        str(labelled_images / "manifest.csv"),
        architecture="autoencoder",
        name="encoder",
        epochs=2,
        batch_size=15,
    )
    train(request, home / "run")
    first, second = read_epochs(home / "run")
    assert second.val_loss < first.val_loss
    extractor = open_extractor("encoder")
    assert extractor.info.feature_dim == 48
    assert extractor.classes == ()


@pytest.mark.usefixtures("unmeasured")
def test_a_killed_training_goes_on_as_if_unbroken(
    labelled_images: Path, home: Path
) -> None:
    few = SMALL | {"epochs": 3}
    request = TrainRequest(
        str(labelled_images / "manifest.csv"), name="unbroken", **few
    )
    train(request, home / "unbroken")
    folder = home / "broken"
    command = [sys.executable, "-m", "cbmir_gui", "train", request.data]
    command += ["--name=broken", "--epochs=3", "--batch-size=15", "--image-size=32"]
    command += ["--patience=6", f"--run-folder={folder}"]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while not _has_epoch(folder, 1):
        assert process.poll() is None, "the training ended too early"
        time.sleep(0.05)  # the training needs both processors
    process.send_signal(signal.SIGKILL)
    process.wait()
    killed_at = len(read_epochs(folder))
    assert 1 <= killed_at < 3
    train(TrainRequest(""), folder, resume=True)
    unbroken, broken = read_epochs(home / "unbroken"), read_epochs(folder)
    assert [epoch.epoch for epoch in broken] == [1, 2, 3]
    np.testing.assert_allclose(
        [epoch.train_loss for epoch in broken],
        [epoch.train_loss for epoch in unbroken],
        rtol=0.02,
    )


@pytest.mark.usefixtures("unmeasured")
def test_a_stop_keeps_the_best_weights_so_far(
    labelled_images: Path, home: Path
) -> None:
    folder = home / "stopped"
    request = TrainRequest(
        str(labelled_images / "manifest.csv"), name="stopped", **SMALL
    )

    def stop_in_the_second_epoch(done: int, total: int, text: str = "") -> None:
        if text.startswith("Epoch 2"):
            (folder / "stop").touch()

    card = train(request, folder, progress=stop_in_the_second_epoch)
    assert card["training"]["stopped_by_user"]
    assert card["training"]["best_epoch"] == 1
    last = (folder / "progress.jsonl").read_text().splitlines()[-1]
    assert json.loads(last)["event"] == "stopped"


def _has_epoch(folder: Path, number: int) -> bool:
    return any(epoch.epoch >= number for epoch in read_epochs(folder))


def test_a_stop_before_the_first_epoch_leaves_no_model(
    labelled_images: Path, home: Path
) -> None:
    folder = home / "early"
    request = TrainRequest(str(labelled_images / "manifest.csv"), name="early", **SMALL)

    def stop_at_once(done: int, total: int, text: str = "") -> None:
        (folder / "stop").touch()

    with pytest.raises(Cancelled):
        train(request, folder, progress=stop_at_once)
    last = json.loads((folder / "progress.jsonl").read_text().splitlines()[-1])
    assert last == {"event": "stopped", "model": "", "card": "", "reason": ""}
    assert not (home / "trained_models" / "early").exists()
