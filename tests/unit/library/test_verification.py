"""A check finds what is wrong with a library; mending loses nothing."""

import dataclasses
import errno
import os
import sqlite3
from pathlib import Path

import h5py
import numpy as np
import pytest

from cbmir_gui.core.errors import LibraryBusyError, LibraryUnreadableError, StorageError
from cbmir_gui.core.library_check import LibraryCheck
from cbmir_gui.library import verification
from cbmir_gui.library.catalogue_features import FeatureCatalogue
from cbmir_gui.library.entries import FileState
from cbmir_gui.library.library import Library


@pytest.fixture
def filled(library, make_images, make_features, extractor) -> Library:
    for start in (0, 4, 8):
        images = make_images(4, start)
        library.add(images, extractor, make_features(images))
    return library


def segment_files(library: Library) -> list[Path]:
    return sorted((library.folder / "features").rglob("*.h5*"))


def execute(library: Library, statement: str) -> None:
    """Change the catalogue as a damaged disk or another program might."""
    with sqlite3.connect(library.folder / "library.sqlite") as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute(statement)
    connection.close()


def kinds_of(check: LibraryCheck) -> list[str]:
    return [problem.kind for problem in check.problems]


def mend(library: Library) -> tuple[str, int]:
    return library.mend(library.inspect())


def test_verify_names_what_is_wrong(filled) -> None:
    files = segment_files(filled)
    files[0].unlink()
    files[1].write_bytes(files[1].read_bytes()[:-8])
    (files[0].parent / "000077.h5").write_bytes(b"")
    check = filled.verify()
    assert kinds_of(check) == ["segment", "segment", "orphan", "moved"]
    missing, cut, orphan, moved = check.problems
    assert "000001.h5 is missing; it holds features of 4 images" in missing.what
    assert "000002.h5 cannot be read" in cut.what
    assert "'quarantine'" in cut.cure
    assert "000077.h5 belongs to no commit" in orphan.what
    assert "12 images" in moved.what
    assert check.is_damaged
    assert check.is_mendable
    assert [orphan.is_damage, moved.is_damage, moved.is_mendable] == [False] * 3


def test_whatever_no_commit_names_is_listed_and_goes_with_a_repair(filled) -> None:
    home = filled.folder / "imported" / "scan-0123abcd.unpacked"
    home.mkdir(parents=True)
    killed = home.with_name(".scan-0123abcd.0000beef-1-1.new")
    killed.mkdir()
    os.utime(killed, (0, 0))
    strays = [
        filled.folder / "library.sqlite.new",
        segment_files(filled)[0].with_name("junk.new"),
        home / "slice",
    ]
    kept = [
        home.with_name("notes.txt"),
        segment_files(filled)[0].with_name("notes.txt"),
    ]
    for path in (*strays, *kept):
        path.write_text("x")
    (problem,) = [entry for entry in filled.verify().problems if entry.kind == "orphan"]
    assert problem.number == filled.num_orphans() == 4
    assert "junk.new" in problem.what
    filled.close()
    with Library.open(filled.folder) as library:
        mend(library)
        assert kinds_of(library.verify()) == ["moved"]
    assert not any(path.exists() for path in (*strays, home, killed))
    assert all(path.exists() for path in kept)


def flip_bit_of_an_index(library: Path, name: str) -> None:
    """Change one bit of a path in the index of the paths; the table stays as it is."""
    file = library / "library.sqlite"
    with sqlite3.connect(file) as connection:
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        (page,) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'sqlite_autoindex_path_1'"
        ).fetchone()
    connection.close()
    data = bytearray(file.read_bytes())
    data[data.index(name.encode(), (page - 1) * size, page * size)] ^= 1
    file.write_bytes(data)


@pytest.fixture
def with_archive(library, make_images, make_features, extractor) -> Path:
    """Make a library of an image of an archive, beside one that no record names."""
    home = library.folder / "imported" / "scan-0123abcd.unpacked"
    home.mkdir(parents=True)
    for name in ("named", "stray"):
        (home / name).write_text("x")
    (image,) = make_images(1)
    image = dataclasses.replace(image, file=FileState(str(home / "named"), 1, 0))
    library.add([image], extractor, make_features([image]))
    library.close()
    return home


