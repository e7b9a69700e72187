"""Fit the embedding of a trained network to its training images."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from cbmir_gui.core.progress import Progress
from cbmir_gui.core.records import ImageArray, TrainRequest
from cbmir_gui.features.known_inputs import KnownInputs
from cbmir_gui.imaging.corruptions import choose_corruptions
from cbmir_gui.networks.embedding import PROBABILITY_FLOOR
from cbmir_gui.networks.precision import keras_policy
from cbmir_gui.networks.registry import ARCHITECTURES, STATISTICS, Architecture
from cbmir_gui.networks.variables import set_variables
from cbmir_gui.training.base_outputs import BaseOutputs, compile_look
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
_HEAD = "head"
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


@dataclass(frozen=True, slots=True, eq=False)
class Embedded:
    """A network with its embedding, or without if there is none."""

    weights: Weights
    embedding_dim: int = 0
    known: KnownInputs | None = None
    """What its convolutions say of the training images at least."""


def wants_embedding(request: TrainRequest, data: TrainingData) -> bool:
    """Tell whether an embedding will be fitted to the training images.

    It is not if the network has none, if fewer than `MIN_CLASSES` finer classes are
    known, if no finer class has two images, whose difference could be learned, or if
    the published recipe wants the class probabilities of the trained head.
    """
    embedding = ARCHITECTURES[request.architecture].embedding
    if embedding is None or request.variant != "default":
        return False
    if request.recipe == "published" and embedding.gives_classes:
        return False
    labels = data.train.fine_labels
    _, counts = np.unique(labels[labels >= 0], return_counts=True)
    return len(counts) >= MIN_CLASSES and counts.max() >= 2


def with_embedding(
    weights: Weights,
    data: TrainingData,
    request: TrainRequest,
    prepare: Prepare,
    progress: Progress,
    known: KnownInputs | None = None,
) -> Embedded:
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
    known
        What these convolutions said of train, and of more images after it.

    Returns
    -------
    The weights as they were, and the dimension 0, unless `wants_embedding`; else they
    come with the fitted arrays.
    """
    if not wants_embedding(request, data):
        return Embedded(weights, known=known)
    architecture = ARCHITECTURES[request.architecture]
    embedding = architecture.embedding
    assert embedding is not None
    run = _Statistics(architecture, len(data.classes), prepare, progress)
    run.load(weights, request.name)
    if known is None or STATISTICS not in known.values:
        known = run.of(data.train)
    statistics = known.values[STATISTICS][: len(data.train)]
    labels = data.train.fine_labels
    has_label = labels >= 0
    if not has_label.all():
        statistics, labels = statistics[has_label], labels[has_label]
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
    embedding_dim = len(directions.bias) + embedding.plain_dim
    return Embedded(weights | arrays, embedding_dim, known)


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
        num_classes: int,
        prepare: Prepare,
        progress: Progress,
    ) -> None:
        keras.config.set_dtype_policy(keras_policy())
        self._prepare = prepare
        self._architecture = architecture
        self._model = architecture.build(num_classes, "default", 0)
        self._progress = progress

    def load(self, weights: Weights, model_name: str) -> None:
        set_variables(self._model, weights, model_name)

    def of(self, table: ImageTable) -> KnownInputs:
        """Return what the convolutions say of the unchanged images."""
        outputs = BaseOutputs(
            self._architecture, self._model, len(table), has_embedding=True
        )
        for values in self._run(
            outputs.tensors,
            len(table),
            lambda row: table.pixels[row],
            with_input=True,
        ):
            outputs.add(values)
        known = outputs.known()
        assert known is not None
        return known

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
        embedding = self._architecture.embedding
        assert embedding is not None
        statistics = embedding.statistics(self._model)
        parts = [
            (values[STATISTICS], values[_HEAD])
            for values in self._run(
                {STATISTICS: statistics, _HEAD: self._model.output},
                len(order),
                lambda number: spoils[number % len(spoils)](
                    table.pixels[order[number]]
                ),
            )
        ]
        of_images, head = (
            np.concatenate(values) for values in zip(*parts, strict=True)
        )
        return of_images, head, table.labels[order]

    def _run(
        self,
        tensors: Mapping[str, keras.KerasTensor],
        num_images: int,
        image_of: Callable[[int], ImageArray],
        *,
        with_input: bool = False,
    ) -> Iterator[dict[str, FeatureArray]]:
        """Yield tensors of one batch after the other."""
        look = compile_look(self._model, self._prepare, tensors, with_input=with_input)
        for start in range(0, num_images, _BATCH):
            self._progress(start, num_images, "Fitting the embedding")
            end = min(start + _BATCH, num_images)
            batch = np.stack([image_of(number) for number in range(start, end)])
            values = look(tf.constant(batch))
            yield {name: value.numpy() for name, value in values.items()}


def _spoil(corruption: str) -> Callable[[ImageArray], ImageArray]:
    if not corruption:
        return lambda pixels: pixels
    return choose_corruptions(corruption)[0].apply
