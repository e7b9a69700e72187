"""The document that `cbmir evaluate` prints, from the measures of each query."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cbmir_gui.evaluation.bootstrap import Interval, macro_intervals
from cbmir_gui.evaluation.classification import classification_figures
from cbmir_gui.evaluation.curves import RECALL_LEVELS, macro_curve
from cbmir_gui.evaluation.metrics import (
    Measures,
    Values,
    by_class,
    confusion_matrix,
    correctness,
    macro_mean,
)
from cbmir_gui.evaluation.mistakes import confused_pairs, misclassified

Document = dict[str, Any]

DEFINITIONS = {
    "macro": "mean over classes of the mean over the queries of each class",
    "accuracy": "macro share of the queries whose most probable class is right; "
    "queries of classes that the classifier does not have are left out",
    "vote_accuracy": "macro share of the queries whose class most of the first 20 hits "
    "have; queries of whose class no image is counted are left out",
    "mean_average_precision": "mean of (1/R) * sum of P@i over relevant ranks i of the "
    "full ranking; R: relevant images that may be counted",
    "map_at_5": "the same over the first 5 ranks, divided by min(5, R)",
    "map_at_5_by_hits": "the same over the first 5 ranks, divided by the relevant hits "
    "found among them",
    "precision_at_k": "relevant among the first k / k",
    "recall_at_k": "relevant among the first k / R",
    "not counted": "hits that are the query itself (same content) or of its group; "
    "queries with R = 0",
    "precision_recall": "macro mean of max P@i over the ranks i with R@i >= recall",
    "not_patient_disjoint": "queries that the manifest marks patient_disjoint = no: "
    "images of their patients may be in the database or in the training; "
    "patient_disjoint: all others",
    "interval": "95 % percentile bootstrap over groups, 1000 draws",
}


@dataclass(frozen=True, slots=True, eq=False)
class EvaluatedQueries:
    """What is known of each query after its search; all in the same order."""

    classes: Sequence[str]
    groups: Sequence[str]
    """Never empty: a query without a group is its own."""
    measures: Measures
    """Name to (q,)."""
    ceilings: Measures
    predicted: Sequence[str] | None = None
    """Class that the classifier gave; None if there is none."""
    known_classes: Sequence[str] = ()
    """Classes that the classifier has."""
    voted: Sequence[str] = ()
    """Majority class of the first hits."""
    has_answer: NDArray[np.bool_] | None = None
    """(q,) False where no image of the query's class is counted, so that no vote can
    be right; None: everywhere one can."""
    confidence: Values | None = None
    """(q,) probability of the predicted class."""
    paths: Sequence[str] = ()
    curves: Values | None = None
    """(q, 11) precision at the levels of recall."""
    is_patient_disjoint: NDArray[np.bool_] | None = None
    """(q,) False where marked "no"; None if nothing is known of it."""


def build_report(queries: EvaluatedQueries, num_skipped: int) -> Document:
    """Return the macro figures with their intervals, then the details; JSON types.

    A figure that does not exist (accuracy without a classifier) is None.
    """
    measures = all_measures(queries)
    report: Document = {
        "num_queries": len(queries.classes),
        "num_skipped": num_skipped,
        **macro_figures(measures, queries.classes, queries.groups),
    }
    report["per_class"] = _per_class(measures, queries.classes)
    report["confusion_matrix"] = _confusion(queries)
    report["classification"] = _classification(queries)
    report["confused_pairs"] = _pairs(queries)
    report["misclassified"] = _misclassified(queries)
    report["precision_recall"] = _curve(queries)
    report |= _by_patient_disjointness(measures, queries)
    report["ceilings"] = {
        name: number_or_none(macro_mean(values, queries.classes))
        for name, values in queries.ceilings.items()
    }
    return report


def all_measures(queries: EvaluatedQueries) -> dict[str, Values]:
    """Return accuracy and retrieval measures, name to (q,) with NaN where missing."""
    accuracy = np.full(len(queries.classes), np.nan)
    if queries.predicted is not None:
        accuracy = _correct(queries)
    return {"accuracy": accuracy, **queries.measures}


def macro_figures(
    measures: Measures, classes: Sequence[str], groups: Sequence[str]
) -> Document:
    """Return the macro mean of each measure, and its interval as <name>_interval."""
    intervals = macro_intervals(measures, classes, groups)
    figures: Document = {}
    for name, values in measures.items():
        figures[name] = number_or_none(macro_mean(values, classes))
        figures[f"{name}_interval"] = interval_or_none(intervals[name])
    return figures


def number_or_none(value: float) -> float | None:
    """Return a JSON number; None for NaN."""
    return None if math.isnan(value) else value


def interval_or_none(interval: Interval) -> list[float] | None:
    """Return [low, high]; None for NaN."""
    return None if math.isnan(interval[0]) else list(interval)


def vote_correctness(queries: EvaluatedQueries) -> Values:
    """Return 1, 0 or NaN of the vote of the first hits, as (q,)."""
    right = correctness(queries.classes, queries.voted, queries.classes)
    if queries.has_answer is not None:
        right[~queries.has_answer] = np.nan
    return right


def _correct(queries: EvaluatedQueries) -> Values:
    """Return 1, 0 or NaN of the answer that the confusion matrix shows, as (q,)."""
    if queries.predicted is None:
        return vote_correctness(queries)
    return correctness(queries.classes, queries.predicted, queries.known_classes)


def _misclassified(queries: EvaluatedQueries) -> list[Document]:
    if queries.predicted is None or queries.confidence is None:
        return []
    wrong = misclassified(
        queries.paths,
        queries.classes,
        queries.predicted,
        queries.confidence,
        _correct(queries),
    )
    return [
        {
            "path": image.path,
            "class": image.class_name,
            "predicted": image.predicted,
            "probability": image.probability,
        }
        for image in wrong
    ]


def _classification(queries: EvaluatedQueries) -> Document | None:
    """Return precision, recall and F1 over the queries of the classifier's classes."""
    if queries.predicted is None:
        return None
    known = set(queries.known_classes)
    rows = [row for row, name in enumerate(queries.classes) if name in known]
    if not rows:
        return None
    figures = classification_figures(
        [queries.classes[row] for row in rows],
        [queries.predicted[row] for row in rows],
        sorted(known),
    )
    del figures["confusion_matrix"]  # the report has one of all queries
    return figures


