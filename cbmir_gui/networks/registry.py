"""The architectures by name: how each is built and which layers give features."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras

from cbmir_gui.networks import autoencoder, dcnn, embedding, vgg16

EMBEDDING_LAYER = "embedding"
MAX_DIRECTIONS = 128
"""Of an embedding, that are learned."""
BASE_MAPS = "maps"
"""The last of the convolutions, as one of `Architecture.after_base`."""
STATISTICS = "statistics"
"""What `Embedding.statistics` returns, as another."""


@dataclass(frozen=True, slots=True)
class Embedding:
    """A feature layer whose matrix is fitted to labels after the training."""

    statistics: Callable[[keras.Model], keras.KerasTensor]
    """What the matrix "directions/kernel" takes, (n, statistics_dim)."""
    plain_dim: int = 0
    """Values that stand beside the learned directions."""
    standardised: bool = False
    """The discriminants are sought in values of unit variance: their shrinkage would
    else drown those of a small scale."""
    finer_weight: float = 1.0
    """How much an image counts whose class has several finer ones (diagnoses)."""
    gives_classes: bool = False
    """The statistics have a say in the class probabilities, too: "class_scores" maps
    them to what is added to the logarithm of the trained head's probabilities."""


@dataclass(frozen=True, slots=True)
class Architecture:
    """One architecture as the trainer and the extractors see it."""

    name: str
    variants: tuple[str, ...]
    build: Callable[[int, str, int], keras.Model]
    """(num_classes, variant, embedding_dim) -> the network that trained weights fit;
    its first output are the class probabilities, where it has classes."""
    feature_outputs: Callable[[keras.Model], dict[str, Any]]
    preprocessing: str
    """Name of the pixel normalisation: see `features.keras_features`."""
    input_size_px: int
    default_layer: str
    default_metric: str
    has_classes: bool
    square_size_px: int = 224
    """The square that an image is fitted into; the input, or its centre is."""
    continues_background: bool = False
    """The square goes on in the image's even background, where it has one."""
    embedding: Embedding | None = None
    """Of the variant "default"."""
    after_base: Callable[[keras.Model], dict[str, keras.KerasTensor]] | None = None
    """By name, the tensors from which alone everything that follows the convolutions
    is computed."""


def _build_vgg16(num_classes: int, variant: str, embedding_dim: int) -> keras.Model:
    model = vgg16.build_vgg16(num_classes, variant=variant)
    return embedding.add_embedding(model, embedding_dim) if embedding_dim else model


def _vgg16_features(model: keras.Model) -> dict[str, Any]:
    return vgg16.feature_outputs(model) | _embedding_of(model)


def _after_vgg16_base(model: keras.Model) -> dict[str, keras.KerasTensor]:
    tensors = {BASE_MAPS: model.get_layer(embedding.LAST_MAP).output}
    if embedding.DIRECTIONS in {layer.name for layer in model.layers}:
        tensors[STATISTICS] = model.get_layer(embedding.DIRECTIONS).input
    return tensors


def _build_dcnn(num_classes: int, variant: str, embedding_dim: int) -> keras.Model:
    del embedding_dim
    return dcnn.build_dcnn(num_classes, variant=variant)


def _build_autoencoder(
    num_classes: int, variant: str, embedding_dim: int
) -> keras.Model:
    del num_classes, variant
    model = autoencoder.build_autoencoder()
    return autoencoder.add_embedding(model, embedding_dim) if embedding_dim else model


def _autoencoder_features(model: keras.Model) -> dict[str, Any]:
    return autoencoder.feature_outputs(model) | _embedding_of(model)


def _embedding_of(model: keras.Model) -> dict[str, Any]:
    return {EMBEDDING_LAYER: model.outputs[1]} if len(model.outputs) > 1 else {}


ARCHITECTURES = {
    "vgg16": Architecture(
        name="vgg16",
        variants=("default", "paper"),
        build=_build_vgg16,
        feature_outputs=_vgg16_features,
        preprocessing="on-background-minus-imagenet-mean",
        input_size_px=vgg16.INPUT_SIZE_PX,
        default_layer="flatten",
        default_metric="cosine",
        has_classes=True,
        continues_background=True,
        embedding=Embedding(
            statistics=embedding.pooled_statistics,
            plain_dim=embedding.PLAIN_DIM,
            finer_weight=embedding.FINER_WEIGHT,
            gives_classes=True,
        ),
        after_base=_after_vgg16_base,
    ),
    "dcnn": Architecture(
        name="dcnn",
        variants=dcnn.VARIANTS,
        build=_build_dcnn,
        feature_outputs=dcnn.feature_outputs,
        preprocessing="centre-of-256-gray-minus-mean",
        input_size_px=dcnn.INPUT_SIZE_PX,
        default_layer="fc1",
        default_metric="euclidean",
        has_classes=True,
        square_size_px=dcnn.SQUARE_SIZE_PX,
    ),
    "autoencoder": Architecture(
        name="autoencoder",
        variants=("default",),
        build=_build_autoencoder,
        feature_outputs=_autoencoder_features,
        preprocessing="unit-range",
        input_size_px=autoencoder.INPUT_SIZE_PX,
        default_layer="latent",
        default_metric="euclidean",
        has_classes=False,
        embedding=Embedding(autoencoder.encoder_statistics, standardised=True),
    ),
}
