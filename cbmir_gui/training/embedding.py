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
from cbmir_gui.imaging.corruptions import choose_corruptions
from cbmir_gui.networks.embedding import PROBABILITY_FLOOR
from cbmir_gui.networks.precision import keras_policy
from cbmir_gui.networks.registry import ARCHITECTURES, Architecture, Embedding
from cbmir_gui.networks.variables import set_variables
from cbmir_gui.training.batches import FeatureArray, ImageTable, LabelArray
from cbmir_gui.training.datasets import TrainingData, class_of, escape_class
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
_JUDGED = ("", "blur", "resolution")
"""Corruptions of the validation images that say how sure the probabilities may be, a
third of the images each; the first is none."""
_SEED = 0
"""Of which image is in which third."""

Weights = dict[str, FeatureArray]
Prepare = Callable[[tf.Tensor], tf.Tensor]


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
        `MIN_CLASSES` finer classes are known, if no finer class has two images, whose
        difference could be learned, or if the published recipe wants the class
        probabilities of the trained head.
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
    _, counts = np.unique(labels[known], return_counts=True)
    if len(counts) < MIN_CLASSES or counts.max() < 2:
        return weights, 0
    run = _Statistics(architecture, embedding, len(data.classes), prepare, progress)
    run.load(weights, request.name)
    statistics = run.of(data.train)
    if not known.all():
        statistics, labels = statistics[known], labels[known]
    directions = _fit(
        statistics,
        labels,
        _image_weights(labels, data.fine_classes, embedding.finer_weight),
        embedding.standardised,
    )
    arrays = {
        "directions/kernel": directions.kernel,
        "directions/bias": directions.bias,
    }
    if embedding.gives_classes:
        arrays |= _class_scores(run, statistics, labels, data)
    return weights | arrays, len(directions.bias) + embedding.plain_dim


def _image_weights(
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
    image_weights: NDArray[np.float64],
    standardised: bool,
) -> Directions:
    if not standardised:
        return fit_directions(statistics, labels, weights=image_weights)
    scale = np.maximum(statistics.std(axis=0), _TINY)
    directions = fit_directions(statistics / scale, labels, weights=image_weights)
    return replace(directions, kernel=directions.kernel / scale[:, np.newaxis])


def _class_scores(
    run: "_Statistics",
    statistics: FeatureArray,
    fine_labels: LabelArray,
    data: TrainingData,
) -> Weights:
    own = [escape_class(name) for name in data.classes]
    classes = [class_of(name) for name in data.fine_classes]
    others = sorted(set(classes) - set(own))
    numbers = {name: k for k, name in enumerate((*own, *others))}
    labels = np.array([numbers[name] for name in classes])[fine_labels]
    map_ = fit_class_scores(statistics, labels, len(own))
    # The head has learned how frequent the classes are among its images, which says
    # nothing of new ones.
    shares = np.log(np.bincount(labels)[: len(own)] / len(labels))
    judged, head, judged_labels = run.judged(data.validation)
    scale = fit_scale(
        judged @ map_.kernel + map_.bias,
        np.log(np.maximum(head, PROBABILITY_FLOOR)) - shares.astype(np.float32),
        judged_labels,
    )
    return {
        "class_scores/kernel": map_.kernel * np.float32(scale),
        "class_scores/bias": np.asarray(map_.bias * scale - shares, np.float32),
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
        outputs = {"statistics": self._statistics}
        values = self._run(outputs, len(table), lambda row: table.pixels[row])
        return values["statistics"]

    def judged(
        self, table: ImageTable
    ) -> tuple[FeatureArray, FeatureArray, LabelArray]:
        """Return statistics, class probabilities and labels of what has a class.

        A third of the images are plain, a third blurred, a third coarse.
        """
        order = np.random.default_rng(_SEED).permutation(
            np.flatnonzero(table.labels >= 0)
        )
        spoils = [_spoil(name) for name in _JUDGED]
        outputs = {"statistics": self._statistics, "head": self._model.output}
        values = self._run(
            outputs,
            len(order),
            lambda number: spoils[number % len(spoils)](table.pixels[order[number]]),
        )
        return values["statistics"], values["head"], table.labels[order]

    def _run(
        self,
        outputs: dict[str, keras.KerasTensor],
        num_images: int,
        image_of: Callable[[int], ImageArray],
    ) -> dict[str, FeatureArray]:
        network = keras.Model(self._model.input, outputs)
        run = tf.function(
            lambda batch: network(self._prepare(batch), training=False),
            autograph=False,
            reduce_retracing=True,
        )
        found: dict[str, FeatureArray] = {}
        for start in range(0, num_images, _BATCH):
            self._progress(start, num_images, "Fitting the embedding")
            end = min(start + _BATCH, num_images)
            batch = np.stack([image_of(number) for number in range(start, end)])
            for name, result in run(tf.constant(batch)).items():
                values = np.asarray(result, np.float32)
                if not start:
                    found[name] = np.empty((num_images, values.shape[1]), np.float32)
                found[name][start:end] = values
        return found


def _spoil(corruption: str) -> Callable[[ImageArray], ImageArray]:
    if not corruption:
        return lambda pixels: pixels
    return choose_corruptions(corruption)[0].apply
