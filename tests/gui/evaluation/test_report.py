import csv
import io
import json
from collections.abc import Callable
from typing import Any

import pytest

from cbmir_gui.engine.operations import EvaluateArguments
from cbmir_gui.gui.evaluation.choices import choices_text, read_choices
from cbmir_gui.gui.evaluation.report import Figure, Mistake, read_report
from cbmir_gui.gui.evaluation.report_text import (
    counts_sentence,
    protocol_sentence,
    report_csv,
    report_json,
    report_markdown,
)

MakeDocument = Callable[..., dict[str, Any]]


def test_a_document_becomes_a_report(document: str) -> None:
    report = read_report(document)
    assert [entry.key for entry in report.figures] == [
        "accuracy",
        "precision_at_1",
        "precision_at_20",
    ]
    assert report.figure("precision_at_20") == Figure(
        "precision_at_20", 0.8, (0.75, 1.0), 0.95
    )
    assert [entry.value for entry in report.precision_curve()] == [0.95, 0.8]
    assert report.mistakes[0] == Mistake(
        "/images/sure.png", "ct_head", "mr_brain", 0.99
    )
    assert report.pairs == (("ct_head", "mr_brain", 2),)
    assert report.counts == ((7, 2), (0, 11))
    assert not report.is_vote
    assert report.parts == {}


def test_figures_of_shared_patients_stand_apart(make_document: MakeDocument) -> None:
    part = {"num_queries": 4, "accuracy": 0.5, "accuracy_interval": [0.4, 0.6]}
    document = make_document(not_patient_disjoint=part)
    report = read_report(json.dumps(document))
    assert report.parts == {
        "not_patient_disjoint": (Figure("accuracy", 0.5, (0.4, 0.6), None),)
    }


@pytest.mark.parametrize(
    "gap", ["confusion_matrix", "precision_recall", "misclassified", "confused_pairs"]
)
def test_a_part_that_an_evaluation_lacks_is_empty(
    gap: str, make_document: MakeDocument
) -> None:
    document = make_document()
    document[gap] = [] if gap in {"misclassified", "confused_pairs"} else None
    report = read_report(json.dumps(document))
    assert len(report.figures) == 3


def test_the_protocol_is_told_in_words(document: str) -> None:
    report = read_report(document)
    assert protocol_sentence(report) == (
        "20 queries of manifest.csv (test) against 100 images of manifest.csv "
        "(train, val): vgg16-c18 · fc1, cosine, class level, class filter off."
    )
    assert counts_sentence(report).startswith("2 queries were skipped, 1 had nothing")


def test_figures_are_copied_as_a_markdown_table(document: str) -> None:
    lines = report_markdown(read_report(document)).splitlines()
    assert lines[1] == "| --- | ---: | ---: | ---: |"
    assert lines[4] == "| P@20 | 0.8000 | 0.750 to 1.000 | 0.9500 |"
    assert len({line.count("|") for line in lines[:5]}) == 1


def test_the_table_has_a_line_for_every_figure(document: str) -> None:
    rows = list(csv.DictReader(io.StringIO(report_csv(read_report(document)))))
    macro = [row for row in rows if not row["class"]]
    assert macro[2] == {
        "class": "",
        "measure": "precision_at_20",
        "value": "0.8",
        "low": "0.75",
        "high": "1.0",
        "ceiling": "0.95",
    }
    brain = [row for row in rows if row["class"] == "mr_brain"]
    assert [row["measure"] for row in brain] == [
        "num_queries",
        "accuracy",
        "precision_at_20",
    ]
    head = [row["measure"] for row in rows if row["class"] == "ct_head"]
    assert head == ["num_queries", "accuracy"]


def test_the_document_is_saved_as_it_was_printed(document: str) -> None:
    assert json.loads(report_json(read_report(document))) == json.loads(document)


def test_choices_are_remembered() -> None:
    choices = EvaluateArguments("/data", "c18", ("test",), level="diagnosis")
    assert read_choices(choices_text(choices)) == choices


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"queries": 3, "splits": "test"}'])
def test_choices_that_cannot_be_read_are_plain(text: str) -> None:
    assert read_choices(text) == EvaluateArguments(queries="")
