from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cbmir_gui.core.paths import libraries_dir
from cbmir_gui.engine.decoder_client import DecoderClient
from cbmir_gui.features.base import extract_one
from cbmir_gui.features.registry import open_extractor
from cbmir_gui.imaging.raster import write_png
from cbmir_gui.imaging.reader import read_image
from cbmir_gui.library.library import Library
from cbmir_gui.networks import model_store
from cbmir_gui.networks.card import Card
from cbmir_gui.networks.registry import ARCHITECTURES
from cbmir_gui.networks.variables import get_variables
from cbmir_gui.services.all_layers import open_all_layers
from cbmir_gui.services.evaluation import EvaluationRequest, evaluate

CLASSES = ("dark", "bright", "noisy")
LAYERS = {"flatten": 25_088, "pooled": 512, "fc1": 256}


@pytest.fixture
def model_name() -> str:
    """Save a VGG16 with random weights."""
    vgg16 = ARCHITECTURES["vgg16"]
    network = vgg16.build(len(CLASSES), "default", 0)
    card = Card(
        name="untrained",
        architecture="vgg16",
        variant="default",
        classes=CLASSES,
        layers=LAYERS,
        default_layer="pooled",
        default_metric="cosine",
        preprocessing=vgg16.preprocessing,
        input_size_px=vgg16.input_size_px,
    )
    model_store.save_model(card, get_variables(network))
    return card.name


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Write class folders with a split: 2 train and 1 test image of each class."""
    rng = np.random.default_rng(0)
    ranges = {"dark": (0, 60), "bright": (190, 256), "noisy": (0, 256)}
    for name, (low, high) in ranges.items():
        for number in range(3):
            folder = tmp_path / "data" / ("train" if number else "test") / name
            folder.mkdir(parents=True, exist_ok=True)
            pixels = rng.integers(low, high, (40, 30)).astype(np.uint8)
            write_png(folder / f"{number}.png", pixels)
    return tmp_path / "data"


@pytest.fixture
def decoder() -> Iterator[DecoderClient]:
    with DecoderClient() as client:
        yield client


def test_one_pass_gives_every_layer_and_the_accuracy(
    model_name: str, data: Path, decoder: DecoderClient
) -> None:
    report = evaluate(EvaluationRequest(str(data), model=model_name), decoder)
    assert report["num_queries"] == 3
    assert report["protocol"]["database_size"] == 6
    assert report["protocol"]["layer"] == "pooled"
    # An untrained network gives one answer to everything.
    assert 0 <= report["accuracy"] <= 1
    assert report["confusion_matrix"]["of"] == "classifier"
    assert 0 < report["mean_average_precision"] <= 1
    wrong = report["misclassified"]
    assert len(wrong) == 3 - round(3 * report["accuracy"])
    assert all(image["class"] != image["predicted"] for image in wrong)
    assert all(1 / 3 <= image["probability"] <= 1 for image in wrong)
    assert sum(pair["count"] for pair in report["confused_pairs"]) == len(wrong)

    cache = libraries_dir() / ".evaluation" / model_name
    with Library.open(cache, read_only=True) as library:
        layers = {info.layer: info for info in library.catalogue.extractors()}
        table = library.features(layers["flatten"].key)
    assert set(layers) == {*LAYERS, "probabilities"}
    extractor = open_extractor(model_name, "flatten")
    assert layers["flatten"] == extractor.info
    first = next((data / "test").rglob("*.png"))
    image = read_image(first)
    row = table.image_ids.index(image.info.image_id)
    alone = extract_one(extractor, image.pixels).features[0]
    scale = float(np.abs(alone).max())
    np.testing.assert_allclose(table.features[row], alone, atol=0.02 * scale)


def test_another_layer_needs_no_second_pass(
    model_name: str, data: Path, decoder: DecoderClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluate(EvaluationRequest(str(data), model=model_name), decoder)
    monkeypatch.setattr(decoder, "decode", None)
    request = EvaluationRequest(
        str(data), model=model_name, layer="flatten", class_filter="predicted"
    )
    report = evaluate(request, decoder)
    assert report["protocol"]["layer"] == "flatten"
    # Whoever is predicted wrongly finds nothing; whoever is right finds all.
    assert report["mean_average_precision"] == pytest.approx(report["accuracy"])


def test_spoilt_queries_are_classified_and_searched_anew(
    model_name: str, data: Path, decoder: DecoderClient
) -> None:
    clean = evaluate(EvaluationRequest(str(data), model=model_name), decoder)
    request = EvaluationRequest(
        str(data), model=model_name, layer="fc1", corruption="black_border"
    )
    report = evaluate(request, decoder)
    block = report["corruptions"]["black_border"]
    assert block["accuracy_clean"] == clean["accuracy"]
    assert block["accuracy_drop_points"] == pytest.approx(
        100 * (clean["accuracy"] - block["accuracy"])
    )
    cache = libraries_dir() / ".evaluation" / model_name
    with Library.open(cache, read_only=True) as library:
        spoilt = [
            info
            for info in library.catalogue.extractors()
            if "black_border" in info.key
        ]
        counts = [len(library.features(info.key).image_ids) for info in spoilt]
    # Only the layer that was asked for, of the queries alone.
    assert {info.layer for info in spoilt} == {"fc1", "probabilities"}
    assert counts == [3, 3]


def test_another_default_layer_changes_no_key(model_name: str) -> None:
    keys = {info.key for info in open_all_layers(model_name).infos}
    card = model_store.verify_model(model_name)
    model_store.update_card(replace(card, default_layer="fc1"))
    assert {info.key for info in open_all_layers(model_name).infos} == keys
