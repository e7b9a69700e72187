"""What was measured of a model, read from its card or from an evaluation."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cbmir_gui.gui.results.tile_text import class_label
from cbmir_gui.gui.retrain.pictures import Picture

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Mistake:
    """An image that the classifier took for one of another class."""

    path: str
    class_name: str
    predicted: str
    probability: float

    def picture(self) -> Picture:
        """Return the image with what it is and what it was taken for."""
        is_line = class_label(self.class_name)
        taken_line = f"→ {class_label(self.predicted)} {self.probability:.0%}"
        return Picture(self.path, f"{is_line}\n{taken_line}")


@dataclass(frozen=True, slots=True)
class ConfusedPair:
    """How many images of one class were taken for another."""

    class_name: str
    predicted: str
    count: int


@dataclass(frozen=True, slots=True)
class OutcomeReport:
    """The figures of one model; what was not measured is absent or empty."""

    figures: dict[str, float] = field(default_factory=dict)
    """By the names of `cbmir evaluate`."""
    intervals: dict[str, Interval] = field(default_factory=dict)
    ceilings: dict[str, float] = field(default_factory=dict)
    """What is possible at best: small classes have fewer images than hits shown."""
    num_queries: int = 0
    classes: tuple[str, ...] = ()
    """Of the confusion matrix."""
    matrix: tuple[tuple[int, ...], ...] = ()
    """Rows: true class; columns: answer."""
    is_vote: bool = False
    """The matrix counts the majority of the first hits: there is no classifier."""
    mistakes: tuple[Mistake, ...] = ()
    pairs: tuple[ConfusedPair, ...] = ()


def report_of_evaluation(document: str) -> OutcomeReport:
    """Read what `cbmir evaluate --json` prints.

    Raises
    ------
    ValueError
        The text is not JSON or not of this kind.
    """
    values = _object(document)
    confusion = values.get("confusion_matrix") or {}
    try:
        return OutcomeReport(
            figures=_figures(values),
            intervals={
                name.removesuffix("_interval"): (float(value[0]), float(value[1]))
                for name, value in values.items()
                if name.endswith("_interval") and value
            },
            ceilings=_figures(values.get("ceilings") or {}),
            num_queries=int(values.get("num_queries", 0)),
            classes=tuple(confusion.get("classes", ())),
            matrix=tuple(tuple(row) for row in confusion.get("matrix", ())),
            is_vote=confusion.get("of", "classifier") != "classifier",
            mistakes=tuple(
                Mistake(
                    path=str(entry["path"]),
                    class_name=str(entry["class"]),
                    predicted=str(entry["predicted"]),
                    probability=float(entry["probability"]),
                )
                for entry in values.get("misclassified") or ()
            ),
            pairs=tuple(
                ConfusedPair(
                    str(entry["class"]), str(entry["predicted"]), int(entry["count"])
                )
                for entry in values.get("confused_pairs") or ()
            ),
        )
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError("The report lacks an entry.") from error


def report_of_card(card: str) -> OutcomeReport:
    """Read the figures of a model's card: of its test split, else of its val split.

    Raises
    ------
    ValueError
        The text is not JSON or not of this kind.
    """
    values = _object(card)
    metrics = values.get("metrics") or {}
    measured = _measured(metrics, str(values.get("default_layer", "")))
    intervals = measured.get("intervals") or {}
    return OutcomeReport(
        figures=_figures(measured.get("figures") or metrics),
        intervals={
            name: (float(bounds[0]), float(bounds[1]))
            for name, bounds in intervals.items()
        },
        num_queries=int(measured.get("num_queries", 0)),
    )


def layer_of_card(card: str) -> str:
    """Return the layer whose features the model is searched with by default."""
    return str(_object(card).get("default_layer", ""))


def _measured(metrics: Mapping[str, Any], layer: str) -> Mapping[str, Any]:
    for split in ("test", "val"):
        by_layer = metrics.get(split)
        if isinstance(by_layer, dict) and isinstance(by_layer.get(layer), dict):
            return dict(by_layer[layer])
    return {}


def _figures(values: Mapping[str, Any]) -> dict[str, float]:
    return {
        name: float(value)
        for name, value in values.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }


def _object(text: str) -> dict[str, Any]:
    values = json.loads(text)
    if not isinstance(values, dict):
        raise ValueError("The document is not an object.")
    return values
