"""A library keeps what it was given, in order, and nothing else."""

import dataclasses
import os
import stat
from pathlib import Path

import numpy as np
import pytest

from cbmir_gui.core.errors import (
    EmptyLibraryError,
    LibraryBusyError,
    LibraryError,
    LibraryExistsError,
    LibraryMismatchError,
    LibraryNotFoundError,
    NotALibraryError,
    StorageError,
)
from cbmir_gui.core.records import ExtractorInfo
from cbmir_gui.library.catalogue import Catalogue
from cbmir_gui.library.entries import FileState, FoundAgain, Moved
from cbmir_gui.library.library import Library


def test_a_new_library_is_private_empty_and_says_so(folder: Path) -> None:
    with Library.create(folder, "My library") as library:
        info = library.info()
        assert (info.name, info.num_images, info.default_extractor) == (
            "My library",
            0,
            "",
        )
        assert library.catalogue.records() == []
        with pytest.raises(EmptyLibraryError, match="has no images yet"):
            library.features()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_records_and_features_come_back_in_the_order_they_were_added(
    library, make_images, make_features, extractor
) -> None:
    images = make_images(5)
    library.add(images[:3], extractor, make_features(images[:3]))
    library.add(images[3:], extractor, make_features(images[3:]))

    table = library.features()
    records = library.catalogue.records()

    assert list(table.image_ids) == [image.info.image_id for image in images]
    assert table.features.dtype == np.float32
    assert table.features.flags.c_contiguous
    np.testing.assert_array_equal(table.features, make_features(images))
    assert [record.image_id for record in records] == list(table.image_ids)
    assert [record.row for record in records] == [0, 1, 2, 3, 4]
    assert records[1].class_name == "chest_ct"
    assert records[1].modality == "CT"
    assert records[0].modality == "MR", "the manifest's modality wins"
    assert library.catalogue.thumbnail(records[4].image_id) == images[4].thumbnail


def test_the_first_extractor_becomes_the_default(
    library, make_images, make_features, extractor
) -> None:
    other = dataclasses.replace(extractor, key="other-1")
    images = make_images(2)
    library.add(images[:1], extractor, make_features(images[:1]))
    library.add(images[1:], other, make_features(images[1:]))
    assert library.info().default_extractor == extractor.key
    library.set_default_extractor("other-1")
    assert library.info().default_extractor == "other-1"
    assert library.info().num_missing_features == 1
    with pytest.raises(LibraryMismatchError, match="'unknown'"):
        library.set_default_extractor("unknown")


def test_each_extractor_sees_its_own_images_only(
    library, make_images, make_features, extractor
) -> None:
    other = dataclasses.replace(extractor, key="other-1", feature_dim=2)
    images = make_images(3)
    ids = [image.info.image_id for image in images]
    library.add(images, extractor, make_features(images))
    assert [record.image_id for record in library.missing("other-1")] == ids

    library.add_features([ids[2], ids[0]], other, np.ones((2, 2), np.float32))

    assert [record.image_id for record in library.missing("other-1")] == [ids[1]]
    assert library.missing(extractor.key) == []
    assert library.features("other-1").image_ids == (ids[0], ids[2])
    assert library.features("other-1").features.shape == (2, 2)


def test_features_of_an_unknown_extractor_are_a_mismatch(
    library, make_images, make_features, extractor
) -> None:
    images = make_images(1)
    library.add(images, extractor, make_features(images))
    with pytest.raises(LibraryMismatchError, match="tiny-pixels-1"):
        library.features("another-key")


def test_an_extractor_cannot_change_its_dimension(
    library, make_images, make_features, extractor
) -> None:
    images = make_images(2)
    library.add(images[:1], extractor, make_features(images[:1]))
    wider = dataclasses.replace(extractor, feature_dim=7)
    with pytest.raises(LibraryMismatchError, match=r"7 values"):
        library.add(images[1:], wider, np.zeros((1, 7), np.float32))


