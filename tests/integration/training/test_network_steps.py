"""One step against values computed by hand."""

from collections.abc import Iterator

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from cbmir_gui.networks.variables import get_variables
from cbmir_gui.training.batches import Batch
from cbmir_gui.training.network_steps import (
    NetworkSteps,
    make_optimizer,
    optimizer_arrays,
    restore_optimizer,
    seed_dropout,
    set_trainable,
)
from cbmir_gui.training.objectives import (
    Classification,
    JointClassification,
    Reconstruction,
)
from cbmir_gui.training.recipe import Recipe

IMAGES = np.random.default_rng(0).integers(0, 256, (6, 8, 8, 3)).astype(np.uint8)
LABELS = np.array([0, 1, 2, 0, 1, 2])


def make_batch(
    labels: object,
    images: np.ndarray = IMAGES,
    fine_labels: object = None,
    teacher: object = None,
) -> Batch:
    labels = np.array(labels, np.int64)
    fine = labels if fine_labels is None else np.array(fine_labels, np.int64)
    no_teacher = np.zeros((len(labels), 0), np.float32)
    imitated = no_teacher if teacher is None else np.array(teacher, np.float32)
    return Batch(images, images, labels, fine, imitated)


BATCH = make_batch(LABELS)


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
    loss = Classification(3, 0.1).loss(tf.constant(probabilities), make_batch([0, 2]))
    # Each class has 0.1 / 3 of the target, the true one 0.9 more.
    first = -(0.1 / 3 * np.log([0.7, 0.2, 0.1]).sum() + 0.9 * np.log(0.7))
    second = -(0.1 / 3 * np.log([0.25, 0.5, 0.25]).sum() + 0.9 * np.log(0.25))
    assert float(loss) == pytest.approx((first + second) / 2, abs=1e-6)


def test_without_smoothing_only_the_true_class_counts() -> None:
    probabilities = tf.constant([[0.7, 0.2, 0.1]])
    loss = Classification(3, 0.0).loss(probabilities, make_batch([1]))
    assert float(loss) == pytest.approx(-np.log(0.2), abs=1e-6)


def test_the_most_probable_class_is_compared_with_the_label() -> None:
    outputs = tf.constant([[0.7, 0.2, 0.1], [0.1, 0.2, 0.7], [0.3, 0.4, 0.3]])
    batch = make_batch([0, 1, 1])
    assert int(Classification(3, 0.1).num_correct(outputs, batch)) == 2


def test_a_classifier_sees_rgb_minus_the_imagenet_mean() -> None:
    pixel = tf.constant([[[[255, 0, 104]]]], tf.uint8)
    prepared = Classification(3, 0.1).prepare(pixel).numpy()[0, 0, 0]
    assert prepared == pytest.approx([255 - 123.68, -116.779, 104 - 103.939], abs=1e-4)


def test_images_without_a_class_give_no_class_loss() -> None:
    objective = Classification(3, 0.1)
    outputs = tf.constant([[0.7, 0.2, 0.1], [0.25, 0.5, 0.25]])
    alone = objective.loss(outputs[:1], make_batch([0]))
    with_companion = objective.loss(outputs, make_batch([0, -1]))
    assert float(with_companion) == pytest.approx(float(alone))
    assert int(objective.num_correct(outputs, make_batch([0, -1]))) == 1
    assert float(objective.loss(outputs, make_batch([-1, -1]))) == 0.0


def test_the_joint_loss_is_the_sum_of_its_terms() -> None:
    outputs = {
        "probabilities": tf.constant([[0.8, 0.2], [0.5, 0.5]]),
        "fine": tf.constant([[0.1, 0.6, 0.3], [0.2, 0.2, 0.6]]),
        "imitation": tf.constant([[0.6, 0.8], [0.0, 1.0]]),
    }
    batch = make_batch([0, -1], IMAGES[:2], [1, 2], [[1.0, 0.0], [0.0, 1.0]])
    loss = JointClassification(2, 3, 0.0).loss(outputs, batch)
    # The second image has no class, only a finer one.
    fine = -(np.log(0.6) + np.log(0.6)) / 2
    imitation = ((1 - 0.6) + (1 - 1.0)) / 2
    expected = -np.log(0.8) + 0.5 * fine + 1.0 * imitation
    assert float(loss) == pytest.approx(expected, abs=1e-6)


def test_the_squared_error_is_against_the_unchanged_image() -> None:
    objective = Reconstruction()
    plain = tf.constant([[[[0, 51, 255]]]], tf.uint8)  # 0, 0.2 and 1
    outputs = tf.constant([[[[0.5, 0.2, 0.0]]]])
    batch = make_batch([-1], plain.numpy())
    loss = objective.loss(outputs, batch)
    assert float(loss) == pytest.approx((0.5**2 + 0 + 1) / 3, abs=1e-6)
    np.testing.assert_allclose(objective.prepare(plain)[0, 0, 0], [0, 0.2, 1])
    assert int(objective.num_correct(outputs, batch)) == 0


def test_a_step_reports_the_loss_and_lowers_it() -> None:
    model = make_network()
    steps = make_steps(model)
    first = steps.train(BATCH, 0.01)
    for _ in range(40):
        last = steps.train(BATCH, 0.01)
    assert last.loss < first.loss
    assert 0 <= last.num_correct <= 6


def test_evaluating_changes_nothing_and_has_no_dropout() -> None:
    model = make_network()
    steps = make_steps(model)
    before = get_variables(model)
    first, second = (steps.evaluate(BATCH) for _ in range(2))
    assert first == second
    assert not changed(model, before)
    expected = Classification(3, 0.1).loss(
        model(Classification(3, 0.1).prepare(IMAGES), training=False), BATCH
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
    make_steps(model).train(BATCH, 0.01)
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
        steps.train(BATCH, 0.01)

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
