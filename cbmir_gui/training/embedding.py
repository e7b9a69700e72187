"""Fit the embedding of a trained network to its training images."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from cbmir_gui.core.progress import Progress
from cbmir_gui.core.records import ImageArray, TrainRequest
from cbmir_gui.imaging.corruptions import LOW_RESOLUTION_PX, blur_image
from cbmir_gui.imaging.transforms import lower_resolution
from cbmir_gui.networks.embedding import PROBABILITY_FLOOR
from cbmir_gui.networks.precision import keras_policy
from cbmir_gui.networks.registry import ARCHITECTURES, Architecture, Embedding
from cbmir_gui.networks.variables import set_variables
from cbmir_gui.training.batches import FeatureArray, ImageTable, LabelArray
from cbmir_gui.training.datasets import TrainingData, class_of
from cbmir_gui.training.discriminants import (
    Directions,
    fit_class_scores,
    fit_directions,
    fit_scale,
)

_BATCH = 16
_TINY = 1e-6
MIN_CLASSES = 3
"""A single direction between two classes, scaled to unit length, would say nothing but
the class."""

Weights = dict[str, FeatureArray]
Prepare = Callable[[tf.Tensor], tf.Tensor]
Spoil = Callable[[ImageArray], ImageArray]


def with_embedding(
    weights: Weights,
    data: TrainingData,
    request: TrainRequest,
    prepare: Prepare,
    progress: Progress,
) -> tuple[Weights, int]:
    """Add the matrix of the architecture's embedding, learned from finer classes.

    The unchanged training images at full size decide; those of validation only say
    how sure the class probabilities may be. They do so blurred and coarse, too: plain
    ones are often all told apart, which would allow any certainty.

    Parameters
    ----------
    weights
        Of a network without batch normalisation.
    prepare
        Turns uint8 pixels into the network's input.

    Returns
    -------
    weights, embedding_dim
        0 and the weights as they were if the network has no embedding, if fewer than
        `MIN_CLASSES` finer classes are known, or if the published recipe wants the
        class probabilities of the trained head.
    """
    architecture = ARCHITECTURES[request.architecture]
    embedding = architecture.embedding
    is_published = request.recipe == "published"
    if embedding is None or request.variant != "default":
        return weights, 0
    if is_published and embedding.gives_classes:
        return weights, 0
    labels = data.train.fine_labels
    known = labels >= 0
    if len(np.unique(labels[known])) < MIN_CLASSES:
        return weights, 0
    run = _Statistics(architecture, embedding, len(data.classes), prepare, progress)
    run.load(weights, request.name)
    statistics = run.of(data.train)
    directions = _fit(
        statistics[known],
        labels[known],
        _weights(labels[known], data.fine_classes, embedding.finer_weight),
        embedding.standardised,
    )
    arrays = {
        "directions/kernel": directions.kernel,
        "directions/bias": directions.bias,
    }
    if embedding.gives_classes:
        arrays |= _class_scores(run, statistics, data)
    return weights | arrays, len(directions.bias) + embedding.plain_dim


def _weights(
    labels: LabelArray, fine_classes: Sequence[str], finer_weight: float
) -> NDArray[np.float64]:
    """Return `finer_weight` for images whose class has several finer ones, else 1."""
    classes = [class_of(name) for name in fine_classes]
    num_finer = Counter(classes)
    weights = [finer_weight if num_finer[name] > 1 else 1.0 for name in classes]
    return np.array(weights)[labels]


def _fit(
    statistics: FeatureArray,
    labels: LabelArray,
    weights: NDArray[np.float64],
    standardised: bool,
) -> Directions:
    if not standardised:
        return fit_directions(statistics, labels, weights=weights)
    scale = np.maximum(statistics.std(axis=0), _TINY)
    directions = fit_directions(statistics / scale, labels, weights=weights)
    return replace(directions, kernel=directions.kernel / scale[:, np.newaxis])


def _class_scores(
    run: "_Statistics", statistics: FeatureArray, data: TrainingData
) -> Weights:
    classes = [class_of(name) for name in data.fine_classes]
    others = sorted(set(classes) - set(data.classes))
    numbers = {name: k for k, name in enumerate((*data.classes, *others))}
    fine_labels = data.train.fine_labels
    known = fine_labels >= 0
    labels = np.array([numbers[name] for name in classes])[fine_labels[known]]
    map_ = fit_class_scores(statistics[known], labels, len(data.classes))
    judged, head = run.judged(data.validation)
    asked = data.validation.labels >= 0
    scale = fit_scale(
        (judged @ map_.kernel + map_.bias)[asked],
        np.log(np.maximum(head, PROBABILITY_FLOOR))[asked],
        data.validation.labels[asked],
    )
    return {
        "class_scores/kernel": map_.kernel * np.float32(scale),
        "class_scores/bias": map_.bias * np.float32(scale),
    }


class _Statistics:
    """The network up to what the matrix takes."""

    def __init__(
        self,
        architecture: Architecture,
        embedding: Embedding,
        num_classes: int,
        prepare: Prepare,
        progress: Progress,
    ) -> None:
        keras.config.set_dtype_policy(keras_policy())
        self._prepare = prepare
        self._model = architecture.build(num_classes, "default", 0)
        self._statistics = embedding.statistics(self._model)
        self._progress = progress

    def load(self, weights: Weights, model_name: str) -> None:
        set_variables(self._model, weights, model_name)

    def of(self, table: ImageTable) -> FeatureArray:
        """Return (num_images, statistics_dim)."""
        values = self._run({"statistics": self._statistics}, table, (_as_it_is,))
        return values["statistics"]

    def judged(self, table: ImageTable) -> tuple[FeatureArray, FeatureArray]:
        """Return statistics and class probabilities.

        A third of the images are plain, a third blurred, a third coarse.
        """
        outputs = {"statistics": self._statistics, "head": self._model.output}
        values = self._run(outputs, table, _JUDGED)
        return values["statistics"], values["head"]

    def _run(
        self,
        outputs: dict[str, keras.KerasTensor],
        table: ImageTable,
        spoils: Sequence[Spoil],
    ) -> dict[str, FeatureArray]:
        network = keras.Model(self._model.input, outputs)
        run = tf.function(
            lambda images: network(self._prepare(images), training=False),
            autograph=False,
            reduce_retracing=True,
        )
        batches: dict[str, list[FeatureArray]] = {name: [] for name in outputs}
        for start in range(0, len(table), _BATCH):
            self._progress(start, len(table), "Fitting the embedding")
            images = [
                spoils[row % len(spoils)](table.pixels[row])
                for row in range(start, min(start + _BATCH, len(table)))
            ]
            results = run(tf.constant(np.stack(images)))
            for name, result in results.items():
                batches[name].append(np.asarray(result, np.float32))
        return {name: np.concatenate(parts) for name, parts in batches.items()}


def _as_it_is(pixels: ImageArray) -> ImageArray:
    return pixels


_JUDGED: tuple[Spoil, ...] = (
    _as_it_is,
    blur_image,
    lambda pixels: lower_resolution(pixels, LOW_RESOLUTION_PX),
)
"""What is done, in turn, to validation images that say how sure the probabilities may
be."""