@pytest.mark.parametrize("shape", [(2, 6), (1, 5), (6,)])
def test_features_of_another_shape_are_refused(
    library, make_images, extractor, shape
) -> None:
    with pytest.raises(LibraryError, match="expected shape"):
        library.add(make_images(1), extractor, np.zeros(shape, np.float32))
    assert library.catalogue.num_images() == 0


def test_features_that_are_no_numbers_are_refused(
    library, make_images, extractor
) -> None:
    features = np.full((1, 6), np.nan, np.float32)
    with pytest.raises(LibraryError, match="not numbers"):
        library.add(make_images(1), extractor, features)
    assert library.catalogue.num_images() == 0


def test_an_image_cannot_be_added_twice(
    library, make_images, make_features, extractor
) -> None:
    images = make_images(3)
    library.add(images[:1], extractor, make_features(images[:1]))
    before = library.change_number()
    with pytest.raises(LibraryError, match="already"):
        library.add(images[::-1], extractor, make_features(images[::-1]))
    with pytest.raises(LibraryError, match="different images"):
        library.add([images[1]] * 2, extractor, make_features([images[1]] * 2))
    assert library.catalogue.num_images() == 1
    assert library.change_number() == before
    segments = list((library.folder / "features").rglob("*.h5*"))
    assert len(segments) == 1, "a refused batch leaves no segment"


def test_adding_nothing_changes_nothing(library, extractor) -> None:
    before = library.change_number()
    library.add([], extractor, np.zeros((0, 6), np.float32))
    library.add_paths([])
    assert library.change_number() == before


def test_the_same_content_at_two_paths_is_one_record(
    library, make_images, make_features, extractor
) -> None:
    images = make_images(2)
    library.add(images, extractor, make_features(images))
    image_id = images[0].info.image_id
    copy = FileState("/copies/a.dcm", 1000, 7)

    library.add_paths([FoundAgain(image_id, copy)])

    assert library.catalogue.paths(image_id) == ["/images/0000.dcm", "/copies/a.dcm"]
    record = library.catalogue.record(image_id)
    assert (record.path, record.num_paths) == ("/images/0000.dcm", 2)
    assert library.find_path("/copies/a.dcm", 1000, 7) == image_id
    assert library.info().num_images == 2
    assert library.info().num_paths == 3


def test_a_file_is_known_only_while_it_is_unchanged(
    library, make_images, make_features, extractor
) -> None:
    images = make_images(1)
    library.add(images, extractor, make_features(images))
    file = images[0].file
    image_id = images[0].info.image_id
    assert library.find_path(file.path, file.size_bytes, file.mtime_ns) == image_id
    assert library.find_path(file.path, file.size_bytes, file.mtime_ns, 1) == image_id
    assert library.find_path(file.path, file.size_bytes, file.mtime_ns, 2) == ""
    assert library.find_path(file.path, file.size_bytes + 1, file.mtime_ns) == ""
    assert library.find_path(file.path, file.size_bytes, file.mtime_ns + 1) == ""

    touched = dataclasses.replace(file, mtime_ns=5)
    library.add_paths([FoundAgain(image_id, touched)])

    assert library.find_path(file.path, file.size_bytes, 5) == image_id
    assert library.catalogue.paths(image_id) == [file.path]


def test_a_file_with_new_content_replaces_its_former_image(
    library, make_images, make_features, extractor
) -> None:
    first, second, third = make_images(3)
    library.add([first, second], extractor, make_features([first, second]))
    library.add_paths([FoundAgain(second.info.image_id, FileState("/b.dcm", 1, 1))])
    overwritten = dataclasses.replace(third, file=FileState(first.file.path, 9, 9))

    library.add([overwritten], extractor, make_features([third]))

    ids = [record.image_id for record in library.catalogue.records()]
    assert ids == [second.info.image_id, third.info.image_id]
    assert library.features().image_ids == tuple(ids)
    assert library.catalogue.num_paths() == 3


