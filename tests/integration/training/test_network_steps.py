"""One step against values computed by hand."""

from collections.abc import Iterator

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from cbmir_gui.networks.variables import get_variables
from cbmir_gui.training.network_steps import (
    Classification,
    NetworkSteps,
    Reconstruction,
    make_optimizer,
    optimizer_arrays,
    restore_optimizer,
    seed_dropout,
    set_trainable,
)
from cbmir_gui.training.recipe import Recipe

IMAGES = np.random.default_rng(0).integers(0, 256, (6, 8, 8, 3)).astype(np.uint8)
LABELS = np.array([0, 1, 2, 0, 1, 2])


@pytest.fixture(autouse=True)
def float32() -> Iterator[None]:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    yield
    keras.config.set_dtype_policy(before)


def make_recipe(optimizer: str = "adamw") -> Recipe:
    return Recipe((), optimizer, 0.5, 0.1, 0.0, batch_norm=True)


def make_network() -> keras.Model:
    keras.utils.set_random_seed(1)
    inputs = keras.Input((8, 8, 3))
    hidden = layers.Conv2D(4, 3, name="block1_conv1")(inputs)
    hidden = layers.BatchNormalization(name="block1_conv1_bn")(hidden)
    hidden = layers.Conv2D(4, 3, name="block5_conv1")(hidden)
    hidden = layers.BatchNormalization(name="block5_conv1_bn")(hidden)
    hidden = layers.GlobalAveragePooling2D(name="pooled")(hidden)
    hidden = layers.Dropout(0.5, name="dropout")(hidden)
    outputs = layers.Dense(3, activation="softmax", name="probabilities")(hidden)
    return keras.Model(inputs, outputs)


def make_steps(model: keras.Model) -> NetworkSteps:
    return NetworkSteps(model, Classification(3, 0.1), make_optimizer(make_recipe()))


def changed(model: keras.Model, before: dict[str, np.ndarray]) -> set[str]:
    after = get_variables(model)
    return {name for name in before if not np.array_equal(before[name], after[name])}


def test_the_smoothed_cross_entropy_is_the_hand_computed_one() -> None:
    probabilities = np.array([[0.7, 0.2, 0.1], [0.25, 0.5, 0.25]], np.float32)
    loss = Classification(3, 0.1).loss(
        tf.constant(probabilities), tf.zeros(0), tf.constant([0, 2])
    )
    # Each class has 0.1 / 3 of the target, the true one 0.9 more.
    first = -(0.1 / 3 * np.log([0.7, 0.2, 0.1]).sum() + 0.9 * np.log(0.7))
    second = -(0.1 / 3 * np.log([0.25, 0.5, 0.25]).sum() + 0.9 * np.log(0.25))
    assert float(loss) == pytest.approx((first + second) / 2, abs=1e-6)


def test_without_smoothing_only_the_true_class_counts() -> None:
    probabilities = tf.constant([[0.7, 0.2, 0.1]])
    loss = Classification(3, 0.0).loss(probabilities, tf.zeros(0), tf.constant([1]))
    assert float(loss) == pytest.approx(-np.log(0.2), abs=1e-6)


def test_the_most_probable_class_is_compared_with_the_label() -> None:
    outputs = tf.constant([[0.7, 0.2, 0.1], [0.1, 0.2, 0.7], [0.3, 0.4, 0.3]])
    labels = tf.constant([0, 1, 1], tf.int64)
    assert int(Classification(3, 0.1).num_correct(outputs, labels)) == 2


def test_a_classifier_sees_rgb_minus_the_imagenet_mean() -> None:
    pixel = tf.constant([[[[255, 0, 104]]]], tf.uint8)
    prepared = Classification(3, 0.1).prepare(pixel).numpy()[0, 0, 0]
    assert prepared == pytest.approx([255 - 123.68, -116.779, 104 - 103.939], abs=1e-4)


def test_the_squared_error_is_against_the_unchanged_image() -> None:
    objective = Reconstruction()
    plain = tf.constant([[[[0, 51, 255]]]], tf.uint8)  # 0, 0.2 and 1
    outputs = tf.constant([[[[0.5, 0.2, 0.0]]]])
    loss = objective.loss(outputs, plain, tf.constant([-1]))
    assert float(loss) == pytest.approx((0.5**2 + 0 + 1) / 3, abs=1e-6)
    np.testing.assert_allclose(objective.prepare(plain)[0, 0, 0], [0, 0.2, 1])
    assert int(objective.num_correct(outputs, tf.constant([-1]))) == 0


