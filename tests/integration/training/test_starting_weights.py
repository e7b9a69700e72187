"""What a training may start from, and that a wrong start is refused before reading."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import h5py
import keras
import numpy as np
import pytest

from cbmir_gui.core.errors import ModelDamagedError, TrainingError
from cbmir_gui.core.records import TrainRequest
from cbmir_gui.networks import model_store
from cbmir_gui.networks.autoencoder import build_autoencoder
from cbmir_gui.networks.card import Card
from cbmir_gui.networks.dcnn import build_dcnn
from cbmir_gui.networks.variables import get_variables
from cbmir_gui.networks.vgg16 import build_vgg16
from cbmir_gui.networks.weights_file import write_weights
from cbmir_gui.services.training import train
from cbmir_gui.training.preparation import build_network, check_request
from cbmir_gui.training.recipe import make_recipe
from cbmir_gui.training.starting_weights import assign_fitting, load_starting_weights

CARD = Card(
    name="start",
    architecture="vgg16",
    variant="default",
    classes=("a", "b"),
    layers={"pooled": 512},
    default_layer="pooled",
    default_metric="cosine",
    preprocessing="minus-imagenet-mean",
    input_size_px=224,
)
FIRST = np.arange(3 * 3 * 3 * 64, dtype=np.float32).reshape(3, 3, 3, 64) / 64
BIAS = np.arange(64, dtype=np.float32)
SECOND = np.ones((3, 3, 64, 64), np.float32)


def write_keras_file(path: Path, kernel: str, bias: str) -> Path:
    """Write the first two layers as Keras writes them, for BGR input."""
    with h5py.File(path, "w") as file:
        for layer, array in (("block1_conv1", FIRST), ("block1_conv2", SECOND)):
            file[f"{layer}/{kernel.format(layer)}"] = array
            file[f"{layer}/{bias.format(layer)}"] = BIAS
            file[layer].attrs["weight_names"] = [b"kernel", b"bias"]
    return path


@pytest.mark.parametrize(
    ("kernel", "bias"),
    [
        ("{0}_W_1:0", "{0}_b_1:0"),  # the published ImageNet file
        ("{0}/kernel:0", "{0}/bias:0"),  # Keras 2
        ("{0}/kernel", "{0}/bias"),
        ("kernel", "bias"),
    ],
)
def test_a_file_of_keras_is_read_as_arrays_and_turned_to_rgb(
    tmp_path: Path, kernel: str, bias: str
) -> None:
    path = write_keras_file(tmp_path / "vgg16.h5", kernel, bias)
    arrays = load_starting_weights(str(path))
    assert sorted(arrays) == [
        "block1_conv1/bias",
        "block1_conv1/kernel",
        "block1_conv2/bias",
        "block1_conv2/kernel",
    ]
    first = arrays["block1_conv1/kernel"]
    for rgb, bgr in ((0, 2), (1, 1), (2, 0)):
        np.testing.assert_array_equal(first[:, :, rgb], FIRST[:, :, bgr])
    np.testing.assert_array_equal(arrays["block1_conv1/bias"], BIAS)
    np.testing.assert_array_equal(arrays["block1_conv2/kernel"], SECOND)


def test_the_imagenet_weights_are_turned_to_rgb(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def network(include_top: bool, weights: str) -> keras.Model:
        assert (include_top, weights) == (False, "imagenet")
        inputs = keras.Input((None, None, 3))
        conv = keras.layers.Conv2D(64, 3, name="block1_conv1")
        model = keras.Model(inputs, conv(inputs))
        conv.set_weights([FIRST, BIAS])
        return model

    monkeypatch.setattr(keras.applications, "VGG16", network)
    first = load_starting_weights("imagenet")["block1_conv1/kernel"]
    np.testing.assert_array_equal(first, FIRST[:, :, ::-1])


def test_without_a_network_imagenet_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(**_: object) -> None:
        raise Exception("URL fetch failure on https://storage")

    monkeypatch.setattr(keras.applications, "VGG16", fail)
    with pytest.raises(TrainingError, match=r"Connect to the network .* 'none'"):
        load_starting_weights("imagenet")


@pytest.mark.parametrize("how", ["name", "folder", "file"])
def test_a_model_of_this_program_is_taken_as_it_is(home: Path, how: str) -> None:
    model_store.save_model(CARD, {"block1_conv1/kernel": FIRST})
    folder = home / "trained_models" / "start"
    given = {"name": "start", "folder": folder, "file": folder / "weights.h5"}[how]
    arrays = load_starting_weights(str(given))
    np.testing.assert_array_equal(arrays["block1_conv1/kernel"], FIRST)


@pytest.mark.parametrize("name", ["weights.h5", "best-007.h5"])
def test_a_copy_of_this_programs_weights_stays_rgb(tmp_path: Path, name: str) -> None:
    arrays = {"block1_conv1/kernel": FIRST, "block1_conv1/bias": BIAS}
    write_weights(tmp_path / name, arrays, np.float32)
    read = load_starting_weights(str(tmp_path / name))
    np.testing.assert_array_equal(read["block1_conv1/kernel"], FIRST)


def test_a_model_with_a_changed_byte_is_no_start(home: Path) -> None:
    model_store.save_model(CARD, {"block1_conv1/kernel": FIRST})
    path = home / "trained_models" / "start" / "weights.h5"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelDamagedError, match="has changed"):
        load_starting_weights("start")


def test_what_is_not_there_is_named_without_its_folder(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"no starting weights 'none\.h5'") as error:
        load_starting_weights(str(tmp_path / "none.h5"))
    assert str(tmp_path) not in str(error.value)


def test_a_file_that_holds_code_is_refused(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "model.h5", "w") as file:
        file["block1_conv1/kernel"] = np.array([b"import os"])
    with pytest.raises(ModelDamagedError, match="not a plain array"):
        load_starting_weights(str(tmp_path / "model.h5"))


def test_what_fits_is_assigned_and_the_rest_stays() -> None:
    network = build_vgg16(2)
    before = get_variables(network)
    arrays = {
        name: np.full_like(array, 0.5)
        for name, array in before.items()
        if name.endswith("/kernel")
    }
    arrays |= {
        "probabilities/kernel": np.ones((256, 7), np.float32),  # other classes
        "block9_conv1/kernel": FIRST,
    }
    assert assign_fitting(network, arrays, "head") == 14
    for name, array in get_variables(network).items():
        is_given = name.endswith("/kernel") and name != "probabilities/kernel"
        expected = arrays[name] if is_given else before[name]
        np.testing.assert_array_equal(array, expected)


@pytest.mark.parametrize("biases", [(), ("fc1/bias", "fc2/bias")])
def test_weights_of_another_architecture_are_refused(biases: tuple[str, ...]) -> None:
    arrays = get_variables(build_autoencoder())
    arrays |= {name: np.ones(4096, np.float32) for name in biases}
    with pytest.raises(TrainingError, match="another architecture: 0 of 8 kernels"):
        assign_fitting(build_dcnn(2), arrays)


@pytest.mark.parametrize(
    ("layer", "trainable", "refused"),
    [
        ("block3_conv2", "head", True),
        ("block3_conv2", "block5", True),
        ("block3_conv2", "all", False),
        ("block5_conv1", "block5", False),
        ("block5_conv1", "head", True),
        ("fc1", "head", False),
    ],
)
def test_a_layer_that_is_not_trained_needs_its_weights(
    layer: str, trainable: str, refused: bool
) -> None:
    network = build_vgg16(2)
    arrays = get_variables(network)
    del arrays[f"{layer}/kernel"]
    if refused:
        with pytest.raises(TrainingError, match=f"not fit '{layer}/kernel'.*'all'"):
            assign_fitting(network, arrays, trainable)
    else:
        assert assign_fitting(network, arrays, trainable) == len(arrays)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"architecture": "resnet"}, r"no architecture 'resnet'.*vgg16 \(default or"),
        ({"variant": "large"}, "the variant 'large'"),
        ({"weights": "nothing.h5"}, r"no starting weights 'nothing\.h5'"),
        ({"epochs": 0}, "at least 1 epoch"),
    ],
)
def test_a_request_is_refused_before_an_image_is_read(
    labelled_images: Path,
    monkeypatch: pytest.MonkeyPatch,
    changes: dict[str, object],
    message: str,
) -> None:
    request = TrainRequest(str(labelled_images / "manifest.csv"), **changes)
    with pytest.raises(TrainingError, match=message):
        check_request(request)
    monkeypatch.setattr("cbmir_gui.services.training_data.DecoderClient", None)
    with pytest.raises(TrainingError, match=message):
        train(request)


def test_a_checkpoint_of_all_layers_needs_no_starting_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keras.config, "set_dtype_policy", lambda _: None)
    data = SimpleNamespace(classes=("a", "b"), fine_classes=())
    request = TrainRequest("d", weights="gone.h5")
    head = replace(request, trainable="head")
    with pytest.raises(TrainingError, match="no starting weights"):
        check_request(request, tmp_path)
    (tmp_path / "checkpoint.json").touch()
    check_request(request, tmp_path)
    assert build_network(request, make_recipe(request), data, tmp_path).built
    # What a head learns of is read from there again.
    with pytest.raises(TrainingError, match="no starting weights"):
        check_request(head, tmp_path)
    with pytest.raises(TrainingError, match="no starting weights"):
        build_network(head, make_recipe(head), data, tmp_path)


def test_the_published_variant_starts_from_weights_without_its_third_convolution() -> (
    None
):
    arrays = load_starting_weights("vgg16-c18")
    default = build_vgg16(2)
    assign_fitting(default, arrays, "head")
    paper = build_vgg16(2, variant="paper")
    assign_fitting(paper, arrays, "head")
    image = np.random.default_rng(0).normal(0, 60, (1, 224, 224, 3)).astype(np.float32)
    expected, found = (
        keras.Model(model.input, model.get_layer("block5_pool").output)(image)
        for model in (default, paper)
    )
    assert expected.numpy().max() > 0
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


def test_a_second_convolution_of_no_shape_is_of_another_architecture() -> None:
    arrays = {"block1_conv2/kernel": np.float32(1)[...]}
    with pytest.raises(TrainingError, match="another architecture"):
        assign_fitting(build_vgg16(2, variant="paper"), arrays, "head")


def test_a_third_convolution_that_has_learned_is_taken_as_it_is() -> None:
    paper = build_vgg16(2, variant="paper")
    arrays = get_variables(paper)
    arrays["block1_conv3/kernel"] += np.float32(1)
    assign_fitting(paper, arrays, "head")
    kernel = get_variables(paper)["block1_conv3/kernel"]
    np.testing.assert_array_equal(kernel, arrays["block1_conv3/kernel"])