@pytest.mark.parametrize("swapped", [(0, 1), (1, 0)])
def test_images_whose_files_swapped_their_names_both_stay(
    library, make_images, make_features, extractor, swapped
) -> None:
    images = make_images(2)
    library.add(images, extractor, make_features(images))
    ids = [image.info.image_id for image in images]

    library.add_paths(
        [
            FoundAgain(ids[number], FileState(images[1 - number].file.path, 9, 9))
            for number in swapped
        ]
    )

    assert library.features().image_ids == tuple(ids)
    assert library.catalogue.paths(ids[0]) == [images[1].file.path]
    assert library.catalogue.paths(ids[1]) == [images[0].file.path]


def test_an_image_whose_file_was_overwritten_stays_if_it_was_found_elsewhere(
    library, make_images, make_features, extractor
) -> None:
    first, second = make_images(2)
    library.add([first], extractor, make_features([first]))
    overwritten = dataclasses.replace(second, file=FileState(first.file.path, 9, 9))
    image_id = first.info.image_id

    library.add([overwritten], extractor, make_features([second]))
    library.add_paths([FoundAgain(image_id, FileState("/images/renamed.dcm", 1, 1))])

    assert library.has_image(image_id)
    assert library.catalogue.paths(image_id) == ["/images/renamed.dcm"]


def test_removed_images_come_back_at_their_place(
    library, make_images, make_features, extractor
) -> None:
    images = make_images(5)
    ids = [image.info.image_id for image in images]
    library.add(images, extractor, make_features(images))
    before = library.catalogue.records()

    removal = library.remove([ids[3], ids[1], "unknown:1"])

    assert removal.num_removed == 2
    assert library.features().image_ids == (ids[0], ids[2], ids[4])
    np.testing.assert_array_equal(
        library.features().features, make_features(images)[[0, 2, 4]]
    )
    assert not library.has_image(ids[1])
    assert library.catalogue.thumbnail(ids[1]) == b""
    assert library.find_path(images[1].file.path, 1001, 10**18 + 1) == ""
    assert library.catalogue.num_paths() == 3

    assert library.restore(removal.undo) == 2

    assert library.catalogue.records() == before
    np.testing.assert_array_equal(library.features().features, make_features(images))
    assert library.restore(removal.undo) == 0


def test_removing_nothing_gives_no_token(library) -> None:
    removal = library.remove(["unknown:1"])
    assert (removal.num_removed, removal.undo) == (0, "")
    assert library.restore("") == 0


def test_a_removed_image_that_is_added_again_is_new(
    library, make_images, make_features, extractor
) -> None:
    images = make_images(3)
    library.add(images, extractor, make_features(images))
    removal = library.remove([image.info.image_id for image in images[:2]])

    library.add(images[:1], extractor, make_features(images[:1]) + 1)
    assert library.restore(removal.undo) == 1

    ids = [images[1].info.image_id, images[2].info.image_id, images[0].info.image_id]
    assert list(library.features().image_ids) == ids
    np.testing.assert_array_equal(
        library.features().features[2], make_features(images)[0] + 1
    )


def test_relabelling_tells_the_former_classes(
    library, make_images, make_features, extractor
) -> None:
    images = make_images(3)
    ids = [image.info.image_id for image in images]
    library.add(images, extractor, make_features(images))

    previous = library.relabel([ids[0], ids[1], "unknown:1"], "abdomen_ct")

    assert previous == {ids[0]: "brain_mri", ids[1]: "chest_ct"}
    assert library.catalogue.class_counts() == {"abdomen_ct": 2, "hand_xray": 1}


