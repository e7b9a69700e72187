"""A card is believed only where it agrees with the architecture and the weights."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from cbmir_gui.core.errors import ModelDamagedError, ModelNotFoundError
from cbmir_gui.core.paths import models_dir
from cbmir_gui.features.registry import find_extractor, open_extractor
from cbmir_gui.networks import model_store
from cbmir_gui.networks.card import Card
from cbmir_gui.networks.loading import load_network
from cbmir_gui.networks.registry import ARCHITECTURES
from cbmir_gui.networks.variables import get_variables

AUTOENCODER = ARCHITECTURES["autoencoder"]
CARD = Card(
    name="small",
    architecture="autoencoder",
    variant="default",
    classes=(),
    layers={"latent": 48},
    default_layer="latent",
    default_metric="euclidean",
    preprocessing=AUTOENCODER.preprocessing,
    input_size_px=AUTOENCODER.input_size_px,
)


@pytest.fixture(scope="module")
def weights() -> dict[str, np.ndarray]:
    """Return random weights of the autoencoder that float16 holds exactly."""
    keras.utils.set_random_seed(0)
    network = AUTOENCODER.build(0, "default", 0)
    return {
        name: array.astype(np.float16).astype(np.float32)
        for name, array in get_variables(network).items()
    }


def test_every_weight_comes_back_into_its_place(weights: dict[str, np.ndarray]) -> None:
    saved = model_store.save_model(CARD, weights)
    card, network = load_network("small")
    assert card == saved
    received = get_variables(network)
    assert received.keys() == weights.keys()
    for name, array in weights.items():
        np.testing.assert_array_equal(received[name], array)


def test_a_model_that_is_not_there_is_named() -> None:
    with pytest.raises(ModelNotFoundError, match="no model 'none'"):
        load_network("none")


def test_a_changed_byte_is_noticed_before_anything_is_built(
    weights: dict[str, np.ndarray],
) -> None:
    model_store.save_model(CARD, weights)
    path = models_dir() / "small" / "weights.h5"
    content = bytearray(path.read_bytes())
    content[-100] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelDamagedError, match="has changed"):
        load_network("small")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"architecture": "resnet"}, "no architecture 'resnet'"),
        ({"variant": "paper"}, "the variant 'paper'"),
        ({"input_size_px": 100_000}, "100000 px"),
        ({"preprocessing": "none"}, "'none'"),
        ({"layers": {"latent": 47}}, "'latent'"),
        (
            {"layers": {"latent": 48, "hidden": 3}},
            "'hidden'",
        ),
        ({"classes": ("a", "b")}, "classes"),
    ],
)
def test_a_card_that_does_not_fit_the_architecture_is_refused(
    weights: dict[str, np.ndarray], changes: dict[str, object], message: str
) -> None:
    model_store.save_model(replace(CARD, **changes), weights)
    with pytest.raises(ModelDamagedError, match=message):
        open_extractor("small", "latent")


@pytest.mark.parametrize("change", ["missing", "unknown", "shape"])
def test_weights_that_do_not_fit_the_architecture_are_refused(
    weights: dict[str, np.ndarray], change: str
) -> None:
    wrong = dict(weights)
    if change == "missing":
        del wrong["latent/bias"]
    elif change == "unknown":
        wrong["latent/code"] = np.zeros(3, np.float32)
    else:
        wrong["latent/bias"] = np.zeros(47, np.float32)
    model_store.save_model(CARD, wrong)
    with pytest.raises(
        ModelDamagedError, match="do not fit this version's architecture at 'lat"
    ):
        load_network("small")


def test_a_new_default_layer_counts_for_a_network_in_memory() -> None:
    vgg16 = ARCHITECTURES["vgg16"]
    card = replace(
        CARD,
        architecture="vgg16",
        classes=("a", "b"),
        layers={"flatten": 25_088, "pooled": 512, "fc1": 256},
        default_layer="flatten",
        preprocessing=vgg16.preprocessing,
    )
    saved = model_store.save_model(card, get_variables(vgg16.build(2, "default", 0)))
    assert open_extractor("small").info.layer == "flatten"
    model_store.update_card(replace(saved, default_layer="pooled"))
    assert find_extractor("small").layer == "pooled"
    assert open_extractor("small").info == find_extractor("small")
