"""A model becomes one file of the form that is asked for."""

import importlib.util
import json
import zipfile
from pathlib import Path

import pytest

from cbmir_gui.core.errors import ModelDamagedError, ModelError, StorageError
from cbmir_gui.core.paths import models_dir
from cbmir_gui.networks.card import Card
from cbmir_gui.services.model_export import export_model


@pytest.mark.parametrize("name", ["tiny.cbmir", "tiny.zip", "TINY.ZIP"])
def test_an_archive_holds_the_files_of_the_folder(
    name: str, tiny_model: Card, tmp_path: Path
) -> None:
    export_model("tiny", tmp_path / name)
    with zipfile.ZipFile(tmp_path / name) as archive:
        assert set(archive.namelist()) == {"card.json", "weights.h5", "history.csv"}
        weights = models_dir() / "tiny" / "weights.h5"
        assert archive.read("weights.h5") == weights.read_bytes()


def test_a_card_is_written_as_text_even_without_weights(
    tiny_model: Card, tmp_path: Path
) -> None:
    (models_dir() / "tiny" / "weights.h5").unlink()
    export_model("tiny", tmp_path / "tiny.txt", "card")
    card = json.loads((tmp_path / "tiny.txt").read_text(encoding="utf-8"))
    assert card["classes"] == ["head", "chest"]


def test_a_converter_that_is_not_installed_is_named(
    tiny_model: Card, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModelError, match=r"tf2onnx and onnx cannot be found.*\[onnx\]"):
        export_model("tiny", tmp_path / "tiny.onnx")
    assert list(tmp_path.glob("*.onnx")) == []


def test_a_file_is_not_exported_over(tiny_model: Card, tmp_path: Path) -> None:
    out = tmp_path / "tiny.zip"
    out.write_text("mine")
    with pytest.raises(ModelError, match=r"already a file 'tiny\.zip'"):
        export_model("tiny", out)
    assert out.read_text() == "mine"


@pytest.mark.parametrize(
    ("name", "form", "message"),
    [
        ("tiny.exe", "", r"cannot be written to 'tiny\.exe'.*\.keras"),
        ("tiny.zip", "pickle", "cannot be exported as 'pickle'.*keras"),
    ],
)
def test_another_form_is_refused(
    name: str, form: str, message: str, tiny_model: Card, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match=message):
        export_model("tiny", tmp_path / name, form)


def test_a_damaged_model_is_not_exported(tiny_model: Card, tmp_path: Path) -> None:
    (models_dir() / "tiny" / "weights.h5").write_bytes(b"damaged")
    with pytest.raises(ModelDamagedError, match="has changed"):
        export_model("tiny", tmp_path / "tiny.cbmir")
    assert list(tmp_path.glob("*tiny*")) == []


def test_a_folder_that_is_missing_is_said(tiny_model: Card, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="No such file or directory"):
        export_model("tiny", tmp_path / "gone" / "tiny.cbmir")
