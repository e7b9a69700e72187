"""Features in memory follow the library: what is there is what a fresh load reads."""

import sqlite3
from pathlib import Path

import numpy as np

from cbmir_gui.features.registry import find_extractor
from cbmir_gui.imaging.raster import write_png
from cbmir_gui.library.library import Library
from cbmir_gui.services import opened_library
from cbmir_gui.services.library_repair import repair_library
from cbmir_gui.services.opened_library import OpenedLibrary, open_features

KEY = find_extractor("raw-pixels", "").key


def opened(folder: Path, former: OpenedLibrary | None = None) -> OpenedLibrary:
    with Library.open(folder, read_only=True) as library:
        return open_features(library, KEY, former)


def assert_fresh(folder: Path, former: OpenedLibrary) -> OpenedLibrary:
    """Check that the features that follow from `former` are those of a fresh load."""
    updated, fresh = opened(folder, former), opened(folder)
    assert updated.table.image_ids == fresh.table.image_ids
    np.testing.assert_array_equal(updated.table.features, fresh.table.features)
    return updated


def test_rows_that_a_repair_has_put_right_are_read_again(
    library_folder: Path, decoder
) -> None:
    with sqlite3.connect(library_folder / "library.sqlite") as connection:
        connection.execute("UPDATE feature SET row = 17 - row")
    connection.close()
    wrong = opened(library_folder)
    repair_library(library_folder, decoders=[decoder])
    updated = assert_fresh(library_folder, wrong)
    assert not np.array_equal(updated.table.features, wrong.table.features)


def test_features_follow_every_change(
    library_folder: Path, tmp_path: Path, add_files
) -> None:
    former = opened(library_folder)
    write_png(tmp_path / "new.png", np.arange(1024, dtype=np.uint8).reshape(32, 32))
    add_files(library_folder, [tmp_path / "new.png"])
    former = assert_fresh(library_folder, former)
    with Library.open(library_folder) as library:
        library.remove(library.catalogue.image_ids()[3:5])
        former = assert_fresh(library_folder, former)
        library.compact()
    assert_fresh(library_folder, former)


def test_only_what_is_new_is_read(
    library_folder: Path, tmp_path: Path, add_files, monkeypatch
) -> None:
    former = opened(library_folder)
    write_png(tmp_path / "new.png", np.arange(1024, dtype=np.uint8).reshape(32, 32))
    add_files(library_folder, [tmp_path / "new.png"])
    read: list[int] = []
    fill_rows = opened_library.fill_rows

    def fill(folder: Path, segments, places, target) -> None:
        read.append(len(places))
        fill_rows(folder, segments, places, target)

    monkeypatch.setattr(opened_library, "fill_rows", fill)
    former = opened(library_folder, former)
    assert read == [1]
    with Library.open(library_folder) as library:
        library.relabel(library.catalogue.image_ids()[:1], "other")
    assert opened(library_folder, former).index is former.index
