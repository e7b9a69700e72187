"""Corruptions, sources left out and other systems, in an evaluation of raw pixels."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cbmir_gui.cli.evaluate_text import describe
from cbmir_gui.core.errors import CbmirError, DataError, ModelNotFoundError
from cbmir_gui.imaging.corruptions import CORRUPTIONS
from cbmir_gui.imaging.raster import write_png
from cbmir_gui.library.library import Library
from cbmir_gui.services.evaluated_system import SystemChoice
from cbmir_gui.services.evaluation import EvaluationRequest, evaluate
from tests.unit.services.test_fused_search import add_lbp

Row = dict[str, str]
Evaluate = Callable[..., dict]


@pytest.fixture
def rows(image_folder: Path) -> list[Row]:
    """Return one row per image: each class has 4 train and 2 test images."""
    return [
        {
            "file": str(path),
            "class": path.parent.name,
            "split": "train" if number % 6 < 4 else "test",
            "hospital": "north" if number % 2 else "south",
            "patient_disjoint": "no" if path.parent.name == "chest_ct" else "yes",
        }
        for number, path in enumerate(sorted(image_folder.rglob("*.png")))
    ]


@pytest.fixture
def run(tmp_path: Path, decoder) -> Evaluate:
    def run(rows: list[Row], **changes: object) -> dict:
        path = tmp_path / "manifest.csv"
        with path.open("w", newline="") as stream:
            writer = csv.DictWriter(stream, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)
        values = {"model": "raw-pixels"} | changes
        return evaluate(EvaluationRequest(str(path), **values), decoder)

    return run


def test_only_the_queries_are_spoilt_and_the_clean_figures_stay(run, rows) -> None:
    clean = run(rows)
    report = run(rows, corruption="high_contrast")
    assert report["precision_at_20"] == clean["precision_at_20"]
    assert list(report["corruptions"]) == ["high_contrast"]
    block = report["corruptions"]["high_contrast"]
    assert block["num_queries"] == 6
    assert block["precision_at_20_clean"] == clean["precision_at_20"]
    assert block["mean_average_precision_drop_points"] == pytest.approx(
        100 * (clean["mean_average_precision"] - block["mean_average_precision"])
    )
    assert block["accuracy"] is None


def test_every_corruption_is_measured_and_printed(run, rows) -> None:
    report = run(rows, corruption="all")
    assert list(report["corruptions"]) == [item.name for item in CORRUPTIONS]
    assert json.loads(json.dumps(report, allow_nan=False)) == report
    text = describe(report)
    assert all(item.name in text for item in CORRUPTIONS)
    # 28 x 28 of noise of single pixels do not survive this one.
    assert report["corruptions"]["crop"]["mean_average_precision_drop_points"] > 0


def test_spoilt_features_are_kept_apart_from_clean_ones(run, rows, decoder) -> None:
    first = run(rows, corruption="crop")
    assert decoder.num_decoded == 18 + 6
    again = run(rows, corruption="crop")
    assert decoder.num_decoded == 18 + 6
    assert again["corruptions"] == first["corruptions"]
    clean = run(rows)
    assert clean["mean_average_precision"] == first["mean_average_precision"]
    run(rows, corruption="jpeg")
    assert decoder.num_decoded == 18 + 6 + 6


def test_the_querys_source_is_left_out_of_the_database(run, rows) -> None:
    """The two hospitals of one class show things that have nothing in common."""
    for row in rows:
        if row["class"] == "hand_xray":
            row["hospital"] = "south"
        if row["class"] == "brain_mri":
            is_north = row["hospital"] == "north"
            level = 250 if is_north else 5
            pixels = np.full((32, 32), level, np.uint8)
            pixels[::4] = (255 - level) if is_north else 90
            pixels[int(Path(row["file"]).stem)] = 128
            write_png(Path(row["file"]), pixels)
    report = run(rows, leave_out="hospital")
    block = report["leave_one_out"]
    assert block["classes"] == {
        name: ["north", "south"] for name in ("brain_mri", "chest_ct")
    }
    assert block["num_queries"] == 4
    assert set(block["per_source"]) == {"north", "south"}
    assert block["per_source"]["south"]["database_size"] == 4
    assert block["per_source"]["north"]["database_size"] == 8
    assert block["precision_at_1_clean"] == 1
    assert block["precision_at_1_drop_points"] == pytest.approx(
        100 * (1 - block["precision_at_1"])
    )
    # chest_ct is still found; brain_mri of the north is not.
    assert block["per_source"]["north"]["precision_at_1"] == 0.5
    assert "accuracy" not in block
    assert "may have been trained on that source" in " ".join(describe(report).split())


def test_sources_cannot_be_left_out_where_none_are_known(
    run, rows, library_folder
) -> None:
    with pytest.raises(DataError, match="no column 'city'"):
        run(rows, leave_out="city")
    with pytest.raises(DataError, match="A library does not know the sources"):
        run(rows, leave_out="hospital", library=str(library_folder))
    for row in rows:
        row["hospital"] = row["class"]
    with pytest.raises(DataError, match="No class with queries has several sources"):
        run(rows, leave_out="hospital")


def test_two_systems_are_compared_on_the_same_queries(run, rows) -> None:
    report = run(rows, against="lbp")
    figures = report["against"]["figures"]
    other = run(rows, model="lbp")
    assert (report["against"]["model"], report["against"]["layer"]) == (
        "lbp",
        "histogram",
    )
    for name in ("mean_average_precision", "precision_at_1", "precision_at_20"):
        assert figures[name]["value"] == report[name]
        assert figures[name]["against"] == other[name]
        assert figures[name]["difference"] == pytest.approx(report[name] - other[name])
    assert figures["accuracy"]["difference"] is None
    assert "paired bootstrap" in describe(report)


def test_a_system_does_not_differ_from_itself(run, rows) -> None:
    pair = run(rows, against="raw-pixels/pixels")["against"]["figures"]
    assert pair["mean_average_precision"]["interval"] == [0, 0]
    assert pair["mean_average_precision"]["p_value"] == 1


def test_classes_that_are_not_patient_disjoint_are_printed_apart(run, rows) -> None:
    report = run(rows)
    assert report["not_patient_disjoint"]["classes"] == ["chest_ct"]
    assert report["patient_disjoint"]["classes"] == ["brain_mri", "hand_xray"]
    assert "yes or unknown" in describe(report)
    for row in rows:
        del row["patient_disjoint"]
    report = run(rows)
    assert report["patient_disjoint"] is None
    assert "patient_disjoint" not in describe(report)


def test_what_is_not_there_is_refused_before_anything_is_extracted(
    run, rows, decoder
) -> None:
    with pytest.raises(CbmirError, match="no corruption 'fog'"):
        run(rows, corruption="fog")
    with pytest.raises(ModelNotFoundError):
        run(rows, against="no-such-model")
    assert decoder.num_decoded == 0


def test_a_linear_map_may_be_learned_from_the_database(run, rows) -> None:
    mapped = run(rows, against="raw-pixels+lda")["against"]
    assert mapped["layer"] == "pixels"
    assert "shrinkage LDA" in mapped["map"]
    # Three patterns with a little noise lie on three points of a plane.
    assert mapped["figures"]["mean_average_precision"]["against"] == 1
    for row in rows:
        row["class"] = "one"
    with pytest.raises(DataError, match="at least two classes"):
        run(rows, against="raw-pixels+lda")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("m", ("m", "", False)),
        ("m/fc1", ("m", "fc1", False)),
        ("m/fc1+lda", ("m", "fc1", True)),
        ("mobilenetv2:a/b.npz+lda", ("mobilenetv2:a/b.npz", "", True)),
    ],
)
def test_a_system_is_named_by_model_layer_and_map(text: str, expected: tuple) -> None:
    choice = SystemChoice.parse(text, "cosine", "")
    assert (choice.model, choice.layer, choice.is_mapped) == expected
    assert choice.metric == "cosine"


def test_two_systems_search_the_images_that_both_have(
    run, rows, library_folder: Path
) -> None:
    with Library.open(library_folder, read_only=True) as library:
        image_ids = library.catalogue.image_ids()
    add_lbp(library_folder, image_ids[:9])
    library = {"library": str(library_folder), "splits": ("test",)}
    report = run(rows, against="lbp", **library)
    assert report["protocol"]["database_size"] == 18
    assert report["against"]["database_size"] == 9
    assert "among the 9 images that have both features" in describe(report)
    with Library.open(library_folder) as opened:
        opened.remove(image_ids[9:])
    alone = run(rows, against="lbp", **library)
    assert report["against"]["figures"] == alone["against"]["figures"]
    assert report["precision_at_20"] != alone["precision_at_20"]


def test_two_systems_without_a_common_image_are_not_compared(
    run, rows, library_folder: Path
) -> None:
    with Library.open(library_folder, read_only=True) as library:
        image_ids = library.catalogue.image_ids()
    add_lbp(library_folder, image_ids[:1])
    with Library.open(library_folder) as opened:
        opened.remove(image_ids[:1])
    with pytest.raises(DataError, match=r"'lbp/histogram' too.*library extract"):
        run(rows, against="lbp", library=str(library_folder), splits=("test",))
