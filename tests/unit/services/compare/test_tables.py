import json
from dataclasses import replace
from pathlib import Path

import pytest

from cbmir_gui.core.errors import DataError
from cbmir_gui.networks.card import Card
from cbmir_gui.services.compare.classification_table import classification_table
from cbmir_gui.services.compare.extra_tables import read_extra_tables
from cbmir_gui.services.compare.markdown_table import table, with_interval
from cbmir_gui.services.compare.published import PUBLISHED
from cbmir_gui.services.compare.published_table import ours, published_rows


def measured(system: str, search: str, **figures: float) -> dict:
    return {
        "row": f"{system}@c24",
        "system": system,
        "kind": "model",
        "status": "ok",
        "search": search,
        "figures": figures,
        "intervals": {
            name: [value - 0.1, value + 0.1] for name, value in figures.items()
        },
        "inference_ms": 20.0,
        "uncounted_classes": [],
        "search_ms": 5.5,
    }


def test_papers_figures_stand_beside_the_rows_that_are_defined_alike() -> None:
    rows = [
        measured("dcnn-c24/fc1", "off", accuracy=0.96, mean_average_precision=0.8),
        measured("dcnn-c24/fc1/predicted", "predicted", mean_average_precision=0.9),
        measured("dcnn-c24/fc2", "off", accuracy=0.96, mean_average_precision=0.85),
        measured("vgg16-c18/flatten", "off", accuracy=0.99),
    ]
    table = published_rows(rows, PUBLISHED, {})
    found = {(row.title, row.figure): row for row in table}
    free = found["DCNN, 24 classes", "mAP"]
    assert (free.published, free.value, free.best) == ("0.53", 0.8, "fc2 0.850")
    restricted = found["DCNN, 24 classes", "mAP, in the predicted class"]
    assert (restricted.published, restricted.value) == ("0.69", 0.9)
    assert restricted.row == "dcnn-c24/fc1/predicted@c24"
    assert found["VGG16, 18 classes", "retrieval time"].value == 25.5
    absent = found["autoencoder, four modalities", "P@20"]
    assert (absent.published, absent.value) == ("97.84 %", None)


def test_the_published_layer_stands_beside_another_default() -> None:
    rows = [
        measured("autoencoder-m4/embedding", "off", precision_at_20=0.99),
        measured("autoencoder-m4/latent", "off", precision_at_20=0.957),
    ]
    table = published_rows(rows, PUBLISHED, {})
    found = {(row.title, row.figure): row for row in table}
    ours_of = found["autoencoder, four modalities", "P@20"]
    assert (ours_of.value, ours_of.as_published) == (0.99, "latent 0.957")
    assert found["DCNN, 24 classes", "mAP"].as_published == ""
    alone = published_rows(rows[1:], PUBLISHED, {})
    assert {row.as_published for row in alone} == {""}


def test_a_table_of_others_becomes_part_of_the_report(tmp_path: Path) -> None:
    tried = {
        "note": "chosen by cross-validation",
        "rows": [
            {"name": "GeM", "mAP": {"value": 0.98123, "interval": [0.97, 0.99]}},
            {"name": "whitening", "mAP": 0.97, "set": "c18"},
        ],
    }
    (tmp_path / "ablation.json").write_text(json.dumps(tried))
    (found,) = read_extra_tables(tmp_path)
    assert found.header == ("tried", "mAP", "set")
    assert found.rows == (
        ("GeM", "0.981 [0.970, 0.990]", "-"),
        ("whitening", "0.970", "c18"),
    )


def test_paired_differences_are_such_a_table(tmp_path: Path) -> None:
    paired = {"rows": [{"name": "VGG16", "P@1": {"value": 0.1, "interval": [0, 0.2]}}]}
    (tmp_path / "paired.json").write_text(json.dumps(paired))
    (found,) = read_extra_tables(tmp_path)
    assert found.title == "Paired comparison"
    assert found.rows == (("VGG16", "0.100 [0, 0.200]"),)


