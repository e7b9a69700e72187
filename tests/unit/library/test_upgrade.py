"""A library of an older format is read as it is, and upgraded before it is changed."""

import sqlite3
from pathlib import Path

import numpy as np
import pytest

from cbmir_gui.core.errors import LibraryDamagedError, StorageError
from cbmir_gui.library import catalogue_backup, catalogue_upgrade
from cbmir_gui.library.catalogue_schema import FORMAT_VERSION
from cbmir_gui.library.library import Library
from tests.unit.library import format_1

BACKUP = "library.sqlite.format-1.backup"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    folder = tmp_path / "old"
    format_1.make_library(folder)
    return folder


def version_of(path: Path) -> int:
    connection = sqlite3.connect(path)
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    connection.close()
    return int(version)


def check_content(library: Library) -> None:
    assert library.catalogue.name == "Old library"
    table = library.features()
    assert list(table.image_ids) == format_1.IMAGE_IDS
    np.testing.assert_array_equal(table.features, format_1.FEATURES)
    for number, image_id in enumerate(format_1.IMAGE_IDS):
        assert library.catalogue.thumbnail(image_id) == format_1.thumbnail_of(number)


def test_an_old_library_is_read_without_a_change(old: Path) -> None:
    before = (old / "library.sqlite").read_bytes()
    with Library.open(old, read_only=True) as library:
        check_content(library)
        assert [entry.kind for entry in library.verify().problems] == ["moved"]
    assert (old / "library.sqlite").read_bytes() == before
    assert not (old / BACKUP).exists()


def test_an_old_library_is_upgraded_with_a_backup(
    old: Path, make_images, make_features, extractor
) -> None:
    before = (old / "library.sqlite").read_bytes()
    with Library.open(old) as library:
        check_content(library)
        images = make_images(2)
        library.add(images, extractor, make_features(images))
    assert version_of(old / "library.sqlite") == FORMAT_VERSION
    assert (old / BACKUP).read_bytes() == before
    assert version_of(old / BACKUP) == 1
    with Library.open(old) as library:
        assert library.catalogue.num_images() == 5
        assert [entry.kind for entry in library.verify().problems] == ["moved"]
        library._catalogue._connection.execute(
            "UPDATE thumbnail SET jpeg = x'00' WHERE position = 1"
        )
        kinds = [entry.kind for entry in library.verify().problems]
        assert kinds == ["thumbnail", "moved"], "old thumbnails have checksums now"


def test_a_reader_goes_on_while_its_library_is_upgraded(old: Path) -> None:
    with Library.open(old, read_only=True) as reader:
        check_content(reader)
        Library.open(old).close()
        check_content(reader)
        assert [entry.kind for entry in reader.verify().problems] == ["moved"]


def test_an_upgrade_without_space_for_the_backup_leaves_the_library_readable(
    old: Path, monkeypatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(catalogue_backup, "copy_and_sync", fail)
    with pytest.raises(StorageError, match=r"backup of the library 'old'.*No space"):
        Library.open(old)
    assert version_of(old / "library.sqlite") == 1
    with Library.open(old, read_only=True) as library:
        check_content(library)
    monkeypatch.undo()
    with Library.open(old) as library:
        check_content(library)


def test_an_upgrade_that_fails_half_way_is_taken_back(old: Path, monkeypatch) -> None:
    def fail(connection: sqlite3.Connection) -> None:
        connection.execute("CREATE TABLE half (done)")
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setitem(catalogue_upgrade._STEPS, 1, fail)
    with pytest.raises(StorageError):
        Library.open(old)
    monkeypatch.undo()
    assert version_of(old / "library.sqlite") == 1
    with Library.open(old) as library:
        check_content(library)
    assert version_of(old / "library.sqlite") == FORMAT_VERSION


def test_a_thumbnail_that_is_none_does_not_keep_a_library_from_its_upgrade(
    old: Path,
) -> None:
    with sqlite3.connect(old / "library.sqlite") as connection:
        connection.execute("UPDATE thumbnail SET jpeg = 'text' WHERE position = 0")
    connection.close()
    with Library.open(old) as library:
        assert len(library.inspect().damaged_thumbnails) == 1


def test_groups_become_keys_with_the_upgrade_and_before(old: Path) -> None:
    assert b"Patient 7" in (old / "library.sqlite").read_bytes()
    with Library.open(old, read_only=True) as library:
        before = [record.group for record in library.catalogue.records()]
        assert [o.group for o in library.catalogue.origins()] == before
        assert library.catalogue.group_key("Patient 7") == before[0]
    Library.open(old).close()
    assert b"Patient 7" not in (old / "library.sqlite").read_bytes()
    assert b"Patient 7" in (old / BACKUP).read_bytes()
    with Library.open(old) as library:
        assert [record.group for record in library.catalogue.records()] == before
        assert [o.group for o in library.catalogue.origins()] == before
        library.compact()
    assert before[0] == before[1] != before[2] == ""
    assert not (old / BACKUP).exists()


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM setting WHERE name = 'patient_hash_key'",
        "UPDATE setting SET value = 'x' WHERE name = 'patient_hash_key'",
    ],
)
def test_a_library_that_lost_its_key_is_damaged(old: Path, change: str) -> None:
    connection = sqlite3.connect(old / "library.sqlite")
    with connection:
        connection.execute(change)
    connection.close()
    with pytest.raises(LibraryDamagedError, match="patient_hash_key"):
        Library.open(old)
    assert version_of(old / "library.sqlite") == 1