def _pairs(queries: EvaluatedQueries) -> list[Document]:
    answers = queries.voted if queries.predicted is None else queries.predicted
    if not answers:
        return []
    return [
        {"class": pair.class_name, "predicted": pair.predicted, "count": pair.count}
        for pair in confused_pairs(queries.classes, answers, _correct(queries))
    ]


def _curve(queries: EvaluatedQueries) -> Document | None:
    if queries.curves is None:
        return None
    return {
        "recall": list(RECALL_LEVELS),
        "precision": macro_curve(queries.curves, queries.classes),
    }


def _by_patient_disjointness(measures: Measures, queries: EvaluatedQueries) -> Document:
    """Return the macro figures of both sides; None where a side has no query."""
    disjoint = queries.is_patient_disjoint
    blocks: Document = {"patient_disjoint": None, "not_patient_disjoint": None}
    if disjoint is None:
        return blocks
    for name, rows in (
        ("patient_disjoint", np.flatnonzero(disjoint)),
        ("not_patient_disjoint", np.flatnonzero(~disjoint)),
    ):
        if not len(rows):
            continue
        classes = [queries.classes[int(row)] for row in rows]
        groups = [queries.groups[int(row)] for row in rows]
        part = {name: values[rows] for name, values in measures.items()}
        blocks[name] = {
            "classes": sorted(set(classes)),
            "num_queries": len(rows),
            **macro_figures(part, classes, groups),
        }
    return blocks


def _per_class(measures: Measures, classes: Sequence[str]) -> Document:
    table: dict[str, Document] = {
        name: {"num_queries": list(classes).count(name)}
        for name in sorted(set(classes))
    }
    for measure, values in measures.items():
        parts = by_class(values, classes)
        for name, row in table.items():
            row[measure] = float(np.mean(parts[name])) if name in parts else None
    return table


def _confusion(queries: EvaluatedQueries) -> Document | None:
    """Return the classifier's matrix, or that of the vote of the first hits."""
    is_vote = queries.predicted is None
    answers = queries.voted if queries.predicted is None else queries.predicted
    if not answers:
        return None
    is_counted = np.ones(len(answers), np.bool_)
    if is_vote and queries.has_answer is not None:
        is_counted = queries.has_answer
    expected = list(compress(queries.classes, is_counted))
    given = list(compress(answers, is_counted))
    if not given:
        return None
    classes = sorted({*expected, *given})
    matrix = confusion_matrix(expected, given, classes)
    return {
        "of": "majority class of the first hits" if is_vote else "classifier",
        "classes": classes,
        "matrix": matrix.tolist(),
    }
