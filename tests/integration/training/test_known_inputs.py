"""What a training's convolutions said of its images is not computed again."""

import csv
import json
import shutil
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
import pytest
import tensorflow as tf

from cbmir_gui.core.errors import Cancelled
from cbmir_gui.core.progress import no_progress
from cbmir_gui.core.records import ImageSource, TrainRequest
from cbmir_gui.engine.decoder_client import DecoderClient
from cbmir_gui.features.keras_features import KerasNetwork
from cbmir_gui.features.known_inputs import KnownInputs
from cbmir_gui.features.registry import close_network, open_network
from cbmir_gui.networks.loading import load_network
from cbmir_gui.networks.model_store import find_model
from cbmir_gui.networks.registry import ARCHITECTURES, BASE_MAPS
from cbmir_gui.networks.variables import get_variables
from cbmir_gui.services.all_layers import open_all_layers
from cbmir_gui.services.feature_cache import FeatureCache
from cbmir_gui.services.start_features import SeenImages, keep_features_of_start
from cbmir_gui.services.training import train
from cbmir_gui.training import head_features
from cbmir_gui.training.base_outputs import INPUT, BaseOutputs
from cbmir_gui.training.datasets import TrainingData, load_training_data
from cbmir_gui.training.head_features import HeadData, head_data
from cbmir_gui.training.objectives import Classification
from cbmir_gui.training.recipe import make_recipe

MODEL = "vgg16-c18"
LAYERS = ("flatten", "pooled", "fc1", "embedding")


def make_inputs(network: KerasNetwork, num_images: int) -> np.ndarray:
    rng = np.random.default_rng(3)
    images = rng.integers(0, 256, (num_images, 90, 70), np.uint8)
    return np.stack([network.preprocess(image) for image in images])


def known_of(inputs: np.ndarray, batch_size: int = 2) -> KnownInputs:
    _, model = load_network(MODEL)
    outputs = BaseOutputs(
        ARCHITECTURES["vgg16"], model, len(inputs), has_embedding=True
    )
    run = tf.keras.Model(model.input, outputs.tensors)
    for start in range(0, len(inputs), batch_size):
        batch = inputs[start : start + batch_size]
        values = {k: v.numpy() for k, v in run(batch).items()}
        outputs.add({**values, INPUT: batch})
    known = outputs.known()
    assert known is not None
    return known


@pytest.fixture(scope="module")
def network() -> KerasNetwork:
    return KerasNetwork(MODEL)


def forbid_convolutions(network: KerasNetwork, monkeypatch: pytest.MonkeyPatch) -> None:
    compute = network._function

    def only_after(layers: tuple[str, ...], *, after_base: bool = False) -> object:
        assert after_base, "an image passed through the convolutions again"
        return compute(layers, after_base=True)

    monkeypatch.setattr(network, "_function", only_after)


