"""A model's card as rich text that a person can read."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from PySide6.QtCore import QCoreApplication, QLocale

from cbmir_gui.gui.measure_names import UNKNOWN, measure_name
from cbmir_gui.gui.results.tile_text import class_label, metric_name
from cbmir_gui.gui.retrain.duration import duration_text

Document = Mapping[str, Any]


def card_html(card: Document, muted: str) -> str:
    """Return all sections of a card; what it does not say is left out.

    Parameters
    ----------
    card
        The content of card.json.
    muted
        Colour of what is said aside, e.g. "#707070".
    """
    sections = (
        (_tr("What it is for"), _paragraph(card.get("intended_use"))),
        (_tr("Input"), _input(card)),
        (_tr("Features"), _features(card)),
        (_classes_title(card), _classes(card)),
        (_tr("Figures"), _figures(_table(card, "metrics"), muted)),
        (_tr("Training"), _training(_table(card, "training"))),
        (_tr("Licences of the training data"), _items(_list(card, "licences"))),
        (_tr("Made with"), _versions(card)),
    )
    return "".join(f"<h4>{title}</h4>{body}" for title, body in sections if body)


def _input(card: Document) -> str:
    side = card.get("input_size_px")
    size = _tr("{side} x {side} pixels").format(side=_number(side)) if side else ""
    preprocessing = str(card.get("preprocessing") or "").replace("-", " ")
    return _paragraph(", ".join(filter(None, (size, preprocessing))))


def _features(card: Document) -> str:
    metric = metric_name(str(card.get("default_metric", "")))
    lines = []
    for layer, dim in _table(card, "layers").items():
        line = _tr("{layer}: {dim} values").format(layer=layer, dim=_number(dim))
        if layer == card.get("default_layer"):
            line = _tr("{line} (default, {metric})").format(line=line, metric=metric)
        lines.append(line)
    return _items(lines)


def _classes_title(card: Document) -> str:
    count = len(_list(card, "classes"))
    return _tr("Classes ({count})").format(count=_number(count))


def _classes(card: Document) -> str:
    return _paragraph(", ".join(class_label(str(c)) for c in _list(card, "classes")))


def _figures(metrics: Document, muted: str) -> str:
    """Return a table for each split, with a column for each layer."""
    tables = []
    for split, layers in metrics.items():
        measured = {
            layer: entry
            for layer, entry in (layers.items() if isinstance(layers, dict) else ())
            if isinstance(entry, dict) and isinstance(entry.get("figures"), dict)
        }
        if measured:
            tables.append(_split_table(split, measured, muted))
    # The split that nothing was chosen by comes first.
    tables.reverse()
    return "".join(tables) or _items(
        f"{measure_name(key)}: {value:.4g}"
        for key, value in metrics.items()
        if isinstance(value, int | float)
    )


def _split_table(split: str, layers: Mapping[str, Document], muted: str) -> str:
    head = "".join(f"<th>{escape(layer)}</th>" for layer in layers)
    rows = []
    keys = dict.fromkeys(key for entry in layers.values() for key in entry["figures"])
    for key in keys:
        cells = "".join(
            f"<td align='right'>{_figure(entry, key, muted)}</td>"
            for entry in layers.values()
        )
        rows.append(f"<tr><td>{escape(measure_name(key))}</td>{cells}</tr>")
    title = escape(_tr("Split {split}").format(split=split))
    protocol = escape(_protocol(next(iter(layers.values()))))
    return (
        f"<p><b>{title}</b><br><span style='color:{muted}'>{protocol}</span></p>"
        f"<table cellpadding='3'><tr><th></th>{head}</tr>{''.join(rows)}</table>"
    )


def _figure(entry: Document, key: str, muted: str) -> str:
    value = entry["figures"].get(key)
    if not isinstance(value, int | float):
        return UNKNOWN
    text = f"{value:.4f}"
    match _table(entry, "intervals").get(key):
        case [int() | float() as low, int() | float() as high]:
            span = f"{low:.3f} to {high:.3f}"
            text += f" <span style='color:{muted}; font-size:small'>{span}</span>"
    return text


def _protocol(entry: Document) -> str:
    text = _tr(
        "{queries} queries of {splits} against {size} images of {others}; {metric}, "
        "{level} level; 95 % intervals"
    )
    return text.format(
        queries=_number(entry.get("num_queries")),
        splits=", ".join(_list(entry, "query_splits")) or UNKNOWN,
        size=_number(entry.get("database_size")),
        others=", ".join(_list(entry, "database_splits")) or UNKNOWN,
        metric=metric_name(str(entry.get("metric", UNKNOWN))).lower(),
        level=entry.get("level", UNKNOWN),
    )


def _training(training: Document) -> str:
    request, data = _table(training, "request"), _table(training, "data")
    recipe = _table(training, "recipe")
    facts = [
        (_tr("Data"), request.get("data")),
        (_tr("Set"), request.get("set_name")),
        (_tr("Images"), _counts(data)),
        (_tr("Starting weights"), request.get("weights")),
        (_tr("Layers that learned"), request.get("trainable")),
        (_tr("Epochs"), _epochs(training)),
        (_tr("Batch"), request.get("batch_size")),
        (_tr("Optimizer"), recipe.get("optimizer")),
        (_tr("Seed"), request.get("seed")),
        (_tr("Time"), _seconds(training.get("seconds"))),
        (_tr("Arithmetic"), training.get("arithmetic")),
        (_tr("SHA-256 of the data"), data.get("sha256")),
        (_tr("Notes"), training.get("notes")),
    ]
    return _facts(facts)


def _counts(data: Document) -> str:
    if not data.get("num_train"):
        return ""
    text = _tr("{train} to learn from, {val} to validate")
    return text.format(
        train=_number(data["num_train"]), val=_number(data.get("num_val", 0))
    )


def _epochs(training: Document) -> str:
    if not training.get("num_epochs"):
        return ""
    text = _tr("{count}, the best was {best}")
    return text.format(count=training["num_epochs"], best=training.get("best_epoch"))


def _seconds(seconds: Any) -> str:
    return duration_text(seconds) if isinstance(seconds, int | float) else ""


def _versions(card: Document) -> str:
    versions = _table(card, "versions").items()
    names = ", ".join(f"{name} {version}" for name, version in versions)
    return _facts(
        [
            (_tr("Created"), card.get("created")),
            (_tr("Software"), names),
            (_tr("SHA-256 of the weights"), card.get("weights_sha256")),
        ]
    )


def _facts(facts: Iterable[tuple[str, Any]]) -> str:
    rows = [
        f"<tr><td>{escape(name)}&nbsp;&nbsp;</td><td>{escape(str(value))}</td></tr>"
        for name, value in facts
        if value not in (None, "")
    ]
    return f"<table cellpadding='2'>{''.join(rows)}</table>" if rows else ""


def _items(lines: Iterable[Any]) -> str:
    items = "".join(f"<li>{escape(str(line))}</li>" for line in lines)
    return f"<ul>{items}</ul>" if items else ""


def _paragraph(text: Any) -> str:
    return f"<p>{escape(str(text))}</p>" if text else ""


def _table(document: Document, key: str) -> Document:
    value = document.get(key)
    return value if isinstance(value, dict) else {}


def _list(document: Document, key: str) -> Sequence[Any]:
    value = document.get(key)
    return value if isinstance(value, list) else ()


def _number(value: Any) -> str:
    return (
        QLocale().toString(value) if isinstance(value, int) else str(value or UNKNOWN)
    )


def _tr(text: str) -> str:
    return QCoreApplication.translate("ModelCard", text)
