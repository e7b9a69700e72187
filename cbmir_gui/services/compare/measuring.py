"""The one protocol: database = train + val, queries = test, groups never counted."""

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from cbmir_gui.core.progress import Progress
from cbmir_gui.evaluation.bootstrap import macro_intervals
from cbmir_gui.evaluation.metrics import macro_mean
from cbmir_gui.evaluation.report import (
    EvaluatedQueries,
    build_report,
    vote_correctness,
)
from cbmir_gui.index.exact import ExactIndex
from cbmir_gui.services.compare.embedding import Embedding
from cbmir_gui.services.labelled_features import (
    LabelledFeatures,
    groups_of,
    labels_of_sources,
)
from cbmir_gui.services.ranking import QuerySet, Rankings, rank_queries

PROTOCOL_VERSION = 3
"""Raise it when figures would come out differently: all rows are measured anew."""

Document = dict[str, Any]

FIGURES = (
    *("accuracy", "vote_accuracy", "mean_average_precision", "map_at_5"),
    *("precision_at_1", "precision_at_5", "precision_at_20", "precision_at_40"),
    *("precision_at_60", "precision_at_80", "precision_at_100"),
    *("recall_at_20", "recall_at_40", "recall_at_60", "recall_at_80", "recall_at_100"),
)
CLASSIFICATION_MEANS = ("macro", "as_printed", "as_printed_with_recall")
DIAGNOSIS_FIGURES = ("precision_at_1", "precision_at_5", "map_at_5")
_SIDES = ("patient_disjoint", "not_patient_disjoint")
_NUM_TIMED = 10


def measure(
    embedding: Embedding,
    class_filter: str,
    shared_files: frozenset[str] | None,
    by_diagnosis: bool,
    progress: Progress,
) -> Document:
    """Return the figures of one row, JSON types.

    Parameters
    ----------
    class_filter
        off or predicted: where a query searches.
    shared_files
        Paths of the images whose patients may be on both sides of the split; None
        where that is not known.
    by_diagnosis
        Also measure hits of the same class and diagnosis.
    """
    by_class = _report(embedding, "class", class_filter, shared_files, progress)
    diagnosis = None
    part = _queries_with_diagnosis(embedding) if by_diagnosis else None
    if part is not None:
        report = _report(part, "diagnosis", class_filter, shared_files, progress)
        diagnosis = _shorten(report, DIAGNOSIS_FIGURES)
        diagnosis["classes"] = list(report["per_class"])
    return {
        **_shorten(by_class, FIGURES),
        "ceilings": by_class["ceilings"],
        "uncounted_classes": _uncounted(by_class),
        "diagnosis": diagnosis,
        **{side: _side(by_class[side]) for side in _SIDES},
        "precision_recall": by_class["precision_recall"]["precision"],
        "confusion_matrix": by_class["confusion_matrix"],
        "classification": _means(by_class["classification"]),
        "database_size": len(embedding.database.sources),
        "num_skipped": by_class["num_skipped"],
        "num_unreadable": len(embedding.database.failed),
        "search_ms": _time_search(embedding),
        "feature_dim": int(embedding.query_features.shape[1]),
    }


def _report(
    embedding: Embedding,
    level: str,
    class_filter: str,
    shared_files: frozenset[str] | None,
    progress: Progress,
) -> Document:
    queries = QuerySet(
        labels=labels_of_sources(embedding.queries),
        features=embedding.query_features,
        predicted=embedding.predicted,
        probabilities=embedding.probabilities,
        known_classes=embedding.known_classes,
    )
    database = LabelledFeatures(
        labels_of_sources(embedding.database), embedding.database_features
    ).database()
    rankings = rank_queries(
        queries, database, level, embedding.metric, class_filter, progress
    )
    evaluated = _evaluated(embedding, queries, rankings, shared_files)
    report = build_report(evaluated, len(embedding.queries.failed))
    return report | _vote(evaluated)


def _evaluated(
    embedding: Embedding,
    queries: QuerySet,
    rankings: Rankings,
    shared_files: frozenset[str] | None,
) -> EvaluatedQueries:
    classes = queries.labels.classes
    knows_a_class = not set(classes).isdisjoint(embedding.known_classes)
    is_disjoint = None
    if shared_files is not None:
        paths = [source.path for source in embedding.queries.sources]
        is_disjoint = np.array([path not in shared_files for path in paths])
    return EvaluatedQueries(
        classes=classes,
        groups=groups_of(queries.labels),
        measures=rankings.measures,
        ceilings=rankings.ceilings,
        predicted=embedding.predicted if knows_a_class else None,
        known_classes=embedding.known_classes,
        voted=rankings.voted,
        has_answer=rankings.has_answer,
        curves=rankings.curves,
        is_patient_disjoint=is_disjoint,
    )


def _vote(evaluated: EvaluatedQueries) -> Document:
    """Return how often the majority of the first 20 hits has the query's class."""
    name = "vote_accuracy"
    right = vote_correctness(evaluated)
    interval = macro_intervals({name: right}, evaluated.classes, evaluated.groups)
    return {
        name: macro_mean(right, evaluated.classes),
        f"{name}_interval": list(interval[name]),
    }


def _queries_with_diagnosis(embedding: Embedding) -> Embedding | None:
    sources = embedding.queries.sources
    rows = [row for row, source in enumerate(sources) if source.diagnosis]
    return embedding.part_of_queries(rows) if rows else None


def _shorten(report: Document, names: Sequence[str]) -> Document:
    """Keep these figures, with their intervals and the number of queries."""
    return {
        "num_queries": report["num_queries"],
        "figures": {name: _rounded(report[name]) for name in names},
        "intervals": {
            name: interval and [_rounded(bound) for bound in interval]
            for name in names
            for interval in [report[f"{name}_interval"]]
        },
    }


def _uncounted(report: Document) -> list[str]:
    """Return the classes of which no image is relevant to any query.

    All their images are of one group, as a rule: those of the query's own group are
    never counted.
    """
    figures = report["per_class"].items()
    return [name for name, row in figures if row["precision_at_1"] is None]


def _side(block: Document | None) -> Document | None:
    if block is None:
        return None
    names = [name for name in FIGURES if name in block]
    return _shorten(block, names) | {"classes": block["classes"]}


def _means(classification: Document | None) -> Document | None:
    """Keep the means over the classes, by their definitions."""
    if classification is None:
        return None
    return {
        definition: {name: _rounded(value) for name, value in figures.items()}
        for definition in CLASSIFICATION_MEANS
        for figures in [classification[definition]]
    }


def _time_search(embedding: Embedding) -> float:
    """Return the median ms in which one query finds its first 20 hits."""
    index = ExactIndex(embedding.database_features)
    times = []
    for row in range(min(_NUM_TIMED, len(embedding.query_features))):
        started = time.perf_counter()
        index.search(embedding.query_features[row : row + 1], 20, embedding.metric)
        times.append((time.perf_counter() - started) * 1000)
    return float(f"{np.median(times):.3g}")


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