def test_a_step_reports_the_loss_and_lowers_it() -> None:
    model = make_network()
    steps = make_steps(model)
    first = steps.train(IMAGES, IMAGES, LABELS, 0.01)
    for _ in range(40):
        last = steps.train(IMAGES, IMAGES, LABELS, 0.01)
    assert last.loss < first.loss
    assert 0 <= last.num_correct <= 6


def test_evaluating_changes_nothing_and_has_no_dropout() -> None:
    model = make_network()
    steps = make_steps(model)
    before = get_variables(model)
    first, second = (steps.evaluate(IMAGES, LABELS) for _ in range(2))
    assert first == second
    assert not changed(model, before)
    expected = Classification(3, 0.1).loss(
        model(Classification(3, 0.1).prepare(IMAGES), training=False), None, LABELS
    )
    assert first.loss == pytest.approx(float(expected), rel=1e-5)


@pytest.mark.parametrize(
    ("trainable", "frozen_prefixes"),
    [("all", ()), ("block5", ("block1",)), ("head", ("block1", "block5"))],
)
def test_frozen_layers_keep_weights_and_statistics(
    trainable: str, frozen_prefixes: tuple[str, ...]
) -> None:
    model = make_network()
    set_trainable(model, trainable)
    before = get_variables(model)
    make_steps(model).train(IMAGES, IMAGES, LABELS, 0.01)
    expected = {
        name
        for name in before
        if not (frozen_prefixes and name.startswith(frozen_prefixes))
    }
    # Centred by the normalisation that follows, a bias there has no gradient at all.
    biases = {"block1_conv1/bias", "block5_conv1/bias"}
    assert changed(model, before) - biases == expected - biases


def test_recalibrating_changes_the_statistics_only() -> None:
    model = make_network()
    before = get_variables(model)
    make_steps(model).recalibrate(IMAGES)
    assert changed(model, before) == {
        f"{layer}_bn/moving_{statistic}"
        for layer in ("block1_conv1", "block5_conv1")
        for statistic in ("mean", "variance")
    }


def test_weights_decay_but_biases_and_normalisation_do_not() -> None:
    model = make_network()
    optimizer = make_optimizer(make_recipe())
    optimizer.build(model.trainable_variables)
    optimizer.learning_rate.assign(0.1)
    for variable in model.trainable_variables:
        variable.assign(keras.ops.ones_like(variable))
    zeros = [keras.ops.zeros_like(variable) for variable in model.trainable_variables]
    optimizer.apply(zeros, model.trainable_variables)
    for name, array in get_variables(model).items():
        if name.endswith("/kernel"):
            np.testing.assert_allclose(array, 1 - 0.1 * 0.5, rtol=1e-6)
        elif "moving" not in name:
            np.testing.assert_array_equal(array, 1)


@pytest.mark.parametrize("name", ["adamw", "sgd"])
def test_an_optimizer_goes_on_where_another_was(name: str) -> None:
    def step(model: keras.Model, optimizer: keras.optimizers.Optimizer) -> None:
        steps = NetworkSteps(model, Classification(3, 0.1), optimizer)
        seed_dropout(model, 1, 0)
        steps.train(IMAGES, IMAGES, LABELS, 0.01)

    unbroken, broken = make_network(), make_network()
    first = make_optimizer(make_recipe(name))
    step(unbroken, first)
    step(broken, former := make_optimizer(make_recipe(name)))
    later = make_optimizer(make_recipe(name))
    later.build(broken.trainable_variables)
    restore_optimizer(later, optimizer_arrays(former))
    step(unbroken, first)
    step(broken, later)
    expected = get_variables(unbroken)
    for variable, array in get_variables(broken).items():
        np.testing.assert_allclose(array, expected[variable], rtol=1e-5, atol=1e-7)


def test_dropout_depends_on_seed_and_epoch_only() -> None:
    model = make_network()
    inputs = IMAGES.astype(np.float32)

    def outputs(seed: int, epoch: int) -> np.ndarray:
        seed_dropout(model, seed, epoch)
        return np.asarray(model(inputs, training=True))

    first = outputs(1, 0)
    outputs(1, 1)
    np.testing.assert_array_equal(outputs(1, 0), first)
    assert not np.array_equal(outputs(1, 1), first)
    assert not np.array_equal(outputs(2, 0), first)
