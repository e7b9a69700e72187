"""An evaluation as text: protocol in a sentence, Markdown, CSV, JSON."""

import csv
import io
import json

from PySide6.QtCore import QCoreApplication, QLocale

from cbmir_gui.gui.evaluation.report import Document, Figure, Report
from cbmir_gui.gui.measure_names import UNKNOWN, measure_name
from cbmir_gui.gui.results.tile_text import class_label, metric_name


def protocol_sentence(report: Report) -> str:
    """Return who was searched for in what, and how."""
    protocol = report.protocol
    text = _tr(
        "{queries} queries of {source} against {size} images of {database}: {model} · "
        "{layer}, {metric}, {level} level, class filter {filter}."
    )
    return text.format(
        queries=_number(report.document["num_queries"]),
        source=_with_splits(protocol["queries"], protocol.get("query_splits")),
        size=_number(protocol["database_size"]),
        database=_with_splits(protocol["database"], protocol.get("database_splits")),
        model=protocol["model"],
        layer=protocol["layer"],
        metric=metric_name(protocol["metric"]).lower(),
        level=protocol["level"],
        filter=protocol["class_filter"],
    )


def counts_sentence(report: Report) -> str:
    """Return what was left out of the figures."""
    protocol = report.protocol
    text = _tr(
        "{skipped} queries were skipped, {alone} had nothing to find; {dropped} hits "
        "were not counted, because they were the query itself or of its group."
    )
    return text.format(
        skipped=_number(report.document["num_skipped"]),
        alone=_number(protocol["num_without_relevant"]),
        dropped=_number(protocol["num_dropped_hits"]),
    )


def definitions(report: Report) -> list[tuple[str, str]]:
    """Return the name and the formula of everything that was measured."""
    stated: Document = report.protocol.get("definitions", {})
    return [(measure_name(name), str(text)) for name, text in stated.items()]


def figure_text(value: float | None) -> str:
    """Return a figure with four digits, or a dash."""
    return UNKNOWN if value is None else QLocale().toString(value, "f", 4)


def interval_text(figure: Figure) -> str:
    """Return the interval of a figure, or a dash."""
    if figure.interval is None:
        return UNKNOWN
    low, high = (QLocale().toString(end, "f", 3) for end in figure.interval)
    return _tr("{low} to {high}").format(low=low, high=high)


def report_markdown(report: Report) -> str:
    """Return the macro figures as a Markdown table, with the protocol below."""
    lines = [
        f"| {_tr('Macro mean over classes')} | {_tr('Value')} | "
        f"{_tr('95 % interval')} | {_tr('Ceiling')} |",
        "| --- | ---: | ---: | ---: |",
    ]
    for entry in report.figures:
        cells = (
            measure_name(entry.key),
            figure_text(entry.value),
            interval_text(entry),
            figure_text(entry.ceiling),
        )
        lines.append("| " + " | ".join(cells) + " |")
    sentences = (protocol_sentence(report), counts_sentence(report))
    return "\n".join([*lines, "", *sentences, ""])


def report_csv(report: Report) -> str:
    """Return every figure on a line of its own; the macro figures have no class."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["class", "measure", "value", "low", "high", "ceiling"])
    for entry in report.figures:
        low, high = entry.interval or ("", "")
        ceiling = "" if entry.ceiling is None else entry.ceiling
        writer.writerow(["", entry.key, entry.value, low, high, ceiling])
    for class_name, measures in report.per_class.items():
        for key, value in measures.items():
            if value is not None:
                writer.writerow([class_name, key, value, "", "", ""])
    return stream.getvalue()


def report_json(report: Report) -> str:
    """Return the document as `cbmir evaluate --json` prints it."""
    return json.dumps(report.document, indent=2, ensure_ascii=False) + "\n"


def mistake_heading(true_class: str, predicted: str) -> str:
    """Return a title for the images of one cell of the confusion matrix."""
    text = _tr("{true} taken for {predicted}")
    return text.format(true=class_label(true_class), predicted=class_label(predicted))


def _with_splits(name: str, splits: object) -> str:
    if not isinstance(splits, list) or not splits:
        return name
    return f"{name} ({', '.join(splits)})"


def _number(value: int) -> str:
    return QLocale().toString(value)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Evaluation", text)