def test_a_damaged_index_deletes_no_image_of_an_archive(with_archive: Path) -> None:
    folder = with_archive.parents[1]
    flip_bit_of_an_index(folder, "named")
    with Library.open(folder) as library:
        library.compact()
        names = {path.name for path in with_archive.iterdir()}
        assert names == {"named", "stray"}, "a damaged catalogue deletes nothing"
        mend(library)
        assert [path.name for path in with_archive.iterdir()] == ["named"]


def test_images_stay_while_a_catalogue_is_damaged(
    with_archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = with_archive.parents[1]
    unfinished = folder / "imported" / ".unfinished"
    unfinished.touch()
    with monkeypatch.context() as patch:
        patch.setattr(FeatureCatalogue, "self_check", lambda _: ["damaged"])
        with Library.open(folder) as library:
            mend(library)
        assert len(list(with_archive.iterdir())) == 2
    assert unfinished.exists(), "it is looked through when the catalogue is mended"
    Library.open(folder).close()
    assert [path.name for path in with_archive.iterdir()] == ["named"]
    assert not unfinished.exists()


def test_a_wrong_number_of_rows_is_named(filled) -> None:
    execute(filled, "UPDATE segment SET num_rows = 5 WHERE number = 2")
    (problem,) = [entry for entry in filled.verify().problems if entry.is_damage]
    assert "its num_rows is not what the catalogue says" in problem.what


def test_verify_finds_features_at_the_wrong_image(filled) -> None:
    execute(filled, "UPDATE feature SET row = row - 1 WHERE segment = 2 AND row > 1")
    (problem,) = [entry for entry in filled.verify().problems if entry.is_damage]
    assert problem.what == "2 images have the features of another row"
    assert problem.number == 2


def test_a_sound_library_has_no_problems(
    library, make_images, make_features, extractor, tmp_path: Path
) -> None:
    image = make_images(1)[0]
    path = tmp_path / "there.dcm"
    path.touch()
    image = dataclasses.replace(image, file=FileState(str(path), 0, 0))
    library.add([image], extractor, make_features([image]))
    steps = []
    check = library.verify(lambda *step: steps.append(step))
    assert check == LibraryCheck(1, 1, 0, ())
    assert steps == [
        (0, 1, "segments"),
        (0, 1, "thumbnails"),
        (0, 1, "files of the images"),
    ]
    assert mend(library) == ("", 0), "what is sound is not touched"
    assert not list(library.folder.glob("*.backup"))


def test_a_file_of_another_size_holds_another_image(
    library, make_images, make_features, extractor, tmp_path: Path
) -> None:
    image = make_images(1)[0]
    path = tmp_path / "there.dcm"
    path.write_bytes(b"longer")
    image = dataclasses.replace(image, file=FileState(str(path), 2, 0))
    library.add([image], extractor, make_features([image]))
    assert kinds_of(library.verify()) == ["changed"]


def test_a_flipped_bit_in_a_thumbnail_is_found_and_one_that_is_none(filled) -> None:
    execute(filled, "UPDATE thumbnail SET jpeg = x'ffd8' WHERE position = 3")
    execute(filled, "UPDATE thumbnail SET jpeg = x'' WHERE position = 5")
    execute(filled, "DELETE FROM thumbnail WHERE position = 6")
    findings = filled.inspect()
    ids = filled.catalogue.image_ids()
    assert findings.damaged_thumbnails == (ids[3],)
    assert findings.no_thumbnails == (ids[5], ids[6])
    check = filled.verify()
    assert kinds_of(check)[:2] == ["thumbnail", "no thumbnail"]
    assert check.problems[0].what == "the thumbnails of 1 image are damaged"
    filled.set_thumbnails([(image_id, b"new") for image_id in (*ids[3:4], *ids[5:7])])
    assert kinds_of(filled.verify()) == ["moved"]
    assert filled.catalogue.thumbnail(ids[5]) == b"new"


def test_mending_puts_damaged_segments_aside_and_keeps_everything_else(
    filled, make_images, make_features
) -> None:
    files = segment_files(filled)
    damaged = bytearray(files[1].read_bytes())
    damaged[-1] ^= 1
    files[1].write_bytes(damaged)
    files[2].unlink()
    before = filled.catalogue.records()
    catalogue = (filled.folder / "library.sqlite").read_bytes()

    backup, num_set_aside = mend(filled)

    assert (filled.folder / backup).read_bytes() == catalogue
    assert (filled.folder / backup).stat().st_mode & 0o777 == 0o600
    assert num_set_aside == 1
    (kept,) = (filled.folder / "quarantine").iterdir()
    assert kept.read_bytes() == damaged
    assert filled.catalogue.records() == before
    table = filled.features()
    assert list(table.image_ids) == [record.image_id for record in before[:4]]
    np.testing.assert_array_equal(table.features, make_features(make_images(4)))
    assert kinds_of(filled.verify()) == ["features", "moved"]
    assert filled.catalogue.num_missing(filled.catalogue.default_extractor()) == 8
    filled.compact()
    assert not (filled.folder / backup).exists(), "what was removed is gone for good"
    assert kept.exists(), "until all images have features again"
    images = make_images(8, 4)
    ids = [image.info.image_id for image in images]
    (info,) = filled.catalogue.extractors()
    filled.add_features(ids, info, make_features(images))
    filled.compact()
    assert not kept.parent.exists()


def test_mending_gives_each_image_its_own_row(
    filled, make_images, make_features
) -> None:
    execute(filled, "UPDATE feature SET row = 3 - row WHERE segment = 2")
    execute(
        filled,
        "UPDATE feature SET segment = 1, row = 0 WHERE position = 9",
    )
    mend(filled)
    table = filled.features()
    expected = [number for number in range(12) if number != 9]
    np.testing.assert_array_equal(
        table.features, make_features(make_images(12))[expected]
    )
    assert kinds_of(filled.verify()) == ["features", "moved"]


def test_what_belongs_to_nothing_is_dropped(filled) -> None:
    execute(filled, "INSERT INTO thumbnail VALUES (99, x'00')")
    execute(filled, "INSERT INTO feature VALUES (98, 1, 1, 0)")
    execute(filled, "UPDATE image SET removal = 77 WHERE position = 2")
    assert kinds_of(filled.verify())[:1] == ["catalogue"]
    backup, _ = mend(filled)
    assert backup
    assert kinds_of(filled.verify()) == ["moved"]
    assert filled.catalogue.num_images() == 12, "a lost removal shows its image again"


def test_a_damaged_index_is_made_anew(filled) -> None:
    filled.close()
    path = filled.folder / "library.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(
            "UPDATE sqlite_schema SET sql = 'CREATE INDEX path_position ON path (id)' "
            "WHERE name = 'path_position'"
        )
    connection.close()
    with sqlite3.connect(path) as connection:
        connection.execute("REINDEX path_position")
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(
            "UPDATE sqlite_schema SET sql = 'CREATE INDEX path_position ON path "
            "(position)' WHERE name = 'path_position'"
        )
    connection.close()
    with Library.open(filled.folder) as library:
        found = [entry for entry in library.verify().problems if entry.is_damage]
        assert {entry.kind for entry in found} == {"catalogue"}
        assert all(entry.is_mendable for entry in found), found
        mend(library)
        assert kinds_of(library.verify()) == ["moved"]
        assert library.catalogue.num_images() == 12


