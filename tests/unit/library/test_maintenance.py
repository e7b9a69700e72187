"""Sweeping, checking and compacting lose nothing that a commit names."""

import dataclasses
from pathlib import Path

import h5py
import numpy as np
import pytest

from cbmir_gui.core.errors import LibraryDamagedError, StorageError
from cbmir_gui.library import maintenance, reader
from cbmir_gui.library.catalogue_backup import back_up, time_stamp
from cbmir_gui.library.library import Library


@pytest.fixture
def filled(library, make_images, make_features, extractor) -> Library:
    for start in (0, 4, 8):
        images = make_images(4, start)
        library.add(images, extractor, make_features(images))
    return library


def segment_files(library: Library) -> list[Path]:
    return sorted((library.folder / "features").rglob("*.h5*"))


def test_what_no_commit_names_is_swept_at_the_next_open(filled) -> None:
    named = segment_files(filled)
    (named[0].parent / "000009.h5").write_bytes(b"unfinished")
    (named[0].parent / "000010.h5.new").write_bytes(b"unfinished")
    (named[0].parent / "notes.txt").write_text("of the user")
    (filled.folder / "features" / "empty").mkdir()
    filled.close()
    with Library.open(filled.folder) as library:
        assert segment_files(library) == named
        assert library.catalogue.num_images() == 12
    assert (named[0].parent / "notes.txt").exists()
    assert not (filled.folder / "features" / "empty").exists()


def test_a_reader_sweeps_nothing(filled) -> None:
    being_written = segment_files(filled)[0].parent / "000004.h5.new"
    being_written.write_bytes(b"unfinished")
    with (
        Library.open(filled.folder, read_only=True) as library,
        pytest.raises(StorageError, match="read only"),
    ):
        library.compact()
    assert being_written.exists()


def test_compaction_keeps_what_lives_and_drops_the_rest(
    filled, make_images, make_features
) -> None:
    expected = [number for number in range(12) if number not in {1, 2, 9}]
    ids = filled.catalogue.image_ids()
    thumbnails = [filled.catalogue.thumbnail(image_id) for image_id in ids]
    undo = filled.remove([ids[1], ids[2], ids[9]]).undo
    before = filled.catalogue.records()
    assert filled.verify().num_dead_rows == 3

    filled.compact()

    assert filled.catalogue.records() == before
    table = filled.features()
    assert list(table.image_ids) == [ids[number] for number in expected]
    np.testing.assert_array_equal(
        table.features, make_features(make_images(12))[expected]
    )
    assert filled.catalogue.thumbnail(ids[4]) == thumbnails[4]
    assert [path.name for path in segment_files(filled)] == ["000004.h5"]
    report = filled.verify()
    assert (report.num_segments, report.num_dead_rows) == (1, 0)
    assert filled.restore(undo) == 0, "the trash was emptied"
    database = (filled.folder / "library.sqlite").read_bytes()
    assert thumbnails[9] not in database
    assert thumbnails[8] in database


def test_a_large_library_is_compacted_to_several_segments(
    filled, make_images, make_features, monkeypatch
) -> None:
    monkeypatch.setattr(maintenance, "MAX_COMPACTED_BYTES", 5 * 6 * 2)
    filled.compact()
    assert [path.name for path in segment_files(filled)] == [
        "000004.h5",
        "000005.h5",
        "000006.h5",
    ]
    np.testing.assert_array_equal(
        filled.features().features, make_features(make_images(12))
    )


def test_compaction_brings_segments_into_the_librarys_order(
    library, make_images, make_features, extractor
) -> None:
    images = make_images(4)
    library.add(images, extractor, make_features(images))
    other = dataclasses.replace(extractor, key="other")
    ids = [image.info.image_id for image in images]
    library.add_features(ids[::-1], other, make_features(images)[::-1])
    np.testing.assert_array_equal(
        library.features("other").features, make_features(images)
    )
    library.compact()
    np.testing.assert_array_equal(
        library.features("other").features, make_features(images)
    )
    (path,) = (library.folder / "features" / "other").iterdir()
    with h5py.File(path, "r") as file:
        assert [name.decode() for name in file["image_ids"]] == ids


def test_compaction_drops_every_copy_of_the_catalogue(library) -> None:
    reasons = ("format-2", f"before-repair-{time_stamp()}")
    copies = [back_up(library.folder, reason) for reason in reasons]
    library.compact()
    assert not [copy for copy in copies if copy.exists()]


def test_an_empty_library_can_be_compacted_and_verified(library) -> None:
    library.compact()
    report = library.verify()
    assert (report.num_images, report.num_segments, report.problems) == (0, 0, ())


def test_a_library_whose_images_are_all_removed_is_empty_but_not_new(
    filled, extractor
) -> None:
    filled.remove(filled.catalogue.image_ids())
    assert filled.features().features.shape == (0, 6)
    filled.compact()
    assert filled.features().features.shape == (0, 6)
    assert filled.catalogue.default_extractor() == extractor.key
    assert segment_files(filled) == []


def test_compaction_of_a_damaged_library_changes_nothing(filled) -> None:
    segment_files(filled)[1].unlink()
    before = filled.change_number()
    with pytest.raises(LibraryDamagedError, match=r"000002\.h5 is missing"):
        filled.compact()
    assert filled.change_number() == before
    assert [path.name for path in segment_files(filled)] == ["000001.h5", "000003.h5"]


def test_a_disk_that_fails_during_compaction_changes_nothing(
    filled, monkeypatch, make_images, make_features
) -> None:
    def fail(*_: object) -> None:
        raise StorageError("The features", "No space left on device")

    monkeypatch.setattr(maintenance, "write_segment", fail)
    with pytest.raises(StorageError, match="No space left"):
        filled.compact()
    np.testing.assert_array_equal(
        filled.features().features, make_features(make_images(12))
    )


def test_a_reader_starts_again_when_segments_are_replaced_under_it(
    filled, monkeypatch, make_images, make_features
) -> None:
    load = reader.load_features
    loads = []

    def load_late(folder, layout):
        loads.append(layout)
        if len(loads) == 1:
            filled.compact()
        return load(folder, layout)

    monkeypatch.setattr(reader, "load_features", load_late)
    with Library.open(filled.folder, read_only=True) as other:
        table = other.features()
    assert len(loads) == 2
    np.testing.assert_array_equal(table.features, make_features(make_images(12)))


def test_a_damaged_segment_never_answers_a_query(filled) -> None:
    path = segment_files(filled)[2]
    with h5py.File(path, "r") as file:
        offset = file["features"].id.get_offset()
    data = bytearray(path.read_bytes())
    data[offset] ^= 1
    path.write_bytes(data)
    with pytest.raises(LibraryDamagedError, match="fails its checksum"):
        filled.features()
