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
from cbmir_gui.training.batches import FeatureArray, ImageTable
from cbmir_gui.training.datasets import TrainingData
from cbmir_gui.training.discriminants import fit_class_scores, fit_directions

_BATCH = 16
MIN_CLASSES = 3
"""A single direction between two classes, scaled to unit length, would say nothing but
the class."""

Weights = dict[str, FeatureArray]


def with_embedding(
    weights: Weights, data: TrainingData, model_name: str, progress: Progress
) -> tuple[Weights, int]:
    """Add the matrix of `networks.embedding`, learned from classes and diagnoses.

    The unchanged training images at full size decide; those of validation only say
    how sure the class probabilities may be.

    Parameters
    ----------
    weights
        Of a default VGG16 without batch normalisation.

    Returns
    -------
    weights, embedding_dim
        0 and the weights as they were if fewer than `MIN_CLASSES` finer classes are
        known.
    """
    labels = data.train.fine_labels
    known = labels >= 0
    if len(np.unique(labels[known])) < MIN_CLASSES:
        return weights, 0
    keras.config.set_dtype_policy(keras_policy())
    model = build_vgg16(len(data.classes))
    set_variables(model, weights, model_name)
    statistics = _statistics(model, data.train, progress)
    directions = fit_directions(statistics[known], labels[known])
    judged = _statistics(model, data.validation, progress)
    scores = fit_class_scores(
        statistics @ directions.kernel + directions.bias,
        data.train.labels,
        len(data.classes),
        judged @ directions.kernel + directions.bias,
        data.validation.labels,
    )
    arrays = {
        "directions/kernel": directions.kernel,
        "directions/bias": directions.bias,
        "class_scores/kernel": scores.kernel,
        "class_scores/bias": scores.bias,
    }
    return weights | arrays, len(directions.bias) + PLAIN_DIM


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
