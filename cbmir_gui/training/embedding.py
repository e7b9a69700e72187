"""Fit the embedding of a trained VGG16 to its training images."""

import keras
import numpy as np
import tensorflow as tf

from cbmir_gui.core.progress import Progress
from cbmir_gui.networks.embedding import (
    PLAIN_DIM,
    STATISTICS_DIM,
    pooled_statistics,
)
from cbmir_gui.networks.precision import keras_policy
from cbmir_gui.networks.variables import set_variables
from cbmir_gui.networks.vgg16 import MEAN_RGB, build_vgg16
from cbmir_gui.training.batches import FeatureArray, ImageTable, LabelArray
from cbmir_gui.training.datasets import TrainingData
from cbmir_gui.training.discriminants import fit_directions

_BATCH = 16
SHARPNESS = 15.0
"""Of the softmax over cosines: a query as near to its class as the training images are
gets about 0.99."""

Weights = dict[str, FeatureArray]


def with_embedding(
    weights: Weights, data: TrainingData, model_name: str, progress: Progress
) -> tuple[Weights, int]:
    """Add the matrix of `networks.embedding`, learned from classes and diagnoses.

    The unchanged training images at full size decide; those of validation are left to
    judge it.

    Parameters
    ----------
    weights
        Of a default VGG16 without batch normalisation.

    Returns
    -------
    weights, embedding_dim
        0 and the weights as they were if fewer than two finer classes are known.
    """
    labels = data.train.fine_labels
    known = labels >= 0
    if len(np.unique(labels[known])) < 2:
        return weights, 0
    keras.config.set_dtype_policy(keras_policy())
    model = build_vgg16(len(data.classes))
    set_variables(model, weights, model_name)
    statistics = _statistics(model, data.train, progress)
    directions = fit_directions(statistics[known], labels[known])
    projected = statistics @ directions.kernel + directions.bias
    means = class_means(projected, data.train.labels, len(data.classes))
    arrays = {
        "directions/kernel": directions.kernel,
        "directions/bias": directions.bias,
        "class_means/kernel": means.T * np.float32(SHARPNESS),
    }
    return weights | arrays, len(directions.bias) + PLAIN_DIM


def class_means(
    directions: FeatureArray, labels: LabelArray, num_classes: int
) -> FeatureArray:
    """Return the mean direction of each class as unit vectors.

    Parameters
    ----------
    directions : (num_images, num_directions)
    labels : (num_images,)
        -1 where unlabelled; every class has an image.

    Returns
    -------
    (num_classes, num_directions)
    """
    units = _unit(directions)
    means = [units[labels == number].mean(axis=0) for number in range(num_classes)]
    return _unit(np.stack(means))


def _unit(vectors: FeatureArray) -> FeatureArray:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(norms, 1e-9), np.float32)


def _statistics(
    model: keras.Model, table: ImageTable, progress: Progress
) -> FeatureArray:
    network = keras.Model(model.input, pooled_statistics(model))
    run = tf.function(
        lambda images: network(images, training=False),
        input_signature=[tf.TensorSpec((None, *table.pixels.shape[1:]), tf.float32)],
        autograph=False,
    )
    statistics = np.zeros((len(table), STATISTICS_DIM), np.float32)
    for start in range(0, len(table), _BATCH):
        progress(start, len(table), "Fitting the embedding")
        rows = slice(start, start + _BATCH)
        images = table.pixels[rows].astype(np.float32) - np.array(MEAN_RGB, np.float32)
        statistics[rows] = run(tf.constant(images)).numpy()
    return statistics
