"""Every system learns true labels, and finds nothing where they were shuffled."""

from pathlib import Path

import pytest

from cbmir_gui.core.records import TrainRequest
from cbmir_gui.services import training
from cbmir_gui.services.training import train

MANIFESTS = ("manifest.csv", "shuffled.csv")
CHANCE = 1 / 3
FAIR = 0.2
"""60 images are judged: 99.9 % of fair guesses lie so near to chance."""


def test_the_dcnn_learns_true_labels_and_no_shuffled_ones(
    labelled_images: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "measure_model", lambda card, *_: card)
    accuracy = {}
    for manifest in MANIFESTS:
        request = TrainRequest(
            str(labelled_images / manifest),
            architecture="dcnn",
            epochs=5,
            batch_size=10,
            patience=5,
        )
        accuracy[manifest] = train(request)["metrics"]["val_accuracy"]
    assert accuracy["manifest.csv"] > 0.7
    assert abs(accuracy["shuffled.csv"] - CHANCE) < FAIR


def test_the_vgg16_embeds_no_shuffled_labels(labelled_images: Path) -> None:
    request = TrainRequest(
        str(labelled_images / "shuffled.csv"), epochs=1, batch_size=15, image_size=32
    )
    figures = train(request)["metrics"]["val"]["embedding"]["figures"]
    assert abs(figures["accuracy"] - CHANCE) < FAIR
    assert abs(figures["precision_at_1"] - CHANCE) < FAIR


def test_the_autoencoder_embeds_true_labels_and_no_shuffled_ones(
    labelled_images: Path,
) -> None:
    precision = {}
    for manifest in MANIFESTS:
        request = TrainRequest(
            str(labelled_images / manifest),
            architecture="autoencoder",
            epochs=1,
            batch_size=15,
        )
        figures = train(request)["metrics"]["val"]["embedding"]["figures"]
        precision[manifest] = figures["precision_at_1"]
    assert precision["manifest.csv"] > 0.7
    assert abs(precision["shuffled.csv"] - CHANCE) < FAIR
