"""A network of the papers' tables, trained from scratch for seconds."""

from pathlib import Path

import numpy as np
import pytest

from cbmir_gui.core.errors import Cancelled, TrainingError
from cbmir_gui.core.progress import no_progress
from cbmir_gui.core.records import ImageArray, ImageSource
from cbmir_gui.training.baseline_training import BaselineLimits, train_baseline
from cbmir_gui.training.datasets import TrainingData, load_training_data
from cbmir_gui.training.network_steps import NetworkSteps, StepResult

LIMITS = BaselineLimits(budget_s=600, max_epochs=2)


def decode(source: ImageSource) -> ImageArray:
    """Return stripes of the class's direction, with noise of the image's own."""
    number = int(Path(source.path).name)
    stripes = np.tile(np.repeat([40, 200], 8), 8)[:, np.newaxis] * np.ones(128)
    pixels = stripes if source.class_name == "a" else stripes.T
    noise = np.random.default_rng(number).normal(0, 10, pixels.shape)
    return np.clip(pixels + noise, 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def data() -> TrainingData:
    sources = [
        ImageSource(f"/{number}", class_name="ab"[number % 2], split=split)
        for number, split in enumerate(["train"] * 32 + ["val"] * 8)
    ]
    return load_training_data(sources, decode, no_progress)


def test_a_network_learns_and_says_what_it_cost(data: TrainingData) -> None:
    trained = train_baseline("resnet18", data, LIMITS, no_progress)
    assert trained.cost.num_epochs == 2
    assert trained.cost.seconds > 0
    assert 0 <= trained.cost.val_accuracy <= 1
    image = decode(ImageSource("/100", class_name="a"))
    inputs = trained.preprocess(image)
    assert inputs.shape == (96, 96, 3)
    outputs = trained.run(np.stack([inputs, inputs[::-1]]))
    assert outputs["features"].shape == (2, trained.feature_dim)
    assert outputs["features"].dtype == np.float32
    np.testing.assert_allclose(outputs["probabilities"].sum(axis=1), 1, atol=1e-3)


def test_the_budget_ends_a_training_within_an_epoch(data: TrainingData) -> None:
    limits = BaselineLimits(budget_s=1e-6, max_epochs=30)
    assert train_baseline("resnet18", data, limits, no_progress).cost.num_epochs <= 1


def test_a_loss_on_val_that_is_no_number_is_an_error(
    data: TrainingData, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = StepResult(float("nan"), 0)
    monkeypatch.setattr(NetworkSteps, "train", lambda *_: StepResult(1.0, 0))
    monkeypatch.setattr(NetworkSteps, "evaluate", lambda *_: result)
    with pytest.raises(TrainingError, match=r"'resnet18' became unstable: .* nan"):
        train_baseline("resnet18", data, LIMITS, no_progress)


def test_a_training_can_be_stopped(data: TrainingData) -> None:
    def stop(done: int, total: int, text: str = "") -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        train_baseline("resnet18", data, LIMITS, stop)