def test_a_moved_folder_of_images_is_followed(
    library, make_images, make_features, extractor
) -> None:
    images = make_images(2)
    library.add(images, extractor, make_features(images))
    outside = FileState("/images of others/a.dcm", 1, 1)
    library.add_paths([FoundAgain(images[0].info.image_id, outside)])

    moved = library.move_paths(Path("/images"), Path("/archive/2026"))
    assert moved == Moved(2, 0)

    paths = [library.catalogue.paths(image.info.image_id) for image in images]
    assert paths == [
        ["/archive/2026/0000.dcm", outside.path],
        ["/archive/2026/0001.dcm"],
    ]


def paths_of(library: Library) -> list[list[str]]:
    return [library.catalogue.paths(name) for name in library.catalogue.image_ids()]


def test_a_moved_folder_takes_no_path_from_another_image(
    library, make_images, make_features, extractor
) -> None:
    images = make_images(3)
    there = FileState("/archive/0001.dcm", 1, 1)
    images[2] = dataclasses.replace(images[2], file=there)
    library.add(images, extractor, make_features(images))
    first = images[0].info.image_id
    library.add_paths([FoundAgain(first, FileState("/archive/0000.dcm", 1, 1))])

    moved = library.move_paths(Path("/images"), Path("/archive"))

    assert moved == Moved(1, 1)
    assert paths_of(library) == [
        ["/archive/0000.dcm"],
        ["/images/0001.dcm"],
        ["/archive/0001.dcm"],
    ]


@pytest.mark.parametrize(
    ("old", "new"), [("/a", "/a/a"), ("/a/a", "/a")], ids=["down", "up"]
)
def test_a_folder_may_be_moved_into_itself_and_out_of_itself(
    library, make_images, make_features, extractor, old: str, new: str
) -> None:
    names = [f"{old}{middle}/1.dcm" for middle in ("", "/a", "/a/a")]
    images = [
        dataclasses.replace(image, file=FileState(name, 1, 1))
        for image, name in zip(make_images(3), names, strict=True)
    ]
    library.add(images, extractor, make_features(images))
    assert library.move_paths(Path(old), Path(new)) == Moved(3, 0)
    assert paths_of(library) == [[name.replace(old, new, 1)] for name in names]


def test_a_record_whose_file_is_another_images_goes_to_the_trash(
    library, make_images, make_features, extractor
) -> None:
    images = make_images(3)
    library.add(images, extractor, make_features(images))
    found = FileState("/images/0001.dcm", 7, 7)
    library.replace_paths([("/images/0000.dcm", found)])
    ids = [image.info.image_id for image in images]
    assert library.catalogue.image_ids() == [ids[0], ids[2]]
    assert library.catalogue.paths(ids[0]) == ["/images/0001.dcm"]
    again = FileState("/elsewhere/0001.dcm", 1, 1)
    library.add_paths([FoundAgain(ids[1], again)])
    assert library.catalogue.image_ids() == ids, "found again, it is back"


def test_the_change_number_grows_with_each_commit(
    library, make_images, make_features, extractor
) -> None:
    images = make_images(2)
    with Catalogue.open(library.folder) as window:
        seen = [window.change_number()]
        library.add(images, extractor, make_features(images))
        seen.append(window.change_number())
        undo = library.remove([images[0].info.image_id]).undo
        seen.append(window.change_number())
        library.restore(undo)
        seen.append(window.change_number())
        library.relabel([images[0].info.image_id], "x")
        seen.append(window.change_number())
    assert seen == sorted(set(seen))


def test_a_second_writer_is_told_and_readers_are_not_hindered(
    library, make_images, make_features, extractor
) -> None:
    images = make_images(1)
    with pytest.raises(LibraryBusyError, match="Another window or command"):
        Library.open(library.folder)
    with Library.open(library.folder, read_only=True) as reader:
        library.add(images, extractor, make_features(images))
        assert reader.catalogue.num_images() == 1
        assert reader.features().features.shape == (1, 6)
    library.close()
    Library.open(library.folder).close()


