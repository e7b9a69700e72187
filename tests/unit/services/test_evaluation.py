import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cbmir_gui.core.errors import CbmirError, DataError, LibraryMismatchError
from cbmir_gui.core.paths import libraries_dir
from cbmir_gui.core.records import ImageSource, IndexRequest
from cbmir_gui.library.library import Library
from cbmir_gui.services.evaluation import EvaluationRequest, evaluate
from cbmir_gui.services.indexing import index_library
from cbmir_gui.services.library_export import export_library
from cbmir_gui.sources.control import shuffle_classes

Row = dict[str, str]
WriteManifest = Callable[[list[Row]], Path]


@pytest.fixture
def write_manifest(tmp_path: Path) -> WriteManifest:
    def write(rows: list[Row]) -> Path:
        path = tmp_path / "manifest.csv"
        with path.open("w", newline="") as stream:
            writer = csv.DictWriter(stream, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)
        return path

    return write


@pytest.fixture
def rows(image_folder: Path) -> list[Row]:
    """Return one row per image: each class has 4 train and 2 test images."""
    return [
        {
            "file": str(path),
            "class": path.parent.name,
            "split": "train" if number % 6 < 4 else "test",
            "group": f"p{number}",
            "diagnosis": "odd" if number % 2 else "even",
            "modality": path.parent.name.partition("_")[2],
        }
        for number, path in enumerate(sorted(image_folder.rglob("*.png")))
    ]


def run(manifest: Path, decoder, **changes: object) -> dict:
    values = {"model": "raw-pixels"} | changes
    return evaluate(EvaluationRequest(str(manifest), **values), decoder)


def test_clean_classes_are_found_perfectly(decoder, rows, write_manifest) -> None:
    report = run(write_manifest(rows), decoder)
    assert report["num_queries"] == 6
    assert report["mean_average_precision"] == 1
    assert report["precision_at_1"] == 1
    assert report["precision_at_5"] == pytest.approx(4 / 5)
    assert report["ceilings"]["precision_at_5"] == pytest.approx(4 / 5)
    assert report["recall_at_20"] == 1
    assert report["mean_average_precision_interval"] == [1, 1]
    assert report["accuracy"] is None
    assert report["confusion_matrix"]["matrix"] == (2 * np.eye(3)).tolist()
    assert json.loads(json.dumps(report, allow_nan=False)) == report


def test_a_library_may_be_the_database(
    decoder, rows, write_manifest, library_folder
) -> None:
    report = run(
        write_manifest(rows), decoder, library=str(library_folder), splits=("test",)
    )
    assert report["protocol"]["database_size"] == 18
    assert report["protocol"]["num_dropped_hits"] == 6
    assert report["mean_average_precision"] == 1
    assert report["ceilings"]["recall_at_20"] == 1


def test_the_querys_group_is_dropped_and_counted(decoder, rows, write_manifest) -> None:
    for row in rows:
        row["group"] = row["class"] + row["diagnosis"]
    report = run(write_manifest(rows), decoder)
    assert report["protocol"]["num_dropped_hits"] == 6 * 2
    assert report["protocol"]["num_queries_with_dropped_hits"] == 6
    assert report["ceilings"]["precision_at_5"] == pytest.approx(2 / 5)


def test_the_querys_group_is_known_in_a_library(
    decoder, rows, write_manifest, tmp_path
) -> None:
    for row in rows:
        row["group"] = f"{row['class']} {row['diagnosis']}"
    manifest, folder = write_manifest(rows), tmp_path / "grouped"
    index_library(IndexRequest(str(folder), (str(manifest),), "raw-pixels"), [decoder])
    report = run(manifest, decoder, library=str(folder), splits=("test",))
    assert report["protocol"]["num_dropped_hits"] == 6 * 3, "itself and two others"
    exported = tmp_path / "exported.csv"
    export_library(folder, exported)
    assert not any(row["group"] in exported.read_text() for row in rows)
    report = run(exported, decoder, library=str(folder))
    assert report["protocol"]["num_dropped_hits"] == 18 * 3


def test_at_diagnosis_level_queries_without_one_are_skipped(
    decoder, rows, write_manifest
) -> None:
    for row in rows:
        if row["class"] == "chest_ct":
            row["diagnosis"] = ""
    report = run(write_manifest(rows), decoder, level="diagnosis")
    assert (report["num_queries"], report["num_skipped"]) == (4, 2)
    assert report["protocol"]["skipped"]["without_label"] == 2
    assert set(report["per_class"]) == {"brain_mri", "hand_xray"}
    assert report["ceilings"]["precision_at_5"] == pytest.approx(2 / 5)


