"""The figures of a trained model's card, and its default layer."""

from dataclasses import replace
from typing import Any

from cbmir_gui.core.progress import Progress
from cbmir_gui.core.records import TrainRequest
from cbmir_gui.engine.decoder_client import DecoderClient
from cbmir_gui.networks.card import Card
from cbmir_gui.networks.model_store import update_card
from cbmir_gui.services.evaluation import EvaluationRequest, evaluate
from cbmir_gui.services.labelled_data import read_labelled
from cbmir_gui.services.search_choices import NO_FILTER, PREDICTED, PRIOR
from cbmir_gui.sources.splits import DEFAULT_FRACTIONS

FIGURES = (
    "accuracy",
    "mean_average_precision",
    "precision_at_1",
    "precision_at_5",
    "precision_at_20",
    "precision_at_100",
)
_CHOSEN_BY = "mean_average_precision"
MIN_GAIN = 0.005
"""A layer must be better than the architecture's own default by more than this."""

Figures = dict[str, Any]


def measure_model(card: Card, request: TrainRequest, progress: Progress) -> Card:
    """Choose the default layer on val, measure it on test, and write the card.

    The layers are compared with val as queries and train as database; the test split
    is used once, for the figures, with train and val as database. Data without a val
    or test split leave that part of the card empty.

    Raises
    ------
    CbmirError
        As `services.evaluation.evaluate`.
    """
    splits = _splits_of(request)
    with DecoderClient() as decoder:

        def measure(
            layer: str,
            queries: str,
            database: tuple[str, ...],
            class_filter: str = NO_FILTER,
        ) -> Figures:
            report = evaluate(
                EvaluationRequest(
                    queries=request.data,
                    set_name=request.set_name,
                    splits=(queries,),
                    database_splits=database,
                    model=card.name,
                    layer=layer,
                    class_filter=class_filter,
                    level=request.label,
                ),
                decoder,
                progress,
            )
            return _shorten(report)

        metrics = dict(card.metrics)
        if "val" in splits:
            metrics["val"] = {
                layer: measure(layer, "val", ("train",)) for layer in card.layers
            }
            card = replace(card, default_layer=choose_layer(card, metrics["val"]))
        if "test" in splits:
            database = tuple(split for split in ("train", "val") if split in splits)
            metrics["test"] = {
                layer: measure(layer, "test", database) for layer in card.layers
            }
            default = card.default_layer
            metrics |= metrics["test"][default]["figures"]
            if card.classes:
                metrics["test_by_search"] = {
                    search: {default: measure(default, "test", database, search)}
                    for search in (PREDICTED, PRIOR)
                }
    card = replace(card, metrics=metrics)
    update_card(card)
    return card


def _splits_of(request: TrainRequest) -> set[str]:
    sources = read_labelled(
        request.data, request.set_name, tuple(DEFAULT_FRACTIONS), request.label
    )
    return {source.split for source in sources}


def choose_layer(card: Card, by_layer: Figures) -> str:
    """Keep the architecture's default unless another layer is clearly better."""
    gains = {
        layer: figures["figures"].get(_CHOSEN_BY, 0.0) - MIN_GAIN
        for layer, figures in by_layer.items()
    }
    gains[card.default_layer] += MIN_GAIN
    return max(gains, key=lambda layer: gains[layer])


def _shorten(report: Figures) -> Figures:
    """Keep the macro figures with their intervals and how they were measured."""
    protocol = report["protocol"]
    return {
        "figures": {n: round(report[n], 4) for n in FIGURES if report[n] is not None},
        "intervals": {
            name: [round(bound, 4) for bound in report[f"{name}_interval"]]
            for name in FIGURES
            if report[name] is not None and report[f"{name}_interval"]
        },
        "num_queries": report["num_queries"],
        "database_size": protocol["database_size"],
        "query_splits": protocol["query_splits"],
        "database_splits": protocol["database_splits"],
        "metric": protocol["metric"],
        "level": protocol["level"],
    }
