"""The head alone learns from features that are computed once."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from cbmir_gui.core.errors import Cancelled, TrainingError
from cbmir_gui.core.progress import no_progress
from cbmir_gui.core.records import EpochReport, ImageArray, ImageSource, TrainRequest
from cbmir_gui.engine.run_events import RunEvent
from cbmir_gui.networks.variables import get_variables
from cbmir_gui.networks.vgg16 import build_vgg16
from cbmir_gui.training.datasets import TrainingData, load_training_data
from cbmir_gui.training.head_features import (
    HeadData,
    head_data,
    head_of,
    num_changed_views,
    train_head,
)
from cbmir_gui.training.objectives import Classification, Objective
from cbmir_gui.training.recipe import Recipe, make_recipe
from cbmir_gui.training.trainer import Trainer
from cbmir_gui.training.training_result import TrainingResult

SIZE_PX = 32
NUM_EPOCHS = 4
OUT_OF_MEMORY = [
    MemoryError(),
    tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor"),
]


@pytest.fixture(autouse=True)
def float32() -> Iterator[None]:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    yield
    keras.config.set_dtype_policy(before)


def make_data() -> TrainingData:
    sources = [
        ImageSource(f"/{split}/{name}{n}", class_name=name, split=split)
        for split in ("train", "val")
        for name in ("bright", "dark")
        for n in range(4)
    ]

    def decode(source: ImageSource) -> ImageArray:
        rng = np.random.default_rng(list(source.path.encode()))
        noise = rng.integers(0, 100, (50, 50))
        return np.asarray(noise + 150 * (source.class_name == "bright"), np.uint8)

    return load_training_data(sources, decode, no_progress)


@pytest.fixture
def network() -> keras.Model:
    keras.utils.set_random_seed(1)
    return build_vgg16(2, image_size=SIZE_PX, dropout=0.3)


REQUEST = TrainRequest(
    "d",
    weights="w",
    trainable="head",
    epochs=NUM_EPOCHS,
    batch_size=4,
    image_size=SIZE_PX,
)
OBJECTIVE = Classification(2, 0.05)


def recipe_of(*, augment: bool) -> Recipe:
    return replace(make_recipe(REQUEST), augment=augment)


def test_the_head_says_of_the_features_what_the_network_says_of_the_image(
    network: keras.Model,
) -> None:
    data = make_data()
    recipe = recipe_of(augment=False)
    features = head_data(network, OBJECTIVE, recipe, REQUEST, data, no_progress)
    assert features.train.views.shape == (8, 1, 512)
    images = np.stack([data.train.plain(row, SIZE_PX) for row in range(8)])
    expected = network(OBJECTIVE.prepare(images), training=False)
    plain = np.stack([features.train.plain(row, SIZE_PX) for row in range(8)])
    # The features are kept in 16 bits.
    np.testing.assert_allclose(head_of(network)(plain), expected, atol=2e-3)


def test_every_image_is_seen_in_a_few_changed_views(network: keras.Model) -> None:
    recipe = recipe_of(augment=True)
    first, second = (
        head_data(network, OBJECTIVE, recipe, REQUEST, make_data(), no_progress)
        for _ in range(2)
    )
    assert first.train.views.shape == (8, 5, 512)
    assert first.validation.views.shape == (8, 1, 512)
    np.testing.assert_array_equal(first.train.views, second.train.views)
    assert len(np.unique(first.train.views[0], axis=0)) == 5
    seen = {
        first.train.changed(0, SIZE_PX, np.random.default_rng(seed)).tobytes()
        for seed in range(60)
    }
    assert len(seen) == 5


def test_who_wants_unchanged_images_pays_for_no_others(network: keras.Model) -> None:
    request = replace(REQUEST, augment=False)
    recipe = recipe_of(augment=True)
    features = head_data(network, OBJECTIVE, recipe, request, make_data(), no_progress)
    assert features.train.views.shape == (8, 1, 512)


@pytest.mark.parametrize("error", OUT_OF_MEMORY)
def test_fewer_images_are_looked_at_where_the_memory_is_scarce(
    network: keras.Model, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    recipe = recipe_of(augment=False)
    arguments = network, OBJECTIVE, recipe, REQUEST, make_data(), no_progress
    expected = head_data(*arguments).train.views
    prepare = Classification.prepare
    num_images = 4

    def fail(self: Classification, images: tf.Tensor) -> tf.Tensor:
        if images.shape[0] > num_images:
            raise error
        return prepare(self, images)

    monkeypatch.setattr(Classification, "prepare", fail)
    views = head_data(*arguments).train.views
    np.testing.assert_allclose(views, expected, atol=2e-3)
    num_images = 1
    with pytest.raises(TrainingError, match="not even on 2 images"):
        head_data(*arguments)


@pytest.mark.parametrize(
    ("num_images", "expected"), [(1, 4), (100, 4), (160, 2), (216, 1), (9000, 1)]
)
def test_large_sets_need_fewer_views(num_images: int, expected: int) -> None:
    assert num_changed_views(num_images) == expected


class HeadTraining:
    """One training of a head in a folder, begun anew as often as needed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folder.mkdir(exist_ok=True)
        self.told: dict[int, EpochReport] = {}

    def go(self, network: keras.Model, num_batches: int = 99) -> TrainingResult:
        recipe = recipe_of(augment=True)

        def report(event: RunEvent) -> None:
            if isinstance(event, EpochReport):
                self.told[event.epoch] = event

        def is_stopped() -> bool:
            nonlocal num_batches
            num_batches -= 1
            if num_batches < 0:
                raise KeyboardInterrupt
            return False

        def learn(
            head: keras.Model, objective: Objective, features: HeadData
        ) -> TrainingResult:
            epochs = tuple(self.told.values())
            folder = self.folder
            trainer = Trainer(head, objective, recipe, REQUEST, folder, epochs)
            return trainer.run(features, report, is_stopped)

        return train_head(
            network, OBJECTIVE, recipe, REQUEST, make_data(), no_progress, learn
        )


