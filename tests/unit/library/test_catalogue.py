"""The catalogue answers what the window asks, and knows what it is not."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cbmir_gui.core.errors import (
    LibraryDamagedError,
    LibraryVersionError,
    NotALibraryError,
)
from cbmir_gui.library.catalogue import Catalogue
from cbmir_gui.library.catalogue_features import FeatureCatalogue
from cbmir_gui.library.library import Library


@pytest.fixture
def filled(library, make_images, make_features, extractor) -> Library:
    images = make_images(7)
    library.add(images, extractor, make_features(images))
    return library


def test_it_opens_by_folder_and_by_file(filled) -> None:
    for path in (filled.folder, filled.folder / "library.sqlite"):
        with Catalogue.open(path) as catalogue:
            assert (catalogue.num_images(), catalogue.folder) == (7, filled.folder)


def test_records_come_in_pages_and_filtered(filled) -> None:
    catalogue = filled.catalogue
    rows = [record.row for record in catalogue.records(limit=3, offset=2)]
    assert rows == [2, 3, 4]
    chests = catalogue.records(class_name="chest_ct")
    assert [record.row for record in chests] == [1, 4]
    assert [record.row for record in catalogue.records(modality="MR")] == [0, 3, 6]
    both = catalogue.records(1, 1, class_name="brain_mri", modality="MR")
    assert [record.row for record in both] == [3]
    assert catalogue.records(class_name="") == []


def test_records_are_found_by_id(filled) -> None:
    records = filled.catalogue.records()
    wanted = [records[5].image_id, records[1].image_id]
    found = filled.catalogue.records_by_id([*wanted, "unknown:1"])
    assert found == {records[1].image_id: records[1], records[5].image_id: records[5]}
    assert filled.catalogue.record("unknown:1") is None
    assert filled.catalogue.thumbnail("unknown:1") == b""
    assert filled.catalogue.paths("unknown:1") == []


def test_many_ids_may_be_asked_for_at_once(filled) -> None:
    ids = filled.catalogue.image_ids() + [f"{number}:1" for number in range(50_000)]
    assert len(filled.catalogue.records_by_id(ids)) == 7


def test_images_are_counted_by_class_and_modality(filled) -> None:
    filled.relabel(filled.catalogue.image_ids()[:1], "")
    assert filled.catalogue.class_counts() == {
        "": 1,
        "brain_mri": 2,
        "chest_ct": 2,
        "hand_xray": 2,
    }
    assert filled.catalogue.modality_counts() == {"CT": 4, "MR": 3}


def change(folder: Path, *statements: str) -> None:
    connection = sqlite3.connect(folder / "library.sqlite", isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()


def test_a_newer_format_is_refused(filled) -> None:
    change(filled.folder, "PRAGMA user_version = 4")
    with pytest.raises(LibraryVersionError, match=r"has format 4.* up to format 3"):
        Catalogue.open(filled.folder)
    filled.close()
    with pytest.raises(LibraryVersionError):
        Library.open(filled.folder)


def test_the_format_version_is_in_the_header(filled) -> None:
    header = (filled.folder / "library.sqlite").read_bytes()[:100]
    assert int.from_bytes(header[60:64]) == 3
    assert header[68:72] == b"CBMR"


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 100])
def test_a_file_that_is_no_catalogue_is_told_from_one(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "library.sqlite").write_bytes(content)
    with pytest.raises(NotALibraryError, match=r"library\.sqlite"):
        Catalogue.open(tmp_path)


def test_another_programs_database_is_no_library(tmp_path: Path) -> None:
    change(tmp_path, "CREATE TABLE song (title)")
    with pytest.raises(NotALibraryError, match="of another program"):
        Catalogue.open(tmp_path)


def test_a_catalogue_without_its_tables_is_damaged(filled) -> None:
    change(filled.folder, "PRAGMA foreign_keys = OFF", "DROP TABLE thumbnail")
    with (
        Catalogue.open(filled.folder) as catalogue,
        pytest.raises(LibraryDamagedError, match="no such table"),
    ):
        catalogue.thumbnail("a:1")


def test_a_truncated_catalogue_is_damaged(filled) -> None:
    path = filled.folder / "library.sqlite"
    path.write_bytes(path.read_bytes()[:5000])
    with (
        pytest.raises(LibraryDamagedError, match="'my library'"),
        Catalogue.open(filled.folder) as catalogue,
    ):
        catalogue.records()


def test_the_window_never_changes_the_file(filled) -> None:
    with (
        Catalogue.open(filled.folder) as catalogue,
        pytest.raises(sqlite3.OperationalError, match="readonly"),
    ):
        catalogue._connection.execute("DELETE FROM image")


def test_a_reader_undoes_what_a_killed_writer_began(filled, tmp_path: Path) -> None:
    # The files as a power cut in the middle of a commit leaves them.
    copy = tmp_path / "copy"
    journal = filled.folder / "library.sqlite-journal"
    connection = sqlite3.connect(filled.folder / "library.sqlite", isolation_level=None)
    connection.execute("PRAGMA cache_size = 1")
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("DELETE FROM path")
    connection.execute("DELETE FROM thumbnail")
    connection.execute("UPDATE image SET class_name = zeroblob(100000)")
    assert journal.stat().st_size > 0
    shutil.copytree(filled.folder, copy)
    connection.execute("ROLLBACK")
    connection.close()

    with Catalogue.open(copy) as catalogue:
        assert catalogue.records() == filled.catalogue.records()


def test_the_catalogue_loads_no_hdf5() -> None:
    code = (
        "import sys, cbmir_gui.library.catalogue\n"
        "heavy = {'h5py', 'keras', 'tensorflow', 'cv2', 'pydicom', 'PySide6'}\n"
        "sys.exit(bool(heavy & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("statement", "read"),
    [
        ("UPDATE thumbnail SET jpeg = 'text'", lambda c: c.thumbnail(first_of(c))),
        ("UPDATE path SET size_bytes = 'a'", lambda c: c.known_files()),
        ("UPDATE image SET patient_key = x'00'", lambda c: c.origins()),
        ("UPDATE image SET group_name = x'00'", lambda c: c.origin(first_of(c))),
        (
            "UPDATE image SET image_id = x'00' WHERE position = 2",
            lambda c: c.image_ids(),
        ),
        ("UPDATE image SET modality = x'00'", lambda c: c.burned_in([first_of(c)])),
        ("UPDATE setting SET value = 'zz'", lambda c: c.patient_key("a")),
        ("UPDATE setting SET value = 'zz'", lambda c: c.change_number()),
    ],
)
def test_a_value_of_a_wrong_type_is_damage(
    filled, statement: str, read: Callable[[FeatureCatalogue], object]
) -> None:
    with sqlite3.connect(filled.folder / "library.sqlite") as connection:
        connection.execute(statement)
    connection.close()
    with pytest.raises(LibraryDamagedError):
        read(filled.catalogue)


def first_of(catalogue: FeatureCatalogue) -> str:
    return catalogue.records(limit=1)[0].image_id


@pytest.mark.parametrize("value", ["'text'", "7"])
def test_a_thumbnail_of_a_wrong_type_is_a_damaged_one(filled, value: str) -> None:
    with sqlite3.connect(filled.folder / "library.sqlite") as connection:
        connection.execute(f"UPDATE thumbnail SET jpeg = {value} WHERE position = 3")
    connection.close()
    states = [state for _, state in filled.catalogue.thumbnail_states()]
    assert states == ["damaged" if row == 3 else "sound" for row in range(7)]


def test_a_broken_catalogue_says_what_can_be_done(filled) -> None:
    filled.close()
    path = filled.folder / "library.sqlite"
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    path.write_bytes(data)
    with (
        pytest.raises(LibraryDamagedError, match=r"folder from a backup, or index"),
        Catalogue.open(filled.folder) as catalogue,
    ):
        catalogue.records()
    path.write_bytes(b"no database" * 100)
    with pytest.raises(NotALibraryError, match=r"folder from a backup, or index"):
        Catalogue.open(filled.folder)
