"""Networks written for other programs compute what they compute here."""

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from cbmir_gui.core.errors import ModelDamagedError, ModelError
from cbmir_gui.core.paths import models_dir
from cbmir_gui.networks import model_store
from cbmir_gui.networks.card import Card, write_card
from cbmir_gui.networks.loading import check_network, load_network
from cbmir_gui.networks.registry import ARCHITECTURES
from cbmir_gui.networks.variables import get_variables
from cbmir_gui.services.model_export import export_model
from cbmir_gui.services.model_import import import_model

AUTOENCODER = ARCHITECTURES["autoencoder"]


@pytest.fixture
def card() -> Card:
    """Save an autoencoder of random weights."""
    keras.utils.set_random_seed(0)
    made = Card(
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
    weights = get_variables(AUTOENCODER.build(0, "default", 0))
    return model_store.save_model(made, weights)


@pytest.fixture
def batch() -> np.ndarray:
    side_px = AUTOENCODER.input_size_px
    rng = np.random.default_rng(0)
    return rng.random((2, side_px, side_px, 3), dtype=np.float32)


# Keras asks NumPy 2 for arrays as of NumPy 1.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_keras_loads_the_network_without_code_of_this_program(
    card: Card, batch: np.ndarray, tmp_path: Path
) -> None:
    out = tmp_path / "small.keras"
    export_model("small", out)
    with zipfile.ZipFile(out) as archive:
        config = archive.read("config.json").decode()
    assert "cbmir" not in config
    assert "Lambda" not in config
    assert json.loads(config)["class_name"] == "Functional"
    _, expected = load_network("small", "float32")
    received = keras.models.load_model(out, safe_mode=True)
    np.testing.assert_allclose(received(batch), expected(batch), atol=1e-6)


def test_onnx_holds_features_output_and_weights(card: Card, tmp_path: Path) -> None:
    pytest.importorskip("tf2onnx", reason="the extra 'onnx' is not installed")
    onnx = pytest.importorskip("onnx")
    out = tmp_path / "small.onnx"
    export_model("small", out)
    model = onnx.load(out)
    onnx.checker.check_model(model, full_check=True)
    shapes = {
        value.name: [side.dim_value for side in value.type.tensor_type.shape.dim][1:]
        for value in (*model.graph.input, *model.graph.output)
    }
    side_px = AUTOENCODER.input_size_px
    assert shapes == {
        "image": [side_px, side_px, 3],
        "features": [48],
        "output": [side_px, side_px, 3],
    }
    num_values = sum(int(np.prod(array.dims)) for array in model.graph.initializer)
    _, network = load_network("small", "float32")
    assert num_values > 0.99 * network.count_params()  # small arrays are constants


def test_an_exported_network_is_imported(card: Card, tmp_path: Path) -> None:
    export_model("small", tmp_path / "small.cbmir")
    assert import_model(tmp_path / "small.cbmir", "copy") == "copy"
    assert load_network("copy")[0].weights_sha256 == card.weights_sha256


def test_weights_of_another_architecture_are_not_imported(
    card: Card, tmp_path: Path
) -> None:
    weights = {"latent/kernel": np.zeros((3, 48), np.float32)}
    model_store.save_model(replace(card, name="wrong"), weights)
    with pytest.raises(
        ModelDamagedError, match="do not fit this version's architecture"
    ):
        check_network(models_dir() / "wrong")
    export_model("wrong", tmp_path / "wrong.cbmir")
    with pytest.raises(ModelError, match="cannot be imported: its weights do not fit"):
        import_model(tmp_path / "wrong.cbmir", "copy")
    assert not (models_dir() / "copy").exists()


def test_an_unknown_architecture_is_not_imported(card: Card, tmp_path: Path) -> None:
    write_card(models_dir() / "small", replace(card, architecture="resnet"))
    export_model("small", tmp_path / "small.cbmir")
    with pytest.raises(ModelError, match="no architecture 'resnet'"):
        import_model(tmp_path / "small.cbmir", "copy")
