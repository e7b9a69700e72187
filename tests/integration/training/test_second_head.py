"""Heads that are there while a network learns, and the teacher that one imitates."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from cbmir_gui.core.errors import ModelDamagedError, TrainingError
from cbmir_gui.core.progress import no_progress
from cbmir_gui.core.records import ImageArray, ImageSource, TrainRequest
from cbmir_gui.networks.mobilenetv2 import build_mobilenetv2, load_mobilenetv2
from cbmir_gui.networks.variables import get_variables, set_variables
from cbmir_gui.networks.vgg16 import build_vgg16
from cbmir_gui.training.datasets import TrainingData, load_training_data
from cbmir_gui.training.finished_model import plain_weights
from cbmir_gui.training.second_head import add_second_head, with_teacher

RNG = np.random.default_rng(2)


@pytest.fixture(autouse=True)
def float32() -> Iterator[None]:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    yield
    keras.config.set_dtype_policy(before)


def make_data(num_per_class: int = 2) -> TrainingData:
    sources = [
        ImageSource(f"/{split}/{name}{n}", class_name=name, split=split)
        for split in ("train", "val")
        for name in ("a", "b")
        for n in range(num_per_class)
    ]

    return load_training_data(sources, decode, no_progress)


def decode(source: ImageSource) -> ImageArray:
    """Return a picture of its own for each path."""
    rng = np.random.default_rng(list(source.path.encode()))
    return rng.integers(0, 256, (40, 50), np.uint8)


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a MobileNetV2 with random weights."""
    keras.utils.set_random_seed(3)
    path = tmp_path_factory.mktemp("teacher") / "mobilenetv2.npz"
    # So that something is left of an image after fifty layers.
    weights = {k: 1.5 * v for k, v in get_variables(build_mobilenetv2()).items()}
    np.savez(path, **weights, **{"logits/kernel": np.zeros((1280, 1000))})
    return path


def test_the_network_without_its_second_head_predicts_the_same() -> None:
    keras.utils.set_random_seed(1)
    learned = build_vgg16(2, batch_norm=True, image_size=32)
    for variable in learned.variables:
        if variable.name in {"moving_mean", "beta"}:
            variable.assign(RNG.normal(0, 0.1, variable.shape))
        if variable.name in {"moving_variance", "gamma"}:
            variable.assign(RNG.uniform(0.5, 1.5, variable.shape))
    both = add_second_head(learned, 5, has_teacher=True)
    images = RNG.normal(0, 50, (2, 32, 32, 3)).astype(np.float32)
    outputs = both(images, training=False)
    assert outputs["fine"].shape == (2, 5)
    np.testing.assert_allclose(
        np.linalg.norm(outputs["imitation"], axis=1), 1, rtol=1e-5
    )

    saved = build_vgg16(2, image_size=32)
    set_variables(saved, plain_weights(get_variables(both)), "saved")
    # Weights are rounded as they are stored, in 16 bits.
    np.testing.assert_allclose(
        saved(images, training=False), outputs["probabilities"], atol=1e-3
    )


def test_a_network_without_a_teacher_imitates_nobody() -> None:
    learned = build_vgg16(2, batch_norm=True, image_size=32)
    both = add_second_head(learned, 3, has_teacher=False)
    assert set(both(np.zeros((1, 32, 32, 3)))) == {"probabilities", "fine"}


def test_the_teacher_is_asked_for_a_unit_vector_of_every_image(teacher: Path) -> None:
    data = with_teacher(make_data(), str(teacher), no_progress)
    for table in (data.train, data.validation):
        assert table.teacher is not None
        assert table.teacher.shape == (len(table), 1280)
        np.testing.assert_allclose(np.linalg.norm(table.teacher, axis=1), 1, rtol=1e-5)


def test_what_all_images_share_is_not_imitated(teacher: Path) -> None:
    data = make_data()
    network = load_mobilenetv2(teacher)
    features = np.asarray(network(data.train.pixels.astype(np.float32)))
    centred = features - features.mean(axis=0)
    expected = centred / np.linalg.norm(centred, axis=1, keepdims=True)
    taught = with_teacher(data, str(teacher), no_progress).train.teacher
    # What is left after the mean is small, and batches round differently.
    assert ((taught * expected).sum(axis=1) > 0.99).all()


def test_a_teacher_that_is_not_there_is_named_without_its_folder(
    tmp_path: Path,
) -> None:
    with pytest.raises(TrainingError, match=r"no teacher 'none\.npz'") as error:
        with_teacher(make_data(1), str(tmp_path / "none.npz"), no_progress)
    assert str(tmp_path) not in str(error.value)


def test_a_file_that_is_no_array_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "text.npz"
    path.write_text("not arrays")
    with pytest.raises(ModelDamagedError, match="not a file of arrays"):
        load_mobilenetv2(path)


def test_a_file_that_would_run_code_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "code.npz"
    np.savez(path, **{"Conv1/kernel": np.array([{"a": 1}], dtype=object)})
    with pytest.raises(ModelDamagedError, match="is not a plain array"):
        load_mobilenetv2(path)


def test_the_arrays_of_another_network_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.npz"
    np.savez(path, **{"Conv1/kernel": np.zeros((3, 3, 3, 32), np.float32)})
    with pytest.raises(
        ModelDamagedError, match="do not fit this version's architecture"
    ):
        load_mobilenetv2(path)


def test_companions_teach_the_second_head_only() -> None:
    sources = [
        ImageSource(f"/{split}/{name}", class_name=name, split=split)
        for split in ("train", "val")
        for name in ("a", "b")
    ]
    sources[0] = replace(sources[0], diagnosis="glioma")
    companions = [ImageSource("/train/c", class_name="c", split="train")]
    data = load_training_data(sources, decode, no_progress, companions=companions)
    assert data.classes == ("a", "b")
    assert data.fine_classes == ("a", "a/glioma", "b", "c")
    assert data.train.labels.tolist() == [0, 1, -1]
    assert data.train.fine_labels.tolist() == [1, 2, 3]


def test_only_the_default_vgg16_takes_a_second_head() -> None:
    from cbmir_gui.training.recipe import make_recipe

    request = TrainRequest("d", architecture="autoencoder", second_head=True)
    with pytest.raises(TrainingError, match="Only the default VGG16"):
        make_recipe(request)
