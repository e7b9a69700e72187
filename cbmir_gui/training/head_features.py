"""Training the head alone: the frozen convolutions see every image only once.

What the head takes from a few changed views of each image is computed before the first
epoch. The epochs then cost next to nothing.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from cbmir_gui.core.progress import Progress
from cbmir_gui.core.records import ImageArray, TrainRequest
from cbmir_gui.features.known_inputs import KnownInputs
from cbmir_gui.networks.registry import ARCHITECTURES
from cbmir_gui.networks.variables import (
    get_variables,
    hash_variables,
    set_variables,
)
from cbmir_gui.networks.weights_file import as_stored
from cbmir_gui.training.base_outputs import BaseOutputs, Look, compile_look
from cbmir_gui.training.batch_memory import OUT_OF_MEMORY, fitting_batch, halved
from cbmir_gui.training.batches import Batch, FeatureArray, ImageTable, LabelArray
from cbmir_gui.training.datasets import TrainingData
from cbmir_gui.training.embedding import wants_embedding
from cbmir_gui.training.memory import empty_table
from cbmir_gui.training.network_steps import is_frozen, set_trainable
from cbmir_gui.training.objectives import Objective, Outputs
from cbmir_gui.training.prefetch import prefetch
from cbmir_gui.training.recipe import Recipe
from cbmir_gui.training.training_result import TrainingResult

_CUTS = ("pooled", "flatten")
"""The layer that the head begins after: the first of these that there is."""
_CUT = "cut"
_BATCH = 16
_MAX_CHANGED_VIEWS = 4
_NUM_PASSES = 400
"""About so many changed images are looked at; large sets vary enough by themselves."""


@dataclass(frozen=True, slots=True, eq=False)
class FeatureTable:
    """What the head takes from the images of one split."""

    views: NDArray[np.float16]
    """(num_images, num_views, feature_dim); the first view is the unchanged image."""
    labels: LabelArray
    fine_labels: LabelArray
    teacher: FeatureArray | None

    def __len__(self) -> int:
        return len(self.labels)

    def plain(self, row: int, size_px: int) -> FeatureArray:
        """Return (feature_dim,)."""
        del size_px
        return np.asarray(self.views[row, 0], np.float32)

    def changed(self, row: int, size_px: int, rng: np.random.Generator) -> FeatureArray:
        """Return (feature_dim,) of one of the views."""
        del size_px
        view = rng.integers(self.views.shape[1])
        return np.asarray(self.views[row, view], np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class HeadData:
    """The features of both splits."""

    train: FeatureTable
    validation: FeatureTable
    manifest_sha256: str
    base_sha256: str
    """Hash over the weights of the frozen layers: no checkpoint of a head has them."""
    seconds: float
    """What computing them took, without the time that the training waited."""
    known: KnownInputs | None
    """Of the unchanged images of train, then validation; None where they are not of
    the size that the saved model takes."""


class OnFeatures:
    """An objective whose input is ready."""

    def __init__(self, objective: Objective) -> None:
        self._objective = objective

    def prepare(self, images: tf.Tensor) -> tf.Tensor:
        """Return the features as they are."""
        return images

    def loss(self, outputs: Outputs, batch: Batch) -> tf.Tensor:
        """Return the objective's loss."""
        return self._objective.loss(outputs, batch)

    def num_correct(self, outputs: Outputs, batch: Batch) -> tf.Tensor:
        """Return the objective's count."""
        return self._objective.num_correct(outputs, batch)


def train_head(
    network: keras.Model,
    objective: Objective,
    recipe: Recipe,
    request: TrainRequest,
    data: TrainingData,
    progress: Progress,
    learn: Callable[[keras.Model, Objective, HeadData], TrainingResult],
) -> TrainingResult:
    """Let `learn` train the head alone, on what the other layers say of the images.

    Returns
    -------
    The result of `learn`, with the weights of the whole network.

    Raises
    ------
    TrainingError
        There is not enough memory.
    Cancelled
        `progress` asked to stop.
    """
    _round_as_stored(network, recipe)
    features = head_data(network, objective, recipe, request, data, progress)
    result = learn(head_of(network), OnFeatures(objective), features)
    weights = {**get_variables(network), **result.weights}
    return replace(
        result,
        weights=weights,
        preparation_s=features.seconds,
        known=features.known,
    )


