"""Models are checked, listed with their problems, and deleted if nothing needs them."""

from pathlib import Path

import numpy as np
import pytest

from cbmir_gui.core.errors import ModelDamagedError, ModelError, ModelNotFoundError
from cbmir_gui.core.paths import libraries_dir, models_dir
from cbmir_gui.core.records import ExtractorInfo, ImageInfo, ImageSource
from cbmir_gui.features import registry
from cbmir_gui.features.registry import list_extractors
from cbmir_gui.library.entries import FileState, NewImage
from cbmir_gui.library.library import Library
from cbmir_gui.networks import model_store
from cbmir_gui.networks.card import Card
from cbmir_gui.services import models
from cbmir_gui.services.models import delete_model, list_models, verify_model


def test_a_changed_byte_is_found(tiny_model: Card) -> None:
    weights = models_dir() / "tiny" / "weights.h5"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    with pytest.raises(ModelDamagedError, match="has changed"):
        verify_model("tiny")


def test_a_model_of_the_installed_program_is_not_deleted(
    tiny_model: Card, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CBMIR_HOME", str(tmp_path / "elsewhere"))
    monkeypatch.setattr(
        model_store, "model_roots", lambda: (tmp_path / "home" / "trained_models",)
    )
    with pytest.raises(ModelError, match="came with the program"):
        delete_model("tiny")


def test_an_unknown_model_is_said_with_those_that_are_there(tiny_model: Card) -> None:
    with pytest.raises(ModelNotFoundError, match=r"Choose one of: .*tiny"):
        verify_model("huge")


def test_without_any_model_it_is_said_how_to_get_one(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_store, "model_roots", lambda: (home,))
    with pytest.raises(ModelNotFoundError, match="Train one with"):
        verify_model("huge")


def test_a_model_of_which_only_the_card_is_here_is_listed_and_not_offered(
    tiny_model: Card,
) -> None:
    (models_dir() / "tiny" / "weights.h5").unlink()
    (found,) = (info for info in list_models() if info.name == "tiny")
    assert found.classes == ("head", "chest")
    assert "only its card is here" in found.problem
    assert "tiny" not in {info.model for info in list_extractors()}
    with pytest.raises(ModelError, match=r"'tiny' cannot be used: only its card"):
        verify_model("tiny")


def test_a_deleted_model_is_gone(tiny_model: Card) -> None:
    delete_model("tiny")
    assert list(models_dir().iterdir()) == []


def test_what_was_kept_of_a_deleted_model_is_deleted_too(
    tiny_model: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = libraries_dir() / ".evaluation" / "tiny"
    Library.create(cache).close()
    monkeypatch.setattr(
        registry, "_networks", {("tiny", "1"): None, ("big", "2"): None}
    )
    delete_model("tiny")
    assert not cache.exists()
    assert list(registry._networks) == [("big", "2")]


@pytest.fixture
def used_by(tiny_model: Card) -> Path:
    """Make a library whose default model is the tiny one."""
    folder = libraries_dir() / "hands"
    image = NewImage(
        ImageInfo("0" * 64 + ":1", "a.png", 8, 8),
        ImageSource("/images/a.png"),
        FileState("/images/a.png", 1, 1),
    )
    extractor = ExtractorInfo("tiny", "latent", 2, "euclidean", "tiny/latent/1")
    with Library.create(folder, "Hands of 2026") as library:
        library.add([image], extractor, np.ones((1, 2), np.float32))
    return folder


def test_a_model_that_a_library_uses_is_not_deleted(used_by: Path) -> None:
    with pytest.raises(ModelError, match="queries of the library 'Hands of 2026'"):
        delete_model("tiny")
    assert verify_model("tiny").name == "tiny"


def test_a_model_that_a_library_used_before_can_be_deleted(used_by: Path) -> None:
    other = ExtractorInfo("raw-pixels", "pixels", 2, "cosine", "raw/1")
    with Library.open(used_by) as library:
        image_ids = library.catalogue.image_ids()
        library.add_features(image_ids, other, library.features().features)
        library.set_default_extractor(other.key)
    delete_model("tiny")
    assert "tiny" not in model_store.model_folders()


def test_a_model_that_is_committed_in_a_checkout_is_not_deleted(
    home: Path, tiny_model: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "setup.cfg").write_text(
        "[options.data_files]\n"
        "share/cbmir/trained_models/Tiny = trained_models/tiny/*\n"
    )
    monkeypatch.setattr(models, "checkout", lambda: home)
    with pytest.raises(ModelError, match="came with the program"):
        delete_model("tiny")
    (home / "setup.cfg").write_text("[options.data_files]\n")
    delete_model("tiny")
