"""Models are moved between computers, and nothing unsound gets in."""

import os
import struct
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

from cbmir_gui.core.errors import ModelDamagedError, ModelError
from cbmir_gui.core.paths import models_dir
from cbmir_gui.networks import model_store
from cbmir_gui.networks.card import Card
from cbmir_gui.services import model_import
from cbmir_gui.services.model_export import export_model
from cbmir_gui.services.model_import import import_model
from cbmir_gui.services.models import (
    delete_model,
    list_models,
    load_card,
    verify_model,
)


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the last check: the arrays here are those of no architecture."""
    monkeypatch.setattr(model_import, "check_network", lambda folder: None)


@pytest.fixture
def exported(tiny_model: Card, tmp_path: Path) -> Path:
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


def test_an_import_sweeps_what_a_killed_one_left(
    exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_store.psutil, "pid_exists", lambda pid: False)
    (models_dir() / ".import.77.new").mkdir()
    import_model(exported, "copy")
    assert leftovers() == ["copy"]


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
    tiny_model: Card, tmp_path: Path
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
    tiny_model: Card, tmp_path: Path
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


def test_arrays_that_make_no_network_are_refused(
    exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(folder: Path) -> None:
        raise ModelDamagedError(folder.name, "its weights do not fit")

    monkeypatch.setattr(model_import, "check_network", refuse)
    with pytest.raises(ModelError, match="cannot be imported: its weights do not fit"):
        import_model(exported, "copy")
    assert leftovers() == []


@pytest.mark.parametrize("name", ["/etc/card.json", "..\\card.json", "a/card.json"])
def test_a_member_that_points_elsewhere_is_refused(exported: Path, name: str) -> None:
    rewrite(exported, {name: b"{}"})
    with pytest.raises(ModelError, match="is not an exported model"):
        import_model(exported, "copy")
    assert leftovers() == []


def test_a_member_over_its_limit_is_not_unpacked(exported: Path) -> None:
    with zipfile.ZipFile(exported) as archive:
        weights = archive.read("weights.h5")
    with zipfile.ZipFile(exported, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("card.json", bytes(64 * 2**20))
        archive.writestr("weights.h5", weights)
    assert exported.stat().st_size < 2**20
    with pytest.raises(ModelError, match=r"card\.json is too large"):
        import_model(exported, "copy")
    assert leftovers() == []


def test_a_member_that_is_larger_than_it_says_is_cut_off(
    exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(exported) as archive:
        weights = archive.read("weights.h5")
    with zipfile.ZipFile(exported, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("card.json", bytes(64 * 2**20))
        archive.writestr("weights.h5", weights)
    data = bytearray(exported.read_bytes())
    entry = data.index(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = struct.pack("<I", 100)  # its uncompressed size
    exported.write_bytes(data)
    sizes: list[int] = []
    rmtree = model_import.shutil.rmtree

    def measure_and_remove(folder: Path, **options: bool) -> None:
        sizes.extend(file.stat().st_size for file in folder.glob("card.json"))
        rmtree(folder, **options)

    monkeypatch.setattr(model_import.shutil, "rmtree", measure_and_remove)
    with pytest.raises(ModelError, match="is not an exported model"):
        import_model(exported, "copy")
    assert all(size <= 100 for size in sizes)
    assert leftovers() == []


def test_weights_that_link_to_other_files_are_refused(
    exported: Path, tmp_path: Path
) -> None:
    other = tmp_path / "links.h5"
    with h5py.File(other, "w") as file:
        file["latent"] = h5py.ExternalLink("/etc/passwd", "/")
    rewrite(exported, {"weights.h5": other.read_bytes()})
    with pytest.raises(ModelError, match="links to other files"):
        import_model(exported, "copy")


def test_weights_that_claim_a_huge_array_are_refused(
    exported: Path, tmp_path: Path
) -> None:
    other = tmp_path / "huge.h5"
    with h5py.File(other, "w") as file:
        file.create_dataset("latent/kernel", (2**40,), "f4", chunks=(2**20,))
    rewrite(exported, {"weights.h5": other.read_bytes()})
    with pytest.raises(ModelError, match="is not a plain array"):
        import_model(exported, "copy")


def test_a_card_that_waits_for_its_weights_is_completed(
    exported: Path, tiny_model: Card
) -> None:
    (models_dir() / "tiny" / "weights.h5").unlink()
    assert import_model(exported) == "tiny"
    assert verify_model("tiny").weights_sha256 == tiny_model.weights_sha256
    assert leftovers() == []


def test_a_card_that_waits_for_other_weights_keeps_its_name(
    exported: Path, tmp_path: Path
) -> None:
    folder = models_dir() / "tiny"
    (folder / "weights.h5").unlink()
    text = (folder / "card.json").read_text(encoding="utf-8")
    card = load_card("tiny")
    (folder / "card.json").write_text(text.replace(card.weights_sha256, "0" * 64))
    with pytest.raises(ModelError, match="already a model 'tiny'"):
        import_model(exported)
