"""A trained network from disk: our code builds it, arrays are assigned to it."""

import math
from collections.abc import Mapping
from pathlib import Path

import keras

from cbmir_gui.core.errors import ModelDamagedError
from cbmir_gui.networks.card import CARD_FILE, Card, read_card
from cbmir_gui.networks.model_store import WEIGHTS_FILE, find_model, verify_model
from cbmir_gui.networks.precision import keras_policy
from cbmir_gui.networks.registry import (
    ARCHITECTURES,
    EMBEDDING_LAYER,
    MAX_DIRECTIONS,
    Architecture,
)
from cbmir_gui.networks.variables import check_shapes, set_variables
from cbmir_gui.networks.weights_file import read_shapes, read_weights


def architecture_of(card: Card) -> Architecture:
    """Return the architecture that a card names.

    Raises
    ------
    ModelDamagedError
        This program has no such architecture or variant, or it takes other images
        than the card says.
    """
    architecture = ARCHITECTURES.get(card.architecture)
    if architecture is None or card.variant not in architecture.variants:
        raise ModelDamagedError(
            card.name,
            f"this program has no architecture '{card.architecture}' of the variant "
            f"'{card.variant}'",
        )
    expected = architecture.input_size_px, architecture.preprocessing
    if (card.input_size_px, card.preprocessing) != expected:
        raise ModelDamagedError(
            card.name,
            f"'{card.architecture}' takes {expected[0]} px and '{expected[1]}', but "
            f"{CARD_FILE} says {card.input_size_px} px and '{card.preprocessing}'",
        )
    if architecture.has_classes != bool(card.classes):
        raise ModelDamagedError(
            card.name,
            f"'{card.architecture}' has {'' if architecture.has_classes else 'no '}"
            f"classes, but {CARD_FILE} names {len(card.classes)}",
        )
    return architecture


def load_network(name: str, dtype_policy: str = "") -> tuple[Card, keras.Model]:
    """Build a trained network.

    Parameters
    ----------
    dtype_policy
        Of Keras; empty: this machine's precision.

    Raises
    ------
    ModelNotFoundError
    ModelDamagedError
        The hash, the card, or the shape of an array is wrong.
    """
    card = verify_model(name)
    architecture = architecture_of(card)
    weights = read_weights(find_model(name) / WEIGHTS_FILE, name)
    keras.config.set_dtype_policy(dtype_policy or keras_policy())
    model = build_network(card, architecture)
    _check_layers(card, architecture.feature_outputs(model))
    set_variables(model, weights, name)
    return card, model


def check_network(folder: Path) -> None:
    """Check that a model folder makes a network, without reading its values.

    Raises
    ------
    ModelDamagedError
        This program has no such architecture, or the arrays do not fit it.
    """
    card = read_card(folder)
    architecture = architecture_of(card)
    shapes = read_shapes(folder / WEIGHTS_FILE, card.name)
    model = build_network(card, architecture)
    _check_layers(card, architecture.feature_outputs(model))
    check_shapes(model, shapes, card.name)


def build_network(card: Card, architecture: Architecture) -> keras.Model:
    """Build the network of a card, without its weights.

    Raises
    ------
    ModelDamagedError
        The card asks for an embedding that cannot be.
    """
    embedding_dim = card.layers.get(EMBEDDING_LAYER, 0)
    embedding = architecture.embedding if card.variant == "default" else None
    plain_dim = embedding.plain_dim if embedding else embedding_dim
    num_directions = embedding_dim - plain_dim
    if embedding_dim and not 0 < num_directions <= MAX_DIRECTIONS:
        raise ModelDamagedError(
            card.name, f"it has no layer '{EMBEDDING_LAYER}' of {embedding_dim} values"
        )
    return architecture.build(len(card.classes), card.variant, embedding_dim)


def _check_layers(card: Card, outputs: Mapping[str, keras.KerasTensor]) -> None:
    for layer, feature_dim in card.layers.items():
        output = outputs.get(layer)
        if output is None or math.prod(output.shape[1:]) != feature_dim:
            raise ModelDamagedError(
                card.name, f"it has no layer '{layer}' of {feature_dim} values"
            )
