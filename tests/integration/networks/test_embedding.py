"""The embedding of the default VGG16."""

import keras
import numpy as np

from cbmir_gui.networks.embedding import (
    PLAIN_DIM,
    PLAIN_WEIGHT,
    STATISTICS_DIM,
    add_embedding,
    generalised_mean,
    pooled_statistics,
)
from cbmir_gui.networks.variables import get_variables
from cbmir_gui.networks.vgg16 import build_vgg16

IMAGES = np.random.default_rng(0).normal(0, 40, (2, 64, 64, 3)).astype(np.float32)


def test_generalised_mean_is_the_cube_root_of_the_mean_cube() -> None:
    values = np.random.default_rng(0).random((2, 3, 3, 4)).astype(np.float32)
    inputs = keras.Input((3, 3, 4))
    result = keras.Model(inputs, generalised_mean(inputs))(values).numpy()
    expected = (values**3).mean(axis=(1, 2)) ** (1 / 3)
    np.testing.assert_allclose(result, expected, rtol=1e-5)


def test_both_parts_have_their_length() -> None:
    model = add_embedding(build_vgg16(3, image_size=None), PLAIN_DIM + 5)
    probabilities, embedding, _ = model(IMAGES)
    assert probabilities.shape == (2, 3)
    np.testing.assert_allclose(probabilities.numpy().sum(axis=1), 1.0, rtol=1e-5)
    assert embedding.shape == (2, PLAIN_DIM + 5)
    lengths = np.linalg.norm(embedding[:, :5], axis=1)
    np.testing.assert_allclose(lengths, 1.0, rtol=1e-4)
    lengths = np.linalg.norm(embedding[:, 5:], axis=1)
    np.testing.assert_allclose(lengths, PLAIN_WEIGHT, rtol=1e-4)


def test_statistics_are_what_the_directions_take() -> None:
    network = build_vgg16(3, image_size=None)
    statistics = keras.Model(network.input, pooled_statistics(network))(IMAGES)
    assert statistics.shape == (2, STATISTICS_DIM)
    kernel = get_variables(add_embedding(network, PLAIN_DIM + 2))["directions/kernel"]
    assert kernel.shape == (STATISTICS_DIM, 2)


def test_trained_head_is_left_as_it_was() -> None:
    network = build_vgg16(3, image_size=None)
    expected = network(IMAGES).numpy()
    _, _, head = add_embedding(network, PLAIN_DIM + 2)(IMAGES)
    np.testing.assert_array_equal(head.numpy(), expected)


def test_probabilities_are_a_product_of_scores_and_the_trained_head() -> None:
    network = build_vgg16(3, image_size=None)
    model = add_embedding(network, PLAIN_DIM + 4)
    statistics = keras.Model(model.input, pooled_statistics(model))(IMAGES).numpy()
    rng = np.random.default_rng(1)
    kernel = rng.normal(0, 1, (STATISTICS_DIM, 3)).astype(np.float32)
    bias = rng.normal(0, 1, 3).astype(np.float32)
    model.get_layer("class_scores").set_weights([kernel, bias])
    powers = np.exp(statistics @ kernel + bias) * network(IMAGES).numpy()
    expected = powers / powers.sum(axis=1, keepdims=True)
    probabilities, _, _ = model(IMAGES)
    np.testing.assert_allclose(probabilities.numpy(), expected, rtol=1e-3, atol=1e-6)


def test_an_expert_that_is_wholly_sure_does_not_veto_the_other() -> None:
    network = build_vgg16(3, image_size=None)
    kernel, _ = network.get_layer("probabilities").get_weights()
    sure = np.array([500, 0, 0], np.float32)
    network.get_layer("probabilities").set_weights([0 * kernel, sure])
    model = add_embedding(network, PLAIN_DIM + 4)
    kernel, _ = model.get_layer("class_scores").get_weights()
    other = np.array([0, 50, 0], np.float32)
    model.get_layer("class_scores").set_weights([0 * kernel, other])
    probabilities, _, _ = model(IMAGES)
    assert np.isfinite(probabilities.numpy()).all()
    assert (probabilities.numpy().argmax(axis=1) == 1).all()
