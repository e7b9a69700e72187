"""The embedding of the default VGG16: learned directions beside the plain features.

The mean, the generalised mean (GeM, p = 3; Radenovic et al. 2018) and the maximum of
blocks 2 to 5 are scaled to unit length and mapped by one matrix, which linear
discriminant analysis finds after the training (`training.discriminants`). That part
tells the known classes and diagnoses apart. Classes it has never seen need the
features as they are: block 5's GeM stands beside it, both of a fixed weight.

The class probabilities are a product of two experts (Hinton 2002): the posterior of
linear discriminant analysis of the classes, from the same statistics; and the head that
was trained, which also stays as an output of its own, so that its layers remain
features. Both count every class as likely as any other. On blurred and coarse images of
val both together err less than either (`bench/ablation.py`).
"""

import keras
from keras import layers, ops

MAPS = {"block2_pool": 128, "block3_pool": 256, "block4_pool": 512, "block5_pool": 512}
"""Layers whose maps are pooled, with their channels."""
LAST_MAP = "block5_pool"
DIRECTIONS = "directions"
"""The layer that maps the statistics."""
PLAIN_WEIGHT = 1.0
"""Length of the plain part; that of the learned directions is 1. On val
(`bench/ablation.py`) more of it lifts classes that were not fitted (their mAP is 0.78
without, 0.90 with 1, 0.94 with 1.5) and lowers diagnoses (mAP@5 0.674, 0.667,
0.646). Keys of extractors do not hold it: who changes it renames the layer, too."""
PLAIN_DIM = MAPS[LAST_MAP]
FINER_WEIGHT = 4.0
"""How much an image counts, in the fit, whose class has several diagnoses: to tell
these apart is harder than to tell classes apart (mAP@5 on val 0.656 to 0.667)."""
STATISTICS_DIM = 3 * sum(MAPS.values())
PROBABILITY_FLOOR = 1e-7
"""What the trained head gives a class at least: it may not veto the discriminants."""
_P = 3.0
_TINY = 1e-6


def pooled_statistics(model: keras.Model) -> keras.KerasTensor:
    """Return mean, GeM and maximum of each map as unit vectors.

    Returns
    -------
    (n, STATISTICS_DIM), float32
    """
    parts = []
    for name in MAPS:
        values = ops.cast(model.get_layer(name).output, "float32")
        parts += [
            ops.mean(values, axis=(1, 2)),
            generalised_mean(values),
            ops.max(values, axis=(1, 2)),
        ]
    return ops.concatenate([_unit(part) for part in parts], axis=1)


def generalised_mean(values: keras.KerasTensor) -> keras.KerasTensor:
    """Return (mean over the pixels of x^3)^(1/3); x must not be negative.

    (n, height, width, channels) -> (n, channels)
    """
    cubes = ops.mean(values * values * values, axis=(1, 2))
    return ops.power(ops.maximum(cubes, _TINY**_P), 1.0 / _P)


def add_embedding(model: keras.Model, embedding_dim: int) -> keras.Model:
    """Return the network with the embedding as its second output.

    Parameters
    ----------
    embedding_dim
        Learned directions plus `PLAIN_DIM`.

    Returns
    -------
    A model with the outputs [probabilities by both experts, embedding, probabilities
    by the trained head].
    """
    statistics = pooled_statistics(model)
    directions = layers.Dense(
        embedding_dim - PLAIN_DIM, dtype="float32", name=DIRECTIONS
    )(statistics)
    scores = layers.Dense(model.output.shape[-1], dtype="float32", name="class_scores")(
        statistics
    )
    head = ops.maximum(ops.cast(model.output, "float32"), PROBABILITY_FLOOR)
    probabilities = ops.softmax(scores + ops.log(head), axis=1)
    last = ops.cast(model.get_layer(LAST_MAP).output, "float32")
    plain = _unit(generalised_mean(last)) * PLAIN_WEIGHT
    embedding = layers.Concatenate(axis=1, dtype="float32", name="embedding")(
        [_unit(directions), plain]
    )
    outputs = [probabilities, embedding, model.output]
    return keras.Model(model.input, outputs, name=model.name)


def _unit(vectors: keras.KerasTensor) -> keras.KerasTensor:
    norm = ops.sqrt(ops.sum(ops.square(vectors), axis=1, keepdims=True))
    return vectors / ops.maximum(norm, _TINY)
