"""The fit of the default VGG16's embedding, and of what it says of the classes."""

import numpy as np
import pytest
import tensorflow as tf

from cbmir_gui.core.progress import no_progress
from cbmir_gui.core.records import ImageSource, TrainRequest
from cbmir_gui.features.known_inputs import KnownInputs
from cbmir_gui.networks.registry import ARCHITECTURES, STATISTICS
from cbmir_gui.networks.variables import get_variables
from cbmir_gui.training import embedding
from cbmir_gui.training.datasets import TrainingData, load_training_data
from cbmir_gui.training.embedding import Embedded, Weights, with_embedding

CLASSES = ("ct/head", "mr\\spine", "us")


@pytest.fixture(scope="module")
def weights() -> Weights:
    """Weights of a network that has learned nothing."""
    return get_variables(ARCHITECTURES["vgg16"].build(len(CLASSES), "default", 0))


def load(
    num_train: int, others: tuple[str, ...] = (), num_more: int = 0
) -> TrainingData:
    """Make images at random; the first class has more."""
    rng = np.random.default_rng(0)

    def make(class_name: str, split: str, number: int) -> ImageSource:
        return ImageSource(
            f"/{class_name}{split}{number}.png", class_name=class_name, split=split
        )

    def make_all(names: tuple[str, ...]) -> list[ImageSource]:
        return [
            make(name, split, number)
            for name in names
            for split in ("train", "val")
            for number in range(count_of(name) if split == "train" else 1)
        ]

    def count_of(name: str) -> int:
        return num_train + num_more * (name == CLASSES[0])

    return load_training_data(
        make_all(CLASSES),
        lambda _: rng.integers(0, 256, (64, 64), dtype=np.uint8),
        no_progress,
        companions=make_all(others),
    )


def fit(
    weights: Weights, data: TrainingData, known: KnownInputs | None = None
) -> Embedded:
    return with_embedding(
        weights,
        data,
        TrainRequest(""),
        lambda pixels: tf.cast(pixels, tf.float32),
        no_progress,
        known,
    )


@pytest.mark.parametrize("others", [(), ("a/b", "zoo")])
def test_classes_with_slashes_have_finite_scores(
    weights: Weights, others: tuple[str, ...]
) -> None:
    embedded = fit(weights, load(2, others))
    fitted = embedded.weights
    assert embedded.embedding_dim > 0
    assert fitted["class_scores/kernel"].shape[1] == len(CLASSES)
    assert np.isfinite(fitted["class_scores/kernel"]).all()
    assert np.isfinite(fitted["class_scores/bias"]).all()


def test_the_heads_knowledge_of_shares_is_taken_out(
    weights: Weights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding, "fit_scale", lambda *_: 0.0)
    fitted = fit(weights, load(2, num_more=2)).weights
    np.testing.assert_array_equal(fitted["class_scores/kernel"], 0)
    expected = -np.log(np.array([4, 2, 2]) / 8)
    np.testing.assert_allclose(fitted["class_scores/bias"], expected, rtol=1e-5)


def test_one_image_of_each_class_teaches_no_embedding(weights: Weights) -> None:
    embedded = fit(weights, load(1))
    assert embedded.embedding_dim == 0
    assert embedded.weights is weights


def test_what_the_convolutions_said_before_is_not_computed_again(
    weights: Weights, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = load(2)
    first = fit(weights, data)
    assert first.known is not None
    assert first.known.values[STATISTICS].shape[0] == len(data.train)
    monkeypatch.setattr(embedding._Statistics, "of", None)
    second = fit(weights, data, first.known)
    for name, array in first.weights.items():
        np.testing.assert_array_equal(second.weights[name], array)
