"""The document that `cbmir evaluate` prints, from the measures of each query."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cbmir_gui.evaluation.bootstrap import macro_intervals
from cbmir_gui.evaluation.metrics import (
    Measures,
    Values,
    by_class,
    confusion_matrix,
    correctness,
    macro_mean,
)

Document = dict[str, Any]

DEFINITIONS = {
    "macro": "mean over classes of the mean over the queries of each class",
    "accuracy": "macro share of the queries whose most probable class is right; "
    "queries of classes that the classifier does not have are left out",
    "mean_average_precision": "mean of (1/R) * sum of P@i over relevant ranks i of the "
    "full ranking; R: relevant images that may be counted",
    "map_at_5": "the same over the first 5 ranks, divided by min(5, R)",
    "map_at_5_by_hits": "the same over the first 5 ranks, divided by the relevant hits "
    "found among them",
    "precision_at_k": "relevant among the first k / k",
    "recall_at_k": "relevant among the first k / R",
    "not counted": "hits that are the query itself (same content) or of its group; "
    "queries with R = 0",
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


def build_report(queries: EvaluatedQueries, num_skipped: int) -> Document:
    """Return the macro figures with their intervals, then the details; JSON types.

    A figure that does not exist (accuracy without a classifier) is None.
    """
    measures = {"accuracy": _accuracy(queries), **queries.measures}
    intervals = macro_intervals(measures, queries.classes, queries.groups)
    report: Document = {
        "num_queries": len(queries.classes),
        "num_skipped": num_skipped,
    }
    for name, values in measures.items():
        report[name] = _number(macro_mean(values, queries.classes))
        report[f"{name}_interval"] = _pair(intervals[name])
    report["per_class"] = _per_class(measures, queries.classes)
    report["confusion_matrix"] = _confusion(queries)
    report["ceilings"] = {
        name: _number(macro_mean(values, queries.classes))
        for name, values in queries.ceilings.items()
    }
    return report


def _accuracy(queries: EvaluatedQueries) -> Values:
    if queries.predicted is None:
        return np.full(len(queries.classes), np.nan)
    return correctness(queries.classes, queries.predicted, queries.known_classes)


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
    answers = queries.voted if queries.predicted is None else queries.predicted
    if not answers:
        return None
    classes = sorted({*queries.classes, *answers})
    matrix = confusion_matrix(queries.classes, answers, classes)
    is_vote = queries.predicted is None
    return {
        "of": "majority class of the first hits" if is_vote else "classifier",
        "classes": classes,
        "matrix": matrix.tolist(),
    }


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value


def _pair(interval: tuple[float, float]) -> list[float] | None:
    return None if math.isnan(interval[0]) else list(interval)