def test_a_default_that_made_nothing_gives_way_to_one_that_made_most(
    filled, make_images, make_features, extractor
) -> None:
    other = dataclasses.replace(extractor, key="other", layer="other")
    images = make_images(3)
    ids = [image.info.image_id for image in images]
    filled.add_features(ids, other, make_features(images))
    execute(
        filled, "UPDATE setting SET value = 'gone' WHERE name = 'default_extractor'"
    )
    assert kinds_of(filled.verify())[:1] == ["default"]
    mend(filled)
    assert filled.catalogue.default_extractor() == extractor.key
    assert kinds_of(filled.verify()) == ["moved"]


def test_a_segment_of_an_unknown_extractor_is_not_swept(filled) -> None:
    files = segment_files(filled)
    filled.close()
    execute(filled, "DELETE FROM extractor")
    with Library.open(filled.folder) as library:
        assert segment_files(library) == files


@pytest.mark.parametrize("lost", ["extractor", "segment"])
def test_features_that_the_catalogue_lost_are_put_aside_and_not_deleted(
    filled, lost: str
) -> None:
    kept = {path.read_bytes() for path in segment_files(filled)}
    filled.close()
    execute(filled, f"DELETE FROM {lost}")
    with Library.open(filled.folder) as library:
        first = library.verify().problems[0]
        assert (first.kind, "'quarantine'" in first.cure) == ("catalogue", True)
        _, num_set_aside = mend(library)
        assert num_set_aside == 3
        assert not [entry for entry in library.verify().problems if entry.is_damage]
    with Library.open(filled.folder) as library:
        assert library.catalogue.num_images() == 12
        assert segment_files(library) == []
        aside = list((filled.folder / "quarantine").iterdir())
        assert {path.read_bytes() for path in aside} == kept