def test_what_follows_the_convolutions_is_the_same(
    network: KerasNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs = make_inputs(network, 3)
    expected = network.run(inputs, LAYERS)
    assert network.remember(known_of(inputs))
    forbid_convolutions(network, monkeypatch)
    # In another order than they were learned in.
    found = network.run(inputs[::-1], LAYERS)
    for layer in LAYERS:
        np.testing.assert_allclose(
            found.features[layer][::-1], expected.features[layer], rtol=1e-4, atol=1e-4
        )
    assert found.probabilities is not None
    assert expected.probabilities is not None
    np.testing.assert_allclose(
        found.probabilities[::-1], expected.probabilities, atol=1e-4
    )
    with pytest.raises(AssertionError, match="convolutions again"):
        network.run(inputs + 1, LAYERS)


def test_what_other_convolutions_said_is_not_believed(network: KerasNetwork) -> None:
    known = known_of(make_inputs(network, 1))
    other = KnownInputs("0" * 64, known.rows, known.values)
    no_maps = {k: v for k, v in known.values.items() if k != BASE_MAPS}
    assert not network.remember(other)
    assert not network.remember(KnownInputs(known.base_sha256, known.rows, no_maps))


def test_maps_that_would_fill_the_memory_are_not_kept(
    network: KerasNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cbmir_gui.training.base_outputs.available_bytes", lambda: 1000)
    known = known_of(make_inputs(network, 1))
    assert BASE_MAPS not in known.values
    assert known.values


def test_a_head_keeps_what_was_said_of_unchanged_images_of_full_size_only() -> None:
    sources = [
        ImageSource(f"/{split}/{name}{n}", class_name=name, split=split)
        for split in ("train", "val")
        for name in ("a", "b")
        for n in range(2)
    ]

    def look(size_px: int) -> HeadData:
        rng = np.random.default_rng(1)
        data = load_training_data(
            sources, lambda _: rng.integers(0, 256, (50, 60), np.uint8), no_progress
        )
        request = TrainRequest(
            "d", weights="w", trainable="head", image_size=size_px, augment=False
        )
        model = ARCHITECTURES["vgg16"].build(2, "default", 0)
        if size_px != 224:
            from cbmir_gui.networks.vgg16 import build_vgg16

            model = build_vgg16(2, image_size=None)
        recipe = make_recipe(request)
        objective = Classification(2, 0.0)
        return head_data(model, objective, recipe, request, data, no_progress)

    known = look(224).known
    assert known is not None
    assert known.values[BASE_MAPS].shape == (8, 7, 7, 512)
    assert sorted(known.rows.values()) == list(range(8))
    assert look(32).known is None


def test_a_start_that_is_no_model_any_more_costs_nothing_but_time(
    home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = home / "trained_models" / "old"
    shutil.copytree(find_model(MODEL), folder)
    card = json.loads((folder / "card.json").read_text())
    card |= {"name": "old", "preprocessing": "minus-imagenet-mean"}
    (folder / "card.json").write_text(json.dumps(card))
    known = KnownInputs("0" * 64, {}, {})
    with caplog.at_level("INFO"):
        for start in ("old", str(folder), "gone", ""):
            keep_features_of_start(SeenImages(known, (), start), no_progress)
    assert len(caplog.messages) == 2
    assert all("minus-imagenet-mean" in text for text in caplog.messages)
    assert not list(home.rglob(".evaluation"))


def test_too_little_memory_for_the_start_is_no_failure(
    home: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: str) -> KerasNetwork:
        raise MemoryError

    monkeypatch.setattr("cbmir_gui.services.start_features.open_network", fail)
    with caplog.at_level("INFO"):
        keep_features_of_start(
            SeenImages(KnownInputs("", {}, {}), (), MODEL), no_progress
        )
    assert "too little memory" in caplog.text


def test_a_stop_is_heard_between_two_images_of_the_start(
    home: Path, network: KerasNetwork, tmp_path: Path
) -> None:
    rng = np.random.default_rng(2)
    paths = [tmp_path / f"{number}.png" for number in range(3)]
    for path in paths:
        cv2.imwrite(str(path), rng.integers(0, 256, (40, 40), np.uint8))
    num_told = 0

    def stop(done: int, total: int, text: str = "") -> None:
        nonlocal num_told
        num_told += 1
        assert (done, total, text) == (0, 3, "Preparing the comparison")
        if num_told > 2:
            raise Cancelled

    known = known_of(make_inputs(network, 1))
    sources = [ImageSource(str(path)) for path in paths]
    with pytest.raises(Cancelled):
        keep_features_of_start(SeenImages(known, sources, MODEL), stop)
    assert num_told == 3


def test_a_head_learns_from_the_convolutions_that_will_be_saved(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    network = ARCHITECTURES["vgg16"].build(2, "default", 0)
    before = get_variables(network)
    seen: dict[str, np.ndarray] = {}

    def look(model: Any, *_: object) -> HeadData:
        seen.update(get_variables(model))
        raise Cancelled

    monkeypatch.setattr(head_features, "head_data", look)
    request = TrainRequest("d", weights="w", trainable="head")
    objective = Classification(2, 0.0)
    with pytest.raises(Cancelled):
        head_features.train_head(
            network,
            objective,
            make_recipe(request),
            request,
            cast("TrainingData", None),
            no_progress,
            cast("Any", None),
        )
    name = "block3_conv1/kernel"
    np.testing.assert_array_equal(seen[name], before[name].astype(np.float16))
    assert not np.array_equal(seen[name], before[name])
    np.testing.assert_array_equal(seen["fc1/kernel"], before["fc1/kernel"])


@pytest.mark.parametrize("is_folder", [False, True])
def test_a_trained_head_is_measured_without_another_look_at_the_images(
    labelled_images: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_folder: bool,
) -> None:
    manifest = tmp_path / "few.csv"
    with manifest.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["file", "class", "split"])
        for kind in ("bars", "blobs", "rings"):
            for number in range(5):
                path = labelled_images / f"{kind}{number:02d}.png"
                writer.writerow([path, kind, "val" if number % 2 else "train"])
    request = TrainRequest(
        str(manifest),
        name="head-once",
        # The window names the folder.
        weights=str(find_model(MODEL)) if is_folder else MODEL,
        trainable="head",
        epochs=2,
        augment=False,
    )
    remember = KerasNetwork.remember

    def remember_and_forbid(network: KerasNetwork, known: KnownInputs) -> bool:
        remembered = remember(network, known)
        assert remembered
        forbid_convolutions(network, monkeypatch)
        return remembered

    with monkeypatch.context() as patch:
        patch.setattr(KerasNetwork, "remember", remember_and_forbid)
        card = train(request)
    assert card["metrics"]["val"]["embedding"]["num_queries"] == 6
    path = labelled_images / "bars01.png"
    # Those of the model that it started from are there, too, to compare the two.
    for model in ("head-once", MODEL):
        close_network(model)
        layers = open_all_layers(model)
        with DecoderClient() as decoder, FeatureCache(layers) as cache:
            pixels = decoder.decode(path).pixels
            with monkeypatch.context() as patch:
                forbid_convolutions(open_network(model), patch)
                (image_id,) = cache.add([ImageSource(str(path))], decoder).image_ids
            for info in layers.infos:
                computed = layers.extract([layers.preprocess(pixels)])[info.layer]
                kept = cache.features([image_id], info)
                np.testing.assert_allclose(kept, computed, rtol=2e-3, atol=2e-3)
