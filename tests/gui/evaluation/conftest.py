"""A small evaluation, as the engine answers it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

MEASURES = {"accuracy": 0.9, "precision_at_1": 0.95, "precision_at_20": 0.8}
CLASSES = ["ct_head", "mr_brain"]


def _document(**changes: Any) -> dict[str, Any]:
    """Return what `cbmir evaluate --json` prints."""
    figures: dict[str, Any] = {}
    for key, value in MEASURES.items():
        figures[key] = value
        figures[f"{key}_interval"] = [value - 0.05, 1]
    document = {
        "num_queries": 20,
        "num_skipped": 2,
        **figures,
        "mean_average_precision": None,
        "mean_average_precision_interval": None,
        "per_class": {
            "mr_brain": {"num_queries": 11, "accuracy": 1, "precision_at_20": 0.7},
            "ct_head": {"num_queries": 9, "accuracy": 0.8, "precision_at_20": None},
        },
        "confusion_matrix": {
            "of": "classifier",
            "classes": CLASSES,
            "matrix": [[7, 2], [0, 11]],
        },
        "confused_pairs": [{"class": "ct_head", "predicted": "mr_brain", "count": 2}],
        "misclassified": [
            {
                "path": f"/images/{name}.png",
                "class": "ct_head",
                "predicted": "mr_brain",
                "probability": probability,
            }
            for name, probability in (("sure", 0.99), ("unsure", 0.6))
        ],
        "precision_recall": {"recall": [0.0, 0.5, 1.0], "precision": [1.0, 0.9, 0.6]},
        "patient_disjoint": None,
        "not_patient_disjoint": None,
        "ceilings": {"precision_at_20": 0.95},
        "protocol": {
            "level": "class",
            "model": "vgg16-c18",
            "layer": "fc1",
            "metric": "cosine",
            "class_filter": "off",
            "queries": "manifest.csv",
            "query_splits": ["test"],
            "database_splits": ["train", "val"],
            "database": "manifest.csv",
            "database_size": 100,
            "num_without_relevant": 1,
            "num_dropped_hits": 5,
            "definitions": {"precision_at_k": "relevant among the first k / k"},
        },
    }
    return document | changes


@pytest.fixture
def document() -> str:
    """Return the text of an evaluation."""
    return json.dumps(_document())


@pytest.fixture
def make_document() -> Callable[..., dict[str, Any]]:
    """Return the maker of evaluations, each with some changes."""
    return _document
