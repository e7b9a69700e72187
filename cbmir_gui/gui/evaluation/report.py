"""What an evaluation found, taken from its JSON document."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

PRECISION_RANKS = (1, 5, 20, 40, 60, 80, 100)

Interval = tuple[float, float]
Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Figure:
    """One measure, as a macro mean over the classes."""

    key: str
    """Its name in the document, e.g. precision_at_20."""
    value: float
    interval: Interval | None
    ceiling: float | None
    """The best that any ranking could reach; None where not stated."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One image that was taken for another class."""

    path: str
    class_name: str
    predicted: str
    probability: float


@dataclass(frozen=True, slots=True)
class Report:
    """A document, with its parts at hand."""

    document: Document
    figures: tuple[Figure, ...]
    """Those that there are, in the document's order."""
    parts: dict[str, tuple[Figure, ...]]
    """patient_disjoint and not_patient_disjoint, where the data tell them apart."""
    per_class: dict[str, dict[str, float | None]]
    """Measure to value by class; num_queries is one of them."""
    classes: tuple[str, ...]
    """Of the confusion matrix; empty: there is none."""
    counts: tuple[tuple[int, ...], ...]
    """(num_classes, num_classes), rows: true classes."""
    is_vote: bool
    """The matrix is of the majority of the first hits, not of a classifier."""
    pairs: tuple[tuple[str, str, int], ...]
    """True class, predicted class and how often, the most frequent first."""
    mistakes: tuple[Mistake, ...]
    """The most confident first."""
    recall_levels: tuple[float, ...]
    precisions: tuple[float, ...]
    """Macro interpolated precision at the levels of recall."""
    protocol: Document

    def figure(self, key: str) -> Figure | None:
        """Return a figure by its name; None if it does not exist."""
        return next((entry for entry in self.figures if entry.key == key), None)

    def precision_curve(self) -> tuple[Figure, ...]:
        """Return the precisions at the ranks that were measured, by rank."""
        found = (self.figure(f"precision_at_{rank}") for rank in PRECISION_RANKS)
        return tuple(entry for entry in found if entry is not None)


def read_report(text: str) -> Report:
    """Return the report in the JSON text of an evaluation."""
    document: Document = json.loads(text)
    matrix = document.get("confusion_matrix") or {}
    curve = document.get("precision_recall") or {}
    parts = {
        name: _figures(document[name])
        for name in ("patient_disjoint", "not_patient_disjoint")
        if document.get(name)
    }
    return Report(
        document=document,
        figures=_figures(document),
        parts=parts,
        per_class={
            name: {key: _number(value) for key, value in measures.items()}
            for name, measures in document["per_class"].items()
        },
        classes=tuple(matrix.get("classes", ())),
        counts=tuple(tuple(row) for row in matrix.get("matrix", ())),
        is_vote="majority" in matrix.get("of", ""),
        pairs=tuple(
            (pair["class"], pair["predicted"], pair["count"])
            for pair in document.get("confused_pairs", ())
        ),
        mistakes=tuple(map(_mistake, document.get("misclassified", ()))),
        recall_levels=tuple(curve.get("recall", ())),
        precisions=tuple(curve.get("precision", ())),
        protocol=document["protocol"],
    )


def _figures(block: Document) -> tuple[Figure, ...]:
    ceilings = block.get("ceilings", {})
    return tuple(
        Figure(
            key,
            float(value),
            _interval(block[f"{key}_interval"]),
            _number(ceilings.get(key)),
        )
        for key, value in block.items()
        if f"{key}_interval" in block and value is not None
    )


def _interval(values: Sequence[float] | None) -> Interval | None:
    return (float(values[0]), float(values[1])) if values else None


def _number(value: float | None) -> float | None:
    # 1.0 may have been written as 1.
    return None if value is None else float(value)


def _mistake(entry: Document) -> Mistake:
    return Mistake(
        path=entry["path"],
        class_name=entry["class"],
        predicted=entry["predicted"],
        probability=float(entry["probability"]),
    )
