"""Heads that a VGG16 has only while it learns, and the teacher that one imitates."""

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
from keras import layers

from cbmir_gui.core.errors import TrainingError
from cbmir_gui.core.progress import Progress
from cbmir_gui.networks.mobilenetv2 import FEATURE_DIM, load_mobilenetv2
from cbmir_gui.training.batches import FeatureArray, ImageTable
from cbmir_gui.training.datasets import TrainingData

_PREFIX = "extra_"
_TEACHER_BATCH = 32


def add_second_head(
    model: keras.Model, num_fine_classes: int, has_teacher: bool
) -> keras.Model:
    """Return the network with more outputs, for `objectives.JointClassification`.

    "probabilities" (n, classes) as before; "fine" (n, num_fine_classes) from the same
    embedding as the classes, if there are any; "imitation" (n, 1280), unit vectors
    from the pooled features, with a teacher.
    """
    outputs = {"probabilities": model.output}
    if num_fine_classes:
        outputs["fine"] = layers.Dense(
            num_fine_classes,
            activation="softmax",
            dtype="float32",
            name=f"{_PREFIX}fine",
        )(model.get_layer("probabilities").input)
    if has_teacher:
        imitation = layers.Dense(
            FEATURE_DIM, dtype="float32", name=f"{_PREFIX}imitation"
        )(model.get_layer("pooled").output)
        outputs["imitation"] = layers.UnitNormalization(
            name=f"{_PREFIX}unit", dtype="float32"
        )(imitation)
    return keras.Model(model.input, outputs, name=model.name)


def without_second_head(
    weights: dict[str, FeatureArray],
) -> dict[str, FeatureArray]:
    """Leave out what `add_second_head` added."""
    return {k: v for k, v in weights.items() if not k.startswith(_PREFIX)}


def with_teacher(data: TrainingData, teacher: str, progress: Progress) -> TrainingData:
    """Add what the teacher says of every unchanged image.

    The mean over the training images is taken off before the vectors are made unit
    vectors: what all images share would else be most of the similarity.

    Raises
    ------
    TrainingError
        There is no such file.
    ModelDamagedError
        It is not a MobileNetV2.
    """
    path = Path(teacher).expanduser()
    if not path.is_file():
        raise TrainingError(
            f"There is no teacher '{path.name}'. Give the path of a MobileNetV2's "
            f"weights (.npz), or train without one."
        )
    network = load_mobilenetv2(path)
    train = _features(network, data.train, progress)
    validation = _features(network, data.validation, progress)
    mean = train.mean(axis=0)
    return replace(
        data,
        train=replace(data.train, teacher=_unit(train - mean)),
        validation=replace(data.validation, teacher=_unit(validation - mean)),
    )


def _features(
    network: keras.Model, table: ImageTable, progress: Progress
) -> FeatureArray:
    features = np.zeros((len(table), FEATURE_DIM), np.float32)
    for start in range(0, len(table), _TEACHER_BATCH):
        progress(start, len(table), "Asking the teacher")
        rows = slice(start, start + _TEACHER_BATCH)
        features[rows] = network(table.pixels[rows].astype(np.float32), training=False)
    return features


def _unit(vectors: FeatureArray) -> FeatureArray:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(norms, 1e-9), np.float32)
