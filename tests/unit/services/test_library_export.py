"""What a library writes for other programs."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from cbmir_gui.core.errors import (
    Cancelled,
    EmptyLibraryError,
    LibraryError,
    LibraryMismatchError,
    StorageError,
)
from cbmir_gui.library.feature_table import FeatureTable
from cbmir_gui.library.library import Library
from cbmir_gui.services.library_export import export_index, export_library
from cbmir_gui.sources.manifests import read_sources


def test_a_manifest_is_read_back_as_it_was(
    library_folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.csv"
    assert export_library(library_folder, out) == 18
    sources = read_sources(out)
    with Library.open(library_folder, read_only=True) as library:
        records = library.catalogue.records()
    assert [(source.path, source.class_name) for source in sources] == [
        (record.path, record.class_name) for record in records
    ]


def test_an_index_has_features_names_and_labels(
    library_folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.json"
    assert export_library(library_folder, out) == 18
    index = json.loads(out.read_text(encoding="utf-8"))
    with Library.open(library_folder, read_only=True) as library:
        table = library.features()
    assert index["format"] == "cbmir-index"
    assert index["extractor"]["key"] == table.extractor.key
    assert [entry["image_id"] for entry in index["images"]] == list(table.image_ids)
    features = np.array([entry["features"] for entry in index["images"]])
    np.testing.assert_allclose(features, table.features, atol=1e-6)


def test_names_that_are_not_text_survive(
    image_folder: Path, library_folder: Path, add_files: object, tmp_path: Path
) -> None:
    strange = image_folder / "hand_xray" / "h\udcffnd.png"
    data = bytearray((image_folder / "hand_xray" / "0.png").read_bytes())
    try:
        strange.write_bytes(data + b"another content")
    except (OSError, UnicodeEncodeError):
        pytest.skip("this file system takes only text as names")
    assert callable(add_files)
    add_files(library_folder, [strange])
    for suffix in ("csv", "json"):
        assert export_library(library_folder, tmp_path / f"out.{suffix}") == 19
    with (tmp_path / "out.csv").open(
        encoding="utf-8", errors="surrogateescape", newline=""
    ) as stream:
        assert str(strange) in [row["file"] for row in csv.DictReader(stream)]


def test_an_existing_file_is_not_written_over(
    library_folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.csv"
    out.write_text("mine")
    with pytest.raises(LibraryError, match=r"already a file 'out\.csv'"):
        export_library(library_folder, out)
    assert out.read_text() == "mine"


def test_an_image_removed_meanwhile_is_left_out(
    library_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Library.features

    def features_then_removal(self: Library, key: str) -> FeatureTable:
        table = read(self, key)
        with Library.open(library_folder) as writer:
            writer.remove(table.image_ids[:1])
        return table

    monkeypatch.setattr(Library, "features", features_then_removal)
    out = tmp_path / "out.json"
    assert export_library(library_folder, out) == 17
    assert len(json.loads(out.read_text())["images"]) == 17


def test_another_suffix_says_no_format(library_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match=r"\.csv .* or \.json"):
        export_library(library_folder, tmp_path / "out.txt")


def test_features_that_the_library_lacks_are_an_error(
    library_folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(LibraryMismatchError, match="vgg16-c18 flatten"):
        export_library(library_folder, tmp_path / "o.json", "vgg16-c18", "flatten")
    assert list(tmp_path.glob("*o.json*")) == []


@pytest.mark.parametrize("suffix", ["csv", "json"])
def test_an_empty_library_says_so(suffix: str, tmp_path: Path) -> None:
    Library.create(tmp_path / "empty").close()
    with pytest.raises(EmptyLibraryError):
        export_library(tmp_path / "empty", tmp_path / f"out.{suffix}")
    assert list(tmp_path.glob("*out*")) == []


def test_a_missing_folder_is_one_clear_error(
    library_folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(StorageError, match=r"'out\.csv' could not be written"):
        export_library(library_folder, tmp_path / "none" / "out.csv")


def test_writing_can_be_stopped_and_leaves_nothing(
    library_folder: Path, tmp_path: Path
) -> None:
    def stop(done: int, total: int, text: str = "") -> None:
        assert total == 18
        if done == 9:
            raise Cancelled

    out = tmp_path / "out" / "index.json"
    out.parent.mkdir()
    with pytest.raises(Cancelled):
        export_index(library_folder, out, progress=stop)
    assert list(out.parent.iterdir()) == []