def _round_as_stored(network: keras.Model, recipe: Recipe) -> None:
    """Let the head learn from the convolutions that will be saved."""
    weights = get_variables(network)
    for name in weights:
        if is_frozen(name, recipe.stages[0].trainable):
            weights[name] = as_stored(weights[name])
    set_variables(network, weights, network.name)


def head_of(model: keras.Model) -> keras.Model:
    """Return what follows the convolutions; it shares its layers with `model`."""
    return keras.Model(_cut(model), model.output, name=f"{model.name}_head")


def head_data(
    model: keras.Model,
    objective: Objective,
    recipe: Recipe,
    request: TrainRequest,
    data: TrainingData,
    progress: Progress,
) -> HeadData:
    """Pass the images through the frozen layers.

    Parameters
    ----------
    recipe
        Its only stage says at which size; its `augment` and that of the request,
        whether there are views beside the unchanged image. They depend on the
        request's seed and the image only.

    Raises
    ------
    TrainingError
        There is not enough memory.
    Cancelled
        `progress` asked to stop.
    """
    architecture = ARCHITECTURES[request.architecture]
    size_px = recipe.stages[0].image_size_px
    # So that nothing is kept for gradients.
    set_trainable(model, "head")
    base = keras.Model(model.input, _cut(model))
    kept = None
    if size_px == architecture.input_size_px:
        num_plain = len(data.train) + len(data.validation)
        kept = BaseOutputs(
            architecture,
            model,
            num_plain,
            has_embedding=wants_embedding(request, data),
        )
    cut = {_CUT: _cut(model)}
    run = compile_look(model, objective.prepare, cut)
    run_plain = run
    if kept:
        tensors = {**cut, **kept.tensors}
        run_plain = compile_look(model, objective.prepare, tensors, with_input=True)
    batch_size = fitting_batch(base, size_px, _BATCH)

    def look_at(images: ImageArray, look: Look) -> dict[str, FeatureArray]:
        nonlocal batch_size
        while True:
            starts = range(0, len(images), batch_size)
            try:
                parts = [look(tf.constant(images[s : s + batch_size])) for s in starts]
            except OUT_OF_MEMORY:
                batch_size = halved(batch_size)
            else:
                return {
                    name: np.concatenate([part[name] for part in parts])
                    for name in parts[0]
                }

    change = request.augment and recipe.augment
    num_changed = num_changed_views(len(data.train)) if change else 0
    total = len(data.train) * (1 + num_changed) + len(data.validation)
    num_done = 0
    started = time.perf_counter()

    def table(images: ImageTable, num_views: int) -> FeatureTable:
        nonlocal num_done, started
        shape = (len(images), num_views, base.output.shape[-1])
        what = f"what the head learns from {len(images)} images"
        views = empty_table(shape, np.float16, what)
        for view in range(num_views):
            chunks = _chunks(images, view, size_px, request.seed)
            for start, chunk in prefetch(chunks):
                asked = time.perf_counter()
                progress(num_done, total, "Looking at the images")
                started += time.perf_counter() - asked
                outputs = look_at(chunk, run if view else run_plain)
                views[start : start + len(chunk), view] = outputs[_CUT]
                if kept and not view:
                    kept.add(outputs)
                num_done += len(chunk)
        return FeatureTable(views, images.labels, images.fine_labels, images.teacher)

    train = table(data.train, 1 + num_changed)
    validation = table(data.validation, 1)
    return HeadData(
        train,
        validation,
        data.manifest_sha256,
        base_sha256=hash_variables(base),
        seconds=time.perf_counter() - started,
        known=kept.known() if kept else None,
    )


def num_changed_views(num_images: int) -> int:
    """Return how many changed views of each training image the head sees."""
    return max(1, min(_MAX_CHANGED_VIEWS, _NUM_PASSES // max(1, num_images)))


def _cut(model: keras.Model) -> keras.KerasTensor:
    names = {layer.name for layer in model.layers}
    return model.get_layer(next(name for name in _CUTS if name in names)).output


def _chunks(
    images: ImageTable, view: int, size_px: int, seed: int
) -> Iterator[tuple[int, ImageArray]]:
    """Yield the images of one view with the number of the first; 0 is unchanged."""
    for start in range(0, len(images), _BATCH):
        chunk = []
        for row in range(start, min(start + _BATCH, len(images))):
            if view:
                rng = np.random.default_rng([seed, view, row])
                chunk.append(images.changed(row, size_px, rng))
            else:
                chunk.append(images.plain(row, size_px))
        yield start, np.stack(chunk)
