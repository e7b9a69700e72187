"""Models are moved between computers, and nothing unsound gets in."""

import os
import zipfile
from pathlib import Path

import numpy as np
import pytest

from cbmir_gui.core.errors import ModelDamagedError, ModelError, ModelNotFoundError
from cbmir_gui.core.paths import models_dir
from cbmir_gui.networks import model_store
from cbmir_gui.networks.card import Card
from cbmir_gui.services.models import (
    delete_model,
    export_model,
    import_model,
    list_models,
    load_card,
    verify_model,
)


@pytest.fixture
def model(home: Path) -> Card:
    """Save a model of one array."""
    card = Card(
        name="tiny",
        architecture="autoencoder",
        variant="default",
        classes=("head", "chest"),
        layers={"latent": 2},
        default_layer="latent",
        default_metric="euclidean",
        preprocessing="letterbox",
        input_size_px=224,
        created="2026-01-02",
    )
    return model_store.save_model(
        card,
        {"latent/kernel": np.ones((2, 2), np.float32)},
        {"history.csv": b"epoch\n1\n"},
    )


@pytest.fixture
def exported(model: Card, tmp_path: Path) -> Path:
    """Export the model to a file."""
    out = tmp_path / "tiny.zip"
    export_model("tiny", out)
    return out


def rewrite(file: Path, changed: dict[str, bytes | None]) -> None:
    """Replace members of a zip file; None leaves one out."""
    with zipfile.ZipFile(file) as archive:
        members: dict[str, bytes | None] = {
            name: archive.read(name) for name in archive.namelist()
        }
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in (members | changed).items():
            if content is not None:
                archive.writestr(name, content)


def leftovers() -> list[str]:
    return [entry.name for entry in models_dir().iterdir() if entry.name != "tiny"]


def test_an_exported_model_can_be_imported_under_another_name(exported: Path) -> None:
    assert import_model(exported, "copy") == "copy"
    assert {"copy", "tiny"} <= {entry.name for entry in list_models()}
    assert load_card("copy").name == "copy"
    assert verify_model("copy").weights_sha256 == load_card("tiny").weights_sha256
    assert (models_dir() / "copy" / "history.csv").is_file()


def test_a_deleted_model_comes_back_under_its_own_name(exported: Path) -> None:
    delete_model("tiny")
    assert import_model(exported) == "tiny"
    assert verify_model("tiny").classes == ("head", "chest")


def test_a_taken_name_is_refused(exported: Path) -> None:
    with pytest.raises(ModelError, match="already a model 'tiny'"):
        import_model(exported)
    assert leftovers() == []


def test_a_file_is_not_exported_over(exported: Path) -> None:
    with pytest.raises(ModelError, match=r"already a file 'tiny\.zip'"):
        export_model("tiny", exported)


@pytest.mark.parametrize(
    "changed",
    [
        {"weights.h5": None},
        {"card.json": None},
        {"../evil.py": b"boom"},
        {"run.py": b"boom"},
    ],
)
def test_an_archive_with_other_files_is_not_a_model(
    changed: dict[str, bytes | None], exported: Path
) -> None:
    rewrite(exported, changed)
    with pytest.raises(ModelError, match="is not an exported model"):
        import_model(exported, "copy")
    assert leftovers() == []


def test_something_else_than_an_archive_is_not_a_model(
    model: Card, tmp_path: Path
) -> None:
    file = tmp_path / "text.zip"
    file.write_text("hello")
    with pytest.raises(ModelError, match=r"'text\.zip' is not an exported model"):
        import_model(file)


def test_a_damaged_compressed_archive_is_not_a_model(exported: Path) -> None:
    with zipfile.ZipFile(exported) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(exported, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        start = archive.getinfo("card.json").header_offset + 30 + len("card.json")
    data = bytearray(exported.read_bytes())
    data[start : start + 20] = b"\xff" * 20
    exported.write_bytes(data)
    with pytest.raises(ModelError, match="is not an exported model"):
        import_model(exported, "copy")
    assert leftovers() == []


def test_a_model_with_files_from_before_zip_can_be_exported(
    model: Card, tmp_path: Path
) -> None:
    os.utime(models_dir() / "tiny" / "card.json", (0, 0))
    export_model("tiny", tmp_path / "old.zip")
    assert import_model(tmp_path / "old.zip", "copy") == "copy"


def test_a_file_that_is_not_there_is_said(home: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"'none\.zip' cannot be read"):
        import_model(tmp_path / "none.zip")


@pytest.mark.parametrize(
    ("changed", "cause"),
    [
        ({"card.json": b"{"}, "not JSON"),
        ({"weights.h5": b"not HDF5"}, "not an HDF5 file"),
    ],
)
def test_a_damaged_member_is_named(
    changed: dict[str, bytes | None], cause: str, exported: Path
) -> None:
    rewrite(exported, changed)
    with pytest.raises(ModelError, match=f"cannot be imported: .*{cause}"):
        import_model(exported, "copy")
    assert leftovers() == []


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_rare_compression_is_refused_unread(exported: Path, compression: int) -> None:
    with zipfile.ZipFile(exported) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(exported, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    content = bytearray(exported.read_bytes())
    content[60:80] = bytes(20)  # inside the first member's data
    exported.write_bytes(content)
    with pytest.raises(ModelError, match="is not an exported model"):
        import_model(exported, "copy")


def test_weights_of_another_model_are_refused(exported: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.h5"
    model_store.write_weights(other, {"a/b": np.zeros(3, np.float32)}, np.float16)
    rewrite(exported, {"weights.h5": other.read_bytes()})
    with pytest.raises(ModelError, match="not those of its card"):
        import_model(exported, "copy")


def test_a_changed_byte_is_found(model: Card) -> None:
    weights = models_dir() / "tiny" / "weights.h5"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    with pytest.raises(ModelDamagedError, match="has changed"):
        verify_model("tiny")


def test_a_model_of_the_installed_program_is_not_deleted(
    model: Card, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CBMIR_HOME", str(tmp_path / "elsewhere"))
    monkeypatch.setattr(
        model_store, "model_roots", lambda: (tmp_path / "home" / "trained_models",)
    )
    with pytest.raises(ModelError, match="came with the program"):
        delete_model("tiny")


def test_an_unknown_model_is_said_with_those_that_are_there(model: Card) -> None:
    with pytest.raises(ModelNotFoundError, match=r"Choose one of: .*tiny"):
        verify_model("huge")


def test_without_any_model_it_is_said_how_to_get_one(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_store, "model_roots", lambda: (home,))
    with pytest.raises(ModelNotFoundError, match="Train one with"):
        verify_model("huge")
