"""The papers' figures beside those of the rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cbmir_gui.networks.card import Card
from cbmir_gui.services.compare.markdown_table import with_interval
from cbmir_gui.services.compare.measuring import Document
from cbmir_gui.services.compare.published import PublishedFigure, PublishedSystem
from cbmir_gui.services.search_choices import NO_FILTER, PREDICTED

FROM_CARD = "card of "
"""Before the model's name, where a row was measured when the model was trained."""
PUBLISHED_HEADER = (
    "system",
    "figure",
    "published",
    "here",
    "by the published layer",
    "best layer",
)
FIGURE_NAMES = {
    "accuracy": "accuracy",
    "query_ms": "retrieval time",
    "mean_average_precision": "mAP",
    **{f"precision_at_{k}": f"P@{k}" for k in (1, 5, 20, 40, 60, 80, 100)},
}


@dataclass(frozen=True, slots=True)
class PublishedRow:
    """One figure of a paper, and ours."""

    title: str
    figure: str
    published: str
    value: float | None
    """Of the default layer; None where it was not measured."""
    interval: list[float] | None
    row: str
    """Where `value` is from."""
    epochs: int | None
    """Of the training, where `value` is from a card."""
    best: str
    """The layer that is best on test, with its value; empty if that is the default."""
    as_published: str
    """The layer that was published, with its value; empty if that is the default."""
    definition: str


def published_rows(
    rows: Sequence[Document],
    systems: Sequence[PublishedSystem],
    cards: Mapping[str, Card],
) -> tuple[PublishedRow, ...]:
    """Return every published figure, in the order of the papers.

    Parameters
    ----------
    rows
        The default layer of a model comes first.
    cards
        By model: where its weights are not at hand, its card says what was measured
        on the same images when it was trained.
    """
    return tuple(
        _beside(system, figure, rows, cards.get(system.model))
        for system in systems
        for figure in system.figures
    )


def ours(row: PublishedRow) -> str:
    """Return our figure beside a paper's, with its unit or interval."""
    if row.value is not None and row.figure == "retrieval time":
        return f"{row.value:.0f} ms"
    figure = with_interval(row.value, row.interval)
    if not row.row.startswith(FROM_CARD):
        return figure
    trained = "" if row.epochs is None else f" ({row.epochs} epochs)"
    return f"{figure}, by its card{trained}"


def published_cells(row: PublishedRow) -> list[str]:
    """Return what stands below `PUBLISHED_HEADER`."""
    return [
        row.title,
        row.figure,
        row.published,
        ours(row),
        row.as_published or "-",
        row.best or "-",
    ]


def _beside(
    system: PublishedSystem,
    figure: PublishedFigure,
    rows: Sequence[Document],
    card: Card | None,
) -> PublishedRow:
    usable = [
        row
        for row in rows
        if row["status"] == "ok"
        and row["kind"] == "model"
        and row["system"].startswith(f"{system.model}/")
        and row["search"] == figure.search
    ]
    if not usable and card is not None:
        usable = _rows_of_card(card, figure.search)
    name = FIGURE_NAMES[figure.figure]
    if figure.search == PREDICTED:
        name = f"{name}, in the predicted class"
    default = usable[0] if usable else None
    return PublishedRow(
        title=system.title,
        figure=name,
        published=figure.value,
        value=None if default is None else _value(default, figure.figure),
        interval=None if default is None else default["intervals"].get(figure.figure),
        row=default["row"] if default else "",
        epochs=default.get("card_epochs") if default else None,
        best=_best(usable, figure.figure),
        as_published=_of_layer(usable, figure.figure, system.layer),
        definition=_definition(figure, default),
    )


def _definition(figure: PublishedFigure, row: Document | None) -> str:
    """Return how ours is defined, with the classes that are not in it."""
    uncounted = row["uncounted_classes"] if row else []
    if not uncounted or figure.figure in {"accuracy", "query_ms"}:
        return figure.definition
    return f"{figure.definition}; without {', '.join(uncounted)}"


def _rows_of_card(card: Card, search: str) -> list[Document]:
    """Return its figures on test as rows, the default layer first."""
    measured = card.metrics.get("test", {})
    if search != NO_FILTER:
        measured = card.metrics.get("test_by_search", {}).get(search, {})
    layers = sorted(measured, key=lambda layer: layer != card.default_layer)
    return [
        {
            "row": f"{FROM_CARD}{card.name}",
            "card_epochs": card.training.get("num_epochs"),
            "system": f"{card.name}/{layer}",
            "figures": measured[layer]["figures"],
            "intervals": measured[layer]["intervals"],
            "uncounted_classes": [],
            "inference_ms": None,
            "search_ms": None,
        }
        for layer in layers
    ]


def _best(rows: Sequence[Document], figure: str) -> str:
    """Return layer and value of the best row, where it is not the first."""
    known = [(row, value) for row in rows if (value := _value(row, figure)) is not None]
    if figure == "query_ms" or not known:
        return ""
    row, value = max(known, key=lambda pair: pair[1])
    return "" if row is rows[0] else f"{_layer_of(row)} {value:.3f}"


def _of_layer(rows: Sequence[Document], figure: str, layer: str) -> str:
    """Return layer and value of one layer, where it is not the first."""
    for row in rows[1:]:
        value = _value(row, figure)
        if _layer_of(row) == layer and value is not None:
            return f"{layer} {value:.3f}"
    return ""


def _layer_of(row: Document) -> str:
    return str(row["system"].split("/")[1])


def _value(row: Document, figure: str) -> float | None:
    if figure == "query_ms":
        times = row["inference_ms"], row["search_ms"]
        return None if None in times else round(sum(times), 1)
    value: float | None = row["figures"].get(figure)
    return value
