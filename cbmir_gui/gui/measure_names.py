"""The names of measures as people write them."""

import re

from PySide6.QtCore import QCoreApplication

UNKNOWN = "\N{EN DASH}"
"""Stands for a figure that there is not."""
_AT_RANK = re.compile(r"(precision|recall)_at_(\d+)")


def measure_name(key: str) -> str:
    """Return e.g. "P@20" for precision_at_20; unknown keys without underscores."""
    names = {
        "accuracy": _tr("Accuracy"),
        "mean_average_precision": _tr("mAP"),
        "map_at_5": _tr("mAP@5"),
        "map_at_5_by_hits": _tr("mAP@5, by hits found"),
        "val_loss": _tr("Validation loss"),
        "val_accuracy": _tr("Validation accuracy"),
        "num_queries": _tr("Queries"),
    }
    if key in names:
        return names[key]
    if match := _AT_RANK.fullmatch(key):
        letter = "P" if match[1] == "precision" else "R"
        return f"{letter}@{match[2]}"
    return key.replace("_", " ")


def _tr(text: str) -> str:
    return QCoreApplication.translate("Measure", text)