def test_a_library_opened_to_be_read_cannot_be_changed(
    library, make_images, make_features, extractor
) -> None:
    images = make_images(1)
    with Library.open(library.folder, read_only=True) as reader:
        assert reader.is_read_only
        for change in (
            lambda: reader.add(images, extractor, make_features(images)),
            lambda: reader.remove(["a:1"]),
            reader.compact,
        ):
            with pytest.raises(StorageError, match="to be read only"):
                change()


def test_an_existing_folder_is_taken_only_if_it_is_empty(
    library, tmp_path: Path
) -> None:
    with pytest.raises(LibraryExistsError, match="my library"):
        Library.create(library.folder)
    empty = tmp_path / "empty"
    empty.mkdir()
    empty.chmod(0o755)
    Library.create(empty).close()
    if os.name != "nt":
        assert empty.stat().st_mode & 0o777 == 0o700
    full = tmp_path / "full"
    full.mkdir()
    (full / "holiday.jpg").touch()
    with pytest.raises(LibraryExistsError):
        Library.create(full)
    with pytest.raises(NotALibraryError, match="not a folder"):
        Library.create(full / "holiday.jpg")


def test_what_an_interrupted_creation_left_is_replaced(folder: Path) -> None:
    folder.mkdir()
    (folder / "library.lock").touch()
    (folder / "library.sqlite.new").write_bytes(b"half")
    (folder / "library.sqlite.new-journal").write_bytes(b"half")
    Library.create(folder).close()
    assert sorted(path.name for path in folder.iterdir()) == [
        "library.lock",
        "library.sqlite",
    ]


def test_a_missing_folder_and_a_wrong_folder_have_their_own_errors(
    tmp_path: Path,
) -> None:
    with pytest.raises(LibraryNotFoundError, match="'nowhere'"):
        Library.open(tmp_path / "nowhere")
    with pytest.raises(NotALibraryError, match=r"no library\.sqlite"):
        Library.open(tmp_path)


def test_a_patient_is_stored_under_a_key_of_this_library_only(
    library, make_images, make_features, extractor, tmp_path: Path
) -> None:
    images = make_images(4)
    library.add(images, extractor, make_features(images))
    keys = [record.patient_key for record in library.catalogue.records()]
    digest = images[0].info.patient_digest
    assert keys[0] == keys[3] == library.catalogue.patient_key(digest)
    assert keys[0] != keys[1]
    assert digest.encode() not in (library.folder / "library.sqlite").read_bytes()
    with Library.create(tmp_path / "other") as other:
        assert other.catalogue.patient_key(digest) != keys[0]
        assert other.catalogue.patient_key("") == ""


def test_a_path_that_is_not_utf8_is_kept(
    library, make_images, make_features, extractor
) -> None:
    (image,) = make_images(1)
    name = "/images/R\udcf6ntgen.dcm"
    image = dataclasses.replace(image, file=FileState(name, 1, 1))
    library.add([image], extractor, make_features([image]))
    assert library.catalogue.paths(image.info.image_id) == [name]
    assert library.catalogue.records()[0].path == name
    assert library.find_path(name, 1, 1) == image.info.image_id


def test_a_folder_whose_name_is_not_utf8_can_be_a_library(tmp_path: Path) -> None:
    with Library.create(tmp_path / "R\udcf6ntgen") as library:
        assert library.info().name == "R\N{REPLACEMENT CHARACTER}ntgen"


def test_an_extractor_key_may_hold_any_letters(
    library, make_images, make_features, extractor: ExtractorInfo
) -> None:
    images = make_images(1)
    for key in ("../../escape", ".hidden", "a/b:c", "x" * 300):
        info = dataclasses.replace(extractor, key=key)
        if library.has_image(images[0].info.image_id):
            library.add_features([images[0].info.image_id], info, make_features(images))
        else:
            library.add(images, info, make_features(images))
        assert library.features(key).image_ids == (images[0].info.image_id,)
    assert {path.parent.parent for path in library.folder.rglob("*.h5")} == {
        library.folder / "features"
    }
