"""Documents that set two rankings of the same queries side by side; JSON types."""

from collections.abc import Sequence
from typing import Any

from cbmir_gui.evaluation.metrics import Measures
from cbmir_gui.evaluation.paired import PairedDifference, paired_differences
from cbmir_gui.evaluation.report import Document, interval_or_none, number_or_none

HEADLINES = (
    "accuracy",
    "mean_average_precision",
    "map_at_5",
    "precision_at_1",
    "precision_at_5",
    "precision_at_20",
    "precision_at_100",
)
"""The figures that a comparison of two systems is read by."""
_POINTS = 100


def differences(
    measures: Measures, others: Measures, classes: Sequence[str], groups: Sequence[str]
) -> Document:
    """Return value, against, difference, interval and p_value of each headline."""
    compared = _compare(measures, others, classes, groups)
    return {
        name: {
            "value": number_or_none(pair.value),
            "against": number_or_none(pair.against),
            "difference": number_or_none(pair.difference),
            "interval": interval_or_none(pair.interval),
            "p_value": number_or_none(pair.p_value),
        }
        for name, pair in compared.items()
    }


def drops(
    clean: Measures, worse: Measures, classes: Sequence[str], groups: Sequence[str]
) -> Document:
    """Return each headline of the worse rankings, and what was lost, in points.

    <name>, <name>_clean, <name>_drop_points (100 * (clean - worse)) and
    <name>_drop_points_interval; only of queries that have the figure in both.
    """
    document: dict[str, Any] = {}
    for name, pair in _compare(clean, worse, classes, groups).items():
        document[name] = number_or_none(pair.against)
        document[f"{name}_clean"] = number_or_none(pair.value)
        document[f"{name}_drop_points"] = number_or_none(_POINTS * pair.difference)
        low, high = pair.interval
        document[f"{name}_drop_points_interval"] = interval_or_none(
            (_POINTS * low, _POINTS * high)
        )
    return document


def _compare(
    measures: Measures, others: Measures, classes: Sequence[str], groups: Sequence[str]
) -> dict[str, PairedDifference]:
    headlines = {name: measures[name] for name in HEADLINES if name in measures}
    return paired_differences(headlines, others, classes, groups)
