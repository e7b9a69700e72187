"""The card says what was trained on what, and names no folder."""

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cbmir_gui.core.records import EpochReport, ImageSource, LeftOutImage, TrainRequest
from cbmir_gui.engine.run_folder import write_request
from cbmir_gui.networks.registry import ARCHITECTURES
from cbmir_gui.training.batches import ImageTable
from cbmir_gui.training.datasets import TrainingData
from cbmir_gui.training.finished_model import make_card
from cbmir_gui.training.recipe import make_recipe
from cbmir_gui.training.run_log import RunLog
from cbmir_gui.training.training_result import TrainingResult

EPOCHS = (
    EpochReport(1, 3, 2.0, 1.5, 0.4, 0.6, 10.0, 40.0, 64, 1),
    EpochReport(2, 3, 1.0, 1.2, 0.5, 0.7, 20.0, 20.0, 96, 2),
    EpochReport(3, 3, 0.9, 1.3, 0.6, 0.6, 20.4, 20.0, 96, 2),
)


def make_table(labels: list[int]) -> ImageTable:
    sources = tuple(ImageSource(f"/doe/{row}.png") for row in range(len(labels)))
    pixels = np.zeros((len(labels), 224, 224, 3), np.uint8)
    positions = np.array(labels)
    return ImageTable(sources, pixels, positions, positions)


DATA = TrainingData(
    ("ct", "mr", "us"),
    ("ct", "mr/glioma", "us"),
    make_table([0, 0, 1, 2]),
    make_table([1, -1]),
    (LeftOutImage("/doe/9.png", "it is empty"),),
    "abc",
)
REQUEST = TrainRequest(
    "/home/doe/study/manifest.csv", name="m", epochs=3, weights="/home/doe/start.h5"
)


def card_of(request: TrainRequest, result: TrainingResult) -> dict:
    card = make_card("m", request, make_recipe(request), DATA, result, ("A: MIT",))
    assert card.licences == ("A: MIT",)
    assert card.name == "m"
    return {"card": card, **card.training}


def test_the_card_of_a_classifier_says_how_it_was_trained() -> None:
    described = card_of(REQUEST, TrainingResult({}, EPOCHS[1], EPOCHS, False))
    card = described["card"]
    assert card.classes == ("ct", "mr", "us")
    assert card.layers == {"flatten": 25_088, "pooled": 512, "fc1": 256}
    assert card.metrics == {"val_loss": 1.2, "val_accuracy": 0.7}
    assert described["data"] == {
        "num_train": 4,
        "num_val": 2,
        "num_unreadable": 1,
        "train_counts": {"ct": 2, "mr": 1, "us": 1},
        "val_counts": {"ct": 0, "mr": 1, "us": 0},
        "num_train_second_head_only": 0,
        "second_head_classes": (),
        "sha256": "abc",
    }
    assert (described["num_epochs"], described["best_epoch"]) == (3, 2)
    assert described["seconds"] == 50
    assert described["best_image_size_px"] == 96
    assert described["recipe"]["label_smoothing"] == 0.05


def test_the_time_of_a_training_includes_its_preparation() -> None:
    result = TrainingResult({}, EPOCHS[1], EPOCHS, False, preparation_s=120.3)
    assert card_of(REQUEST, result)["seconds"] == 171


def test_the_card_names_files_by_their_last_part_only() -> None:
    described = card_of(REQUEST, TrainingResult({}, EPOCHS[1], EPOCHS, False))
    assert described["request"]["data"] == "manifest.csv"
    assert described["request"]["weights"] == "start.h5"
    assert "doe" not in str(described)
    windows = replace(REQUEST, data="C:\\doe\\images\\", weights="imagenet")
    described = card_of(windows, TrainingResult({}, EPOCHS[1], EPOCHS, False))
    assert described["request"]["data"] == "images"
    assert described["request"]["weights"] == "imagenet"


@pytest.mark.parametrize("stopped", [True, False])
def test_the_card_of_an_autoencoder_has_no_classes(stopped: bool) -> None:
    request = TrainRequest("d.csv", architecture="autoencoder", epochs=3)
    best = replace(EPOCHS[1], train_accuracy=-1.0, val_accuracy=-1.0)
    described = card_of(request, TrainingResult({}, best, (best,), stopped))
    card = described["card"]
    assert card.classes == ()
    assert card.layers == {"latent": 48}
    assert card.metrics == {"val_loss": 1.2}
    architecture = ARCHITECTURES["autoencoder"]
    assert card.preprocessing == architecture.preprocessing
    assert card.default_metric == "euclidean"
    assert described["stopped_by_user"] is stopped


def test_the_card_names_the_teacher_and_the_training_it_went_on_from(
    tmp_path: Path,
) -> None:
    teacher = tmp_path / "doe" / "teacher.npz"
    teacher.parent.mkdir()
    teacher.write_bytes(b"weights")
    earlier = tmp_path / "doe" / "first-run"
    earlier.mkdir()
    write_request(earlier, TrainRequest("/doe/first.csv", name="first", seed=7))
    with RunLog(earlier) as log:
        log.write(EPOCHS[0])
    request = replace(
        REQUEST, weights=str(earlier), teacher=str(teacher), second_head=True
    )
    described = card_of(request, TrainingResult({}, EPOCHS[1], EPOCHS, False))
    assert described["teacher"]["file"] == "teacher.npz"
    assert described["teacher"]["sha256"] == hashlib.sha256(b"weights").hexdigest()
    assert described["started_from"]["request"]["data"] == "first.csv"
    assert described["started_from"]["request"]["seed"] == 7
    assert described["started_from"]["num_epochs"] == 1
    assert described["data"]["second_head_classes"] == ("ct", "mr/glioma", "us")
    assert "doe" not in str(described)