def test_a_trained_head_comes_with_the_frozen_layers(
    tmp_path: Path, network: keras.Model
) -> None:
    before = get_variables(network)
    result = HeadTraining(tmp_path).go(network)
    assert result.weights.keys() == before.keys()
    for name, array in before.items():
        is_frozen = name.startswith("block")
        stored = array.astype(np.float16) if is_frozen else array
        assert np.array_equal(result.weights[name], stored) is is_frozen
    assert result.epochs[-1].val_loss < result.epochs[0].val_loss
    # Checkpoints hold the head alone.
    assert max(path.stat().st_size for path in tmp_path.glob("*.h5")) < 2**22


def test_the_time_of_a_head_includes_the_features_but_no_waiting(
    tmp_path: Path, network: keras.Model
) -> None:
    num_waits = 0

    def wait(done: int, total: int, text: str = "") -> None:
        nonlocal num_waits
        num_waits += 1
        time.sleep(0.5)

    recipe = recipe_of(augment=True)
    arguments = network, OBJECTIVE, recipe, REQUEST, make_data()
    started = time.perf_counter()
    features = head_data(*arguments, wait)
    elapsed_s = time.perf_counter() - started
    assert 0 < features.seconds < elapsed_s - num_waits * 0.5
    result = HeadTraining(tmp_path).go(network)
    assert result.preparation_s > 0
    learned_s = sum(epoch.seconds for epoch in result.epochs)
    assert result.seconds == pytest.approx(result.preparation_s + learned_s)


def test_a_killed_head_goes_on_as_if_unbroken(tmp_path: Path) -> None:
    def start() -> keras.Model:
        keras.utils.set_random_seed(1)
        return build_vgg16(2, image_size=SIZE_PX, dropout=0.3)

    expected = HeadTraining(tmp_path / "unbroken").go(start())
    broken = HeadTraining(tmp_path / "broken")
    with pytest.raises(KeyboardInterrupt):
        broken.go(start(), num_batches=9)  # of 2 + 2 in an epoch
    assert max(broken.told) == 2
    result = broken.go(start())
    np.testing.assert_allclose(
        [epoch.train_loss for epoch in result.epochs],
        [epoch.train_loss for epoch in expected.epochs],
        rtol=0.02,
    )
    assert result.best.epoch == expected.best.epoch


def test_a_head_is_not_gone_on_with_on_other_layers(
    tmp_path: Path, network: keras.Model
) -> None:
    training = HeadTraining(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        training.go(network, num_batches=5)
    network.get_layer("block1_conv1").bias.assign(np.full(64, 0.01))
    with pytest.raises(TrainingError, match=r"started from has changed.*a new"):
        training.go(network)


def test_looking_at_the_images_can_be_stopped(network: keras.Model) -> None:
    def stop(done: int, total: int, text: str = "") -> None:
        assert (total, text) == (8 * 5 + 8, "Looking at the images")
        if done:
            raise Cancelled

    recipe = recipe_of(augment=True)
    with pytest.raises(Cancelled):
        head_data(network, OBJECTIVE, recipe, REQUEST, make_data(), stop)
