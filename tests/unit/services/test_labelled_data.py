"""A library's labels are read as those of class folders are."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cbmir_gui.core.errors import DataError
from cbmir_gui.core.paths import libraries_dir
from cbmir_gui.core.records import ImageSource, IndexRequest
from cbmir_gui.engine.operations import DataArguments
from cbmir_gui.features.base import extract_one
from cbmir_gui.features.registry import open_extractor
from cbmir_gui.imaging.raster import write_png
from cbmir_gui.imaging.reader import read_image
from cbmir_gui.library.entries import NewImage
from cbmir_gui.library.library import Library
from cbmir_gui.services.data_inspection import inspect_data
from cbmir_gui.services.evaluation import EvaluationRequest, evaluate
from cbmir_gui.services.image_sources import file_state
from cbmir_gui.services.indexing import index_library
from cbmir_gui.services.labelled_data import (
    find_library,
    group_of_record,
    read_labelled,
)


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


def test_queries_of_a_library_never_meet_their_own_patient(
    library_folder: Path, image_folder: Path, decoder, home: Path
) -> None:
    images, features = [], []
    extractor = open_extractor("raw-pixels")
    for number, name in enumerate(["brain_mri", "brain_mri", "chest_ct", "chest_ct"]):
        path = image_folder / name / f"new {number}.png"
        write_png(path, np.full((8, 8), 50 * number, np.uint8))
        decoded = read_image(path)
        info = replace(decoded.info, patient_digest="ab" if number < 2 else "")
        group = "p7" if number >= 2 else ""
        source = ImageSource(str(path), class_name=name, group=group)
        images.append(NewImage(info, source, file_state(source)))
        features.append(extract_one(extractor, decoded.pixels).features[0])
    with Library.open(library_folder) as library:
        library.add(images, extractor.info, np.stack(features))
    request = EvaluationRequest(str(library_folder), library=str(library_folder))
    report = evaluate(request, decoder)
    # Each of the 22 drops itself; each of the four the other one of its patient too.
    assert report["protocol"]["num_dropped_hits"] == 22 + 4


def test_a_group_that_was_given_comes_before_the_files_patient(
    library_folder: Path,
) -> None:
    with Library.open(library_folder, read_only=True) as library:
        record = replace(library.catalogue.records()[0], patient_key="key")
    assert group_of_record(record) == "group-key"
    assert group_of_record(replace(record, group="p1")) == "p1"


def test_a_library_with_a_class_that_no_list_could_show_is_refused(
    library_folder: Path,
) -> None:
    with Library.open(library_folder) as library:
        library.relabel(library.catalogue.image_ids()[:1], "x" * 101)
    with pytest.raises(DataError, match=r"'library' has class names .* 100 letters"):
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
