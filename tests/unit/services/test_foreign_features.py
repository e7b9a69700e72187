"""Features that another extractor made never answer a query, whatever is different."""

import dataclasses
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from cbmir_gui.core.errors import (
    CbmirError,
    LayerNotFoundError,
    LibraryDamagedError,
    LibraryError,
    LibraryMismatchError,
    LibraryOutdatedError,
)
from cbmir_gui.core.paths import models_dir
from cbmir_gui.core.records import ImageSource
from cbmir_gui.core.search_records import SearchRequest
from cbmir_gui.features.extractors.raw_pixels import RawPixelExtractor
from cbmir_gui.features.registry import find_extractor
from cbmir_gui.imaging.reader import read_image
from cbmir_gui.library.entries import FileState, NewImage
from cbmir_gui.library.library import Library
from cbmir_gui.networks import model_store
from cbmir_gui.networks.card import Card
from cbmir_gui.services.retrieval import RetrievalService


@pytest.fixture
def query(image_folder: Path) -> Path:
    return image_folder / "chest_ct" / "2.png"


@pytest.fixture
def library(tiny_model: Card, image_folder: Path, tmp_path: Path) -> Path:
    """Make a library with features of the trained model."""
    folder = tmp_path / "library"
    paths = sorted(image_folder.rglob("*.png"))
    images = [
        NewImage(
            read_image(path).info,
            ImageSource(str(path), class_name=path.parent.name),
            FileState(str(path), 1, 1),
        )
        for path in paths
    ]
    with Library.create(folder) as library:
        features = np.random.default_rng(0).random((len(paths), 2), np.float32)
        library.add(images, find_extractor("tiny"), features)
    return folder


def change_card(**changes: object) -> None:
    path = models_dir() / "tiny" / "card.json"
    card = json.loads(path.read_text())
    path.write_text(json.dumps(card | changes))


def execute(folder: Path, statement: str) -> None:
    with sqlite3.connect(folder / "library.sqlite") as connection:
        connection.execute(statement)
    connection.close()


def retrain(_: Path) -> None:
    """Save other weights under the same name."""
    card = model_store.load_card("tiny")
    model_store.delete_model("tiny")
    model_store.save_model(card, {"latent/kernel": np.zeros((2, 2), np.float32)})


def forge_weights(folder: Path) -> None:
    """Name other weights behind the same shortened hash in the key."""
    execute(
        folder, "UPDATE extractor SET weights_sha256 = substr(weights_sha256, 1, 16)"
    )


def forge_dimension(folder: Path) -> None:
    execute(folder, "UPDATE extractor SET feature_dim = 3")


def change_input_size(_: Path) -> None:
    change_card(input_size_px=96)


def change_preprocessing(_: Path) -> None:
    change_card(preprocessing="stretch")


def rename_layer(_: Path) -> None:
    change_card(layers={"pooled": 2}, default_layer="pooled")


def rename_model(_: Path) -> None:
    (models_dir() / "tiny").rename(models_dir() / "other")


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        (retrain, LibraryOutdatedError, "earlier version of the model 'tiny'"),
        (forge_weights, LibraryOutdatedError, "earlier version of the model 'tiny'"),
        (forge_dimension, LibraryOutdatedError, "earlier version of the model 'tiny'"),
        (change_input_size, LibraryOutdatedError, "earlier version"),
        (change_preprocessing, LibraryOutdatedError, "earlier version"),
        (rename_layer, LayerNotFoundError, "no feature layer 'latent'"),
        (rename_model, LibraryError, "made by the model 'tiny', which is not here"),
    ],
)
def test_a_change_of_the_model_ends_the_searches_of_its_library(
    library: Path,
    query: Path,
    decoder,
    change: Callable[[Path], None],
    error: type[CbmirError],
    said: str,
) -> None:
    change(library)
    service = RetrievalService(decoder)
    with pytest.raises(error, match=said):
        service.search(SearchRequest(str(library), query_path=str(query)))
    with pytest.raises(error, match=said):
        service.warm(str(library))
    image_id = read_image(query).info.image_id
    with pytest.raises(error, match=said):
        service.search(SearchRequest(str(library), query_image_id=image_id))


@pytest.mark.parametrize(("model", "layer"), [("raw-pixels", ""), ("lbp", "histogram")])
def test_another_model_or_layer_is_not_answered(
    library: Path, query: Path, decoder, model: str, layer: str
) -> None:
    request = SearchRequest(
        str(library), query_path=str(query), model=model, layer=layer
    )
    with pytest.raises((LibraryMismatchError, LayerNotFoundError)):
        RetrievalService(decoder).search(request)


def test_another_preprocessing_of_a_built_in_extractor_is_not_answered(
    library_folder: Path, image_folder: Path, decoder, monkeypatch
) -> None:
    info = RawPixelExtractor().info
    newer = dataclasses.replace(info, key=f"{info.key}0")
    monkeypatch.setattr(RawPixelExtractor, "info", newer)
    request = SearchRequest(
        str(library_folder), query_path=str(image_folder / "chest_ct" / "2.png")
    )
    with pytest.raises(LibraryOutdatedError, match="'raw-pixels'"):
        RetrievalService(decoder).search(request)


def test_a_segment_of_another_extractor_under_the_right_name_is_refused(
    library_folder: Path, image_folder: Path, decoder
) -> None:
    (path,) = (library_folder / "features").rglob("*.h5")
    with h5py.File(path, "r+") as file:
        file.attrs["extractor_key"] = "other/pixels/0000"
    request = SearchRequest(
        str(library_folder), query_path=str(image_folder / "chest_ct" / "2.png")
    )
    with pytest.raises(LibraryDamagedError, match="its extractor_key is not what"):
        RetrievalService(decoder).search(request)