def test_at_modality_level_the_modality_is_the_class(
    decoder, rows, write_manifest
) -> None:
    report = run(write_manifest(rows), decoder, level="modality")
    assert set(report["per_class"]) == {"mri", "ct", "xray"}
    assert report["mean_average_precision"] == 1


def test_unreadable_queries_are_skipped_and_counted(
    decoder, rows, write_manifest
) -> None:
    Path(rows[4]["file"]).write_text("not an image")
    Path(rows[10]["file"]).unlink()
    report = run(write_manifest(rows), decoder)
    assert report["num_queries"] == 4
    assert report["protocol"]["skipped"]["unreadable"] == 2


def test_a_query_with_nothing_to_find_is_counted(decoder, rows, write_manifest) -> None:
    rows[4]["class"] = "unheard_of"
    report = run(write_manifest(rows), decoder)
    assert report["protocol"]["num_without_relevant"] == 1
    assert report["mean_average_precision"] == 1
    assert report["per_class"]["unheard_of"]["precision_at_1"] is None


def test_a_vote_is_on_the_class_whatever_is_relevant(
    decoder, rows, write_manifest
) -> None:
    rows[4]["diagnosis"] = "unheard_of"
    report = run(write_manifest(rows), decoder, level="diagnosis")
    assert report["protocol"]["num_without_relevant"] == 1
    matrix = np.array(report["confusion_matrix"]["matrix"])
    assert matrix.sum() == np.trace(matrix) == report["num_queries"]


def test_the_same_content_is_never_its_own_hit(decoder, rows, write_manifest) -> None:
    copied = Path(rows[0]["file"]).read_bytes()
    Path(rows[4]["file"]).write_bytes(copied)
    report = run(write_manifest(rows), decoder)
    assert report["protocol"]["num_dropped_hits"] == 1


def test_random_labels_are_retrieved_by_chance(
    decoder, image_folder, write_manifest
) -> None:
    paths = sorted(image_folder.rglob("*.png"))
    sources = [ImageSource(str(path), class_name=path.parent.name) for path in paths]
    precisions = []
    for seed in range(8):
        shuffled = shuffle_classes(sources, seed)
        manifest = write_manifest(
            [
                {
                    "file": source.path,
                    "class": source.class_name,
                    "split": "train" if number % 3 else "test",
                }
                for number, source in enumerate(shuffled)
            ]
        )
        report = run(manifest, decoder)
        precisions.append(report["precision_at_5"])
    assert np.mean(precisions) == pytest.approx(1 / 3, abs=0.12)


def test_files_are_decoded_once(decoder, rows, write_manifest) -> None:
    manifest = write_manifest(rows)
    first = run(manifest, decoder)
    assert decoder.num_decoded == 18
    again = run(manifest, decoder, metric="euclidean")
    assert decoder.num_decoded == 18
    assert again["num_queries"] == first["num_queries"]
    Path(rows[4]["file"]).write_bytes(Path(rows[5]["file"]).read_bytes())
    run(manifest, decoder)
    assert decoder.num_decoded == 19


def test_the_cache_lies_hidden_beside_the_libraries(
    decoder, rows, write_manifest
) -> None:
    run(write_manifest(rows), decoder)
    with Library.open(libraries_dir() / ".evaluation" / "raw-pixels") as library:
        assert library.info().num_images == 18


def test_one_class_may_be_searched(decoder, rows, write_manifest) -> None:
    report = run(write_manifest(rows), decoder, class_filter="chest_ct")
    assert report["per_class"]["chest_ct"]["mean_average_precision"] == 1
    assert report["per_class"]["brain_mri"]["mean_average_precision"] == 0
    assert report["per_class"]["brain_mri"]["precision_at_1"] == 0


def test_what_cannot_be_evaluated_is_refused(
    decoder, rows, write_manifest, library_folder
) -> None:
    manifest = write_manifest(rows)
    with pytest.raises(DataError, match="must be one of"):
        run(manifest, decoder, level="organ")
    with pytest.raises(CbmirError, match="predicts no classes"):
        run(manifest, decoder, class_filter="predicted")
    with pytest.raises(CbmirError, match="no images of the class 'zebra'"):
        run(manifest, decoder, class_filter="zebra")
    with pytest.raises(LibraryMismatchError, match="lbp"):
        run(manifest, decoder, library=str(library_folder), model="lbp")
    for row in rows:
        row["class"] = ""
    with pytest.raises(DataError, match="no query that can be read"):
        run(write_manifest(rows), decoder)