@pytest.mark.parametrize("text", ["[]", "{", '{"rows": [1]}', '{"rows": [{}]}'])
def test_a_table_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "ablation.json").write_text(text)
    with pytest.raises(DataError, match=r"'ablation\.json' is not a table"):
        read_extra_tables(tmp_path)


def test_cells_cannot_break_a_table() -> None:
    assert table(["a"], [["x|y"]]).splitlines()[-1] == "| x\\|y |"
    assert with_interval(None, None) == "-"
    assert with_interval(0.5, [0.25, 0.75]) == "0.500 [0.250, 0.750]"


def card_alone(metrics: dict) -> Card:
    return Card(
        name="dcnn-c24",
        architecture="dcnn",
        variant="default",
        classes=("ct", "mr"),
        layers={"fc1": 4096, "fc3": 2},
        default_layer="fc3",
        default_metric="euclidean",
        preprocessing="centre-of-256-gray-minus-mean",
        input_size_px=224,
        metrics=metrics,
    )


def test_without_weights_the_card_says_what_was_measured() -> None:
    def block(value: float) -> dict:
        figures = {"mean_average_precision": value}
        interval = {"mean_average_precision": [value - 0.01, value + 0.01]}
        return {"figures": figures, "intervals": interval}

    card = card_alone(
        {
            "test": {"fc1": block(0.81), "fc3": block(0.95)},
            "test_by_search": {"predicted": {"fc3": block(0.98)}},
        }
    )
    table = published_rows([], PUBLISHED, {"dcnn-c24": card})
    found = {row.figure: row for row in table if row.title == "DCNN, 24 classes"}
    assert found["mAP"].value == 0.95
    assert found["mAP"].row == "card of dcnn-c24"
    assert ours(found["mAP"]) == "0.950 [0.940, 0.960], by its card"
    assert found["mAP, in the predicted class"].value == 0.98
    assert found["accuracy"].value is None
    trained = replace(card, training={"num_epochs": 3})
    table = published_rows([], PUBLISHED, {"dcnn-c24": trained})
    told = {row.figure: ours(row) for row in table if row.title == "DCNN, 24 classes"}
    assert told["mAP"] == "0.950 [0.940, 0.960], by its card (3 epochs)"


def test_a_row_goes_before_a_card() -> None:
    rows = [measured("dcnn-c24/fc1", "off", mean_average_precision=0.8)]
    card = card_alone({"test": {"fc3": {"figures": {}, "intervals": {}}}})
    table = published_rows(rows, PUBLISHED, {"dcnn-c24": card})
    found = {row.figure: row for row in table if row.title == "DCNN, 24 classes"}
    assert (found["mAP"].value, found["mAP"].row) == (0.8, "dcnn-c24/fc1@c24")


def test_layers_of_a_model_share_one_line_of_its_classifier() -> None:
    means = {
        "macro": {"precision": 0.9, "recall": 0.8, "f1": 0.85},
        "as_printed": {"ap": 0.9, "ar": 0.04, "f1": 0.08},
        "as_printed_with_recall": {"ap": 0.9, "ar": 0.8, "f1": 0.847},
    }
    of_model = {"kind": "model", "title": "DCNN, fc1", "classification": means}
    rows = [
        {"system": "dcnn-c24/fc1", **of_model},
        {"system": "dcnn-c24/fc2", **of_model},
        {"system": "lbp", "kind": "handcrafted", "title": "LBP"}
        | {"classification": None},
        {"system": "lbp+svm", "kind": "handcrafted", "title": "LBP + SVM"}
        | {"classification": means},
    ]
    lines = classification_table(rows).splitlines()
    assert lines[-2:] == [
        "| dcnn-c24 | 0.900 | 0.800 | 0.850 | 0.900 | 0.040 | 0.080 | 0.847 |",
        "| LBP + SVM | 0.900 | 0.800 | 0.850 | 0.900 | 0.040 | 0.080 | 0.847 |",
    ]
    assert classification_table(rows[2:3]) == ""
