"""A library's labels are read as those of class folders are."""

from collections import Counter
from pathlib import Path

import pytest

from cbmir_gui.core.errors import DataError
from cbmir_gui.core.paths import libraries_dir
from cbmir_gui.core.records import IndexRequest
from cbmir_gui.engine.operations import DataArguments
from cbmir_gui.library.library import Library
from cbmir_gui.services.data_inspection import inspect_data
from cbmir_gui.services.indexing import index_library
from cbmir_gui.services.labelled_data import find_library, read_labelled


def test_a_library_and_its_folder_hold_the_same_labels(
    library_folder: Path, image_folder: Path
) -> None:
    from_library = read_labelled(str(library_folder))
    from_folder = read_labelled(str(image_folder))
    assert [(source.path, source.class_name) for source in from_library] == [
        (source.path, source.class_name) for source in from_folder
    ]
    found = inspect_data(DataArguments(str(library_folder)))
    assert found.classes == {"brain_mri": 6, "chest_ct": 6, "hand_xray": 6}
    assert (found.num_images, found.num_missing, found.sets) == (18, 0, ())
    assert (found.splits, found.has_groups) == ({"": 18}, False)


def test_splits_are_drawn_and_never_overlap(library_folder: Path) -> None:
    parts = [
        {source.path for source in read_labelled(str(library_folder), splits=(split,))}
        for split in ("train", "val", "test")
    ]
    assert sum(map(len, parts)) == len(set().union(*parts)) == 18


def test_images_without_a_class_are_left_out(library_folder: Path) -> None:
    with Library.open(library_folder) as library:
        image_ids = library.catalogue.image_ids()
        library.relabel(image_ids[:6], "")
    sources = read_labelled(str(library_folder))
    assert Counter(source.class_name for source in sources) == {
        "chest_ct": 6,
        "hand_xray": 6,
    }
    with Library.open(library_folder) as library:
        library.relabel(image_ids, "")
    with pytest.raises(DataError, match="has no image with a class"):
        read_labelled(str(library_folder))


def test_a_library_has_no_sets(library_folder: Path) -> None:
    with pytest.raises(DataError, match="knows nothing of the set 'c18'"):
        read_labelled(str(library_folder), "c18")


def test_a_library_is_found_by_its_plain_name(home: Path, tmp_path: Path) -> None:
    Library.create(libraries_dir() / "hands").close()
    assert find_library("hands") == libraries_dir() / "hands"
    assert find_library("feet") is None
    assert find_library(str(tmp_path)) is None


def test_a_file_that_was_found_twice_is_read_from_where_it_still_is(
    library_folder: Path, image_folder: Path, decoder
) -> None:
    original = image_folder / "brain_mri" / "0.png"
    copy = image_folder.parent / "copy.png"
    copy.write_bytes(original.read_bytes())
    request = IndexRequest(str(library_folder), (str(copy),), model="raw-pixels")
    assert index_library(request, [decoder]).duplicate == 1
    original.unlink()
    assert str(copy) in {source.path for source in read_labelled(str(library_folder))}
