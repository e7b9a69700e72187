"""A repair brings back what the images' files still hold, and loses nothing."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cbmir_gui.core.errors import Cancelled, LibraryBusyError, LibraryError
from cbmir_gui.imaging.reader import read_image
from cbmir_gui.imaging.thumbnails import make_thumbnail
from cbmir_gui.library.feature_table import FeatureTable
from cbmir_gui.library.library import Library
from cbmir_gui.services import library_repair
from cbmir_gui.services.library_repair import check_library, repair_library


def segments(folder: Path) -> list[Path]:
    return sorted((folder / "features").rglob("*.h5"))


def features(folder: Path) -> FeatureTable:
    with Library.open(folder, read_only=True) as library:
        return library.features()


def spoil(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-3] ^= 0x40
    path.write_bytes(data)


def change(folder: Path, statement: str) -> None:
    with sqlite3.connect(folder / "library.sqlite") as connection:
        connection.execute(statement)
    connection.close()


def test_a_sound_library_is_left_as_it_is(library_folder: Path, decoder) -> None:
    before = (library_folder / "library.sqlite").read_bytes()
    repair = repair_library(library_folder, decoders=[decoder])
    assert repair.before == repair.after
    assert (repair.backup, repair.num_extracted, decoder.num_decoded) == ("", 0, 0)
    assert (library_folder / "library.sqlite").read_bytes() == before


def test_a_damaged_segment_is_extracted_again(library_folder: Path, decoder) -> None:
    expected = features(library_folder)
    (path,) = segments(library_folder)
    spoil(path)
    assert check_library(library_folder).is_damaged

    repair = repair_library(library_folder, decoders=[decoder])

    assert [entry.kind for entry in repair.before.problems] == ["segment"]
    assert repair.after.problems == ()
    assert (repair.num_set_aside, repair.num_extracted, repair.failed) == (1, 18, ())
    assert (library_folder / repair.backup).is_file()
    now = features(library_folder)
    assert now.image_ids == expected.image_ids
    np.testing.assert_array_equal(now.features, expected.features)


def test_an_image_whose_file_is_gone_keeps_its_record(
    library_folder: Path, image_folder: Path, decoder
) -> None:
    segments(library_folder)[0].unlink()
    gone = image_folder / "brain_mri" / "0.png"
    gone.unlink()
    repair = repair_library(library_folder, decoders=[decoder])
    assert (repair.num_set_aside, repair.num_extracted) == (0, 17)
    assert [entry.path for entry in repair.failed] == [str(gone)]
    assert [entry.kind for entry in repair.after.problems] == ["features", "moved"]
    assert not repair.after.is_damaged
    assert repair.after.num_images == 18
    assert len(features(library_folder).image_ids) == 17


def test_features_of_a_model_that_is_not_here_are_only_put_aside(
    library_folder: Path, decoder, monkeypatch
) -> None:
    spoil(segments(library_folder)[0])
    monkeypatch.setattr(library_repair, "_is_here", lambda info: False)
    repair = repair_library(library_folder, decoders=[decoder])
    assert (repair.num_set_aside, repair.num_extracted) == (1, 0)
    assert [entry.kind for entry in repair.after.problems] == ["features"]


def test_damaged_thumbnails_are_made_again(library_folder: Path, decoder) -> None:
    with Library.open(library_folder) as library:
        ids = library.catalogue.image_ids()
        expected = [library.catalogue.thumbnail(image_id) for image_id in ids[:2]]
    change(library_folder, "UPDATE thumbnail SET jpeg = x'00' WHERE position = 0")
    change(library_folder, "DELETE FROM thumbnail WHERE position = 1")
    repair = repair_library(library_folder, decoders=[ThumbnailDecoder()])
    kinds = [entry.kind for entry in repair.before.problems]
    assert kinds == ["thumbnail", "no thumbnail"]
    assert (repair.num_thumbnails, repair.after.problems) == (2, ())
    with Library.open(library_folder) as library:
        made = [library.catalogue.thumbnail(image_id) for image_id in ids[:2]]
    assert made == expected


class ThumbnailDecoder:
    """Decodes where it is called, with thumbnails."""

    def decode(self, path: Path, frame: int = 0, **options: object):
        image = read_image(path, frame)
        return replace(image, thumbnail=make_thumbnail(image.pixels))


def test_moved_images_are_found_by_what_they_hold(
    library_folder: Path, image_folder: Path, tmp_path: Path, decoder
) -> None:
    # Other folders and other names: only the content tells them.
    archive = tmp_path / "archive"
    for number, path in enumerate(sorted(image_folder.rglob("*.png"))):
        target = archive / str(number % 4) / f"renamed {number}"
        target.parent.mkdir(parents=True, exist_ok=True)
        path.rename(target)
    impostor = archive / "other.png"
    impostor.write_bytes(bytes((archive / "0" / "renamed 0").stat().st_size))
    assert [entry.kind for entry in check_library(library_folder).problems] == ["moved"]

    repair = repair_library(library_folder, archive, [decoder])

    assert (repair.num_found, repair.after.problems) == (18, ())
    with Library.open(library_folder, read_only=True) as library:
        for record in library.catalogue.records():
            path = Path(record.path)
            assert path.is_relative_to(archive)
            assert read_image(path).info.image_id == record.image_id
            status = path.stat()
            found = library.find_path(
                str(path), status.st_size, status.st_mtime_ns, record.frame
            )
            assert found == record.image_id, "adding it again finds it known"


def test_a_folder_that_is_not_there_is_said(library_folder: Path) -> None:
    with pytest.raises(LibraryError, match="no folder 'none' to look for"):
        repair_library(library_folder, library_folder / "none")


def test_a_cancelled_repair_keeps_what_it_did(library_folder: Path, decoder) -> None:
    spoil(segments(library_folder)[0])

    def progress(done: int, total: int, text: str = "") -> None:
        if decoder.num_decoded:
            raise Cancelled

    repair = repair_library(library_folder, None, [decoder], progress)
    assert (repair.after, repair.num_set_aside) == (None, 1)
    left = check_library(library_folder)
    assert [entry.kind for entry in left.problems] == ["features"]
    again = repair_library(library_folder, None, [decoder])
    assert again.after.problems == ()


def test_a_repair_waits_for_nobody_who_changes_the_library(
    library_folder: Path, decoder
) -> None:
    segments(library_folder)[0].unlink()
    with Library.open(library_folder), pytest.raises(LibraryBusyError):
        repair_library(library_folder, None, [decoder])
    assert not list(library_folder.glob("*.backup"))
