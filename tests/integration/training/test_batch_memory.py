"""Batches that are lowered before a step would take more memory than there is."""

from collections.abc import Iterator

import keras
import pytest
import tensorflow as tf
from keras import layers

from cbmir_gui.core.errors import TrainingError
from cbmir_gui.training import batch_memory
from cbmir_gui.training.batch_memory import bytes_per_image, fitting_batch

CONV_BYTES = 14 * 14 * 4 * 4
"""What the convolution says of 16 px."""
LEARNED = 2 * CONV_BYTES + 2 * CONV_BYTES + 4 * 4 + 2 * 4
"""Twice the largest; then convolution, ReLU, mean and classes."""
GRADIENTS = 4 * (3 * 3 * 3 * 4 + 4 + 4 * 2 + 2)


@pytest.fixture(autouse=True)
def float32() -> Iterator[None]:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    yield
    keras.config.set_dtype_policy(before)


@pytest.fixture
def network() -> keras.Model:
    inputs = keras.Input((None, None, 3))
    hidden = layers.ReLU()(layers.Conv2D(4, 3, name="block1_conv1")(inputs))
    hidden = layers.GlobalAveragePooling2D()(hidden)
    return keras.Model(inputs, layers.Dense(2, activation="softmax")(hidden))


def test_what_learns_is_kept_for_the_gradients(network: keras.Model) -> None:
    assert bytes_per_image(network, 16) == LEARNED


def test_nothing_is_kept_of_frozen_layers(network: keras.Model) -> None:
    network.get_layer("block1_conv1").trainable = False
    assert bytes_per_image(network, 16) == 2 * CONV_BYTES + 2 * 4


@pytest.mark.parametrize(
    ("num_images", "fitting"), [(32, 32), (31, 16), (15, 8), (4, 4), (3, 2)]
)
def test_a_batch_is_halved_until_it_fits(
    network: keras.Model,
    monkeypatch: pytest.MonkeyPatch,
    num_images: int,
    fitting: int,
) -> None:
    available = GRADIENTS + num_images * LEARNED
    monkeypatch.setattr(batch_memory, "available_bytes", lambda: available)
    assert fitting_batch(network, 16, 32) == fitting


def test_memory_for_one_image_is_not_enough(
    network: keras.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_memory, "available_bytes", lambda: GRADIENTS + LEARNED)
    with pytest.raises(TrainingError, match="not even on 2 images"):
        fitting_batch(network, 16, 32)
    # Where too large a batch is an error, it may be tried.
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda _: ["GPU:0"])
    assert fitting_batch(network, 16, 32) == 32