REAL_FILE = h5py.File


@pytest.mark.parametrize(
    "error",
    [
        PermissionError(errno.EACCES, "denied"),
        OSError(errno.EIO, "file read failed"),
        OSError(errno.EMFILE, "too many"),
        KeyError("Unable to open object (file read failed: errno = 5, error = 'I/O')"),
    ],
)
def test_what_cannot_be_read_now_is_no_damage_and_left_alone(
    filled, monkeypatch, error: Exception
) -> None:
    files = segment_files(filled)
    files[1].write_bytes(b"no HDF5")

    def fail(path: Path, *args, **kwargs) -> h5py.File:
        if str(path).endswith("000003.h5"):
            raise error
        return REAL_FILE(path, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(h5py, "File", fail)
        check = filled.verify()
        assert kinds_of(check) == ["segment", "unreadable", "moved"]
        assert check.is_unreadable
        unreadable = check.problems[1]
        assert "000003.h5 gives" in unreadable.what
        assert not unreadable.is_damage
        assert not unreadable.is_mendable
        mend(filled)
        with pytest.raises(LibraryUnreadableError, match="try again"):
            filled.compact()
    assert segment_files(filled) == [files[0], files[2]]
    assert list(filled.features().image_ids) == [
        image_id
        for number, image_id in enumerate(filled.catalogue.image_ids())
        if not 4 <= number < 8
    ]


def test_a_library_that_was_opened_to_be_read_is_not_mended(filled) -> None:
    segment_files(filled)[0].unlink()
    with Library.open(filled.folder, read_only=True) as reader:
        findings = reader.inspect()
        assert findings.damaged
        with pytest.raises(StorageError, match="read only"):
            reader.mend(findings)


def test_a_compaction_during_a_check_is_no_damage(filled, monkeypatch) -> None:
    verify_segment = verification.verify_segment
    num_compactions = [1]

    def verify(path: Path, *args) -> None:
        if num_compactions[0]:
            num_compactions[0] -= 1
            filled.compact()
        verify_segment(path, *args)

    monkeypatch.setattr(verification, "verify_segment", verify)
    with Library.open(filled.folder, read_only=True) as reader:
        check = reader.verify()
        assert kinds_of(check) == ["moved"]
        assert (check.num_segments, check.num_dead_rows) == (1, 0)
        num_compactions[0] = 100
        with pytest.raises(LibraryBusyError):
            reader.verify()


def compress(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        features = file["features"][()]
        del file["features"]
        file.create_dataset("features", data=features, compression="gzip")


def test_a_compressed_segment_is_refused(filled) -> None:
    compress(segment_files(filled)[0])
    (problem,) = [entry for entry in filled.verify().problems if entry.is_damage]
    assert "000001.h5 cannot be read" in problem.what
