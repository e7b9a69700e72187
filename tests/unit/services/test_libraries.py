"""What the command line and the worker do with libraries as a whole."""

import logging
from pathlib import Path

import pytest

from cbmir_gui.core.errors import (
    LibraryError,
    LibraryExistsError,
    LibraryNotFoundError,
    StorageError,
)
from cbmir_gui.core.paths import libraries_dir
from cbmir_gui.core.records import LibraryInfo
from cbmir_gui.library.catalogue import Catalogue
from cbmir_gui.library.entries import Moved
from cbmir_gui.services import libraries
from cbmir_gui.services.libraries import (
    compact_library,
    create_library,
    library_info,
    list_libraries,
    move_images,
    relabel_images,
    remove_images,
    restore_images,
)
from cbmir_gui.services.library_repair import check_library


def test_libraries_are_listed_by_name(home: Path) -> None:
    assert list_libraries() == ()
    create_library(libraries_dir() / "hands", "Hands of 2026")
    create_library(libraries_dir() / "brains")
    (libraries_dir() / "no library").mkdir()
    assert [info.name for info in list_libraries()] == ["brains", "Hands of 2026"]


def test_a_damaged_library_is_left_out_of_the_list(
    home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    create_library(libraries_dir() / "good")
    create_library(libraries_dir() / "bad")
    (libraries_dir() / "bad" / "library.sqlite").write_bytes(b"x" * 5000)
    with caplog.at_level(logging.WARNING):
        assert [info.name for info in list_libraries()] == ["good"]
    assert "'bad'" in caplog.text


def test_a_library_that_needs_a_full_disk_is_left_out_of_the_list(
    home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    create_library(libraries_dir() / "good")
    create_library(libraries_dir() / "interrupted")

    def describe(folder: Path) -> LibraryInfo:
        if folder.name == "interrupted":
            raise StorageError("The library 'interrupted'", "disk is full")
        return library_info(folder)

    monkeypatch.setattr(libraries, "library_info", describe)
    with caplog.at_level(logging.WARNING):
        assert [info.name for info in list_libraries()] == ["good"]
    assert "disk is full" in caplog.text


def test_a_library_is_made_once(tmp_path: Path) -> None:
    info = create_library(tmp_path / "mine")
    assert (info.name, info.folder) == ("mine", str(tmp_path / "mine"))
    with pytest.raises(LibraryExistsError):
        create_library(tmp_path / "mine")
    with pytest.raises(LibraryNotFoundError):
        library_info(tmp_path / "other")


def test_images_are_removed_restored_relabelled_and_compacted(
    library_folder: Path,
) -> None:
    ids = _ids(library_folder)
    removal = remove_images(library_folder, ids[:3])
    assert removal.num_removed == 3
    assert library_info(library_folder).num_images == 15
    assert restore_images(library_folder, removal.undo) == 3
    assert _ids(library_folder) == ids
    previous = relabel_images(library_folder, ids[:2], "other")
    assert set(previous.values()) == {"brain_mri"}
    assert library_info(library_folder).classes["other"] == 2
    remove_images(library_folder, ids[3:])
    assert check_library(library_folder).num_dead_rows == 15
    before = library_info(library_folder).size_bytes
    compact_library(library_folder)
    report = check_library(library_folder)
    assert (report.num_dead_rows, report.problems) == (0, ())
    assert library_info(library_folder).size_bytes < before


@pytest.mark.parametrize("name", ["x" * 101, "a\x00b", "a\nb", "\udcff"])
def test_a_class_gets_no_name_that_a_manifest_could_not_have(
    library_folder: Path, name: str
) -> None:
    with pytest.raises(LibraryError, match="No class can have a name"):
        relabel_images(library_folder, _ids(library_folder)[:2], name)
    assert (
        "brain_mri"
        in relabel_images(
            library_folder, _ids(library_folder)[:1], "Größe / 頭部"
        ).values()
    )


def test_a_moved_folder_is_found_again(
    library_folder: Path, image_folder: Path
) -> None:
    moved = image_folder.rename(image_folder.with_name("moved"))
    (problem,) = check_library(library_folder).problems
    assert (problem.kind, problem.what[:26]) == ("moved", "the files of 18 images are")
    assert move_images(library_folder, image_folder, moved) == Moved(18, 0)
    assert check_library(library_folder).problems == ()


def _ids(folder: Path) -> list[str]:
    with Catalogue.open(folder) as catalogue:
        return catalogue.image_ids()
