"""The report as PDF: the plots, and no picture of data."""

import io
import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cbmir_gui.evaluation.curves import RECALL_LEVELS
from cbmir_gui.evaluation.metrics import PRECISION_CUTOFFS
from cbmir_gui.evaluation.plots import (
    BAR_COLOUR,
    Bar,
    Line,
    draw_bars,
    draw_confusion,
    draw_lines,
)
from cbmir_gui.services.compare.ceilings import ceilings_text
from cbmir_gui.services.compare.markdown import Report, introduction
from cbmir_gui.services.compare.measuring import Document
from cbmir_gui.services.compare.published_table import (
    PUBLISHED_HEADER,
    published_cells,
)
from cbmir_gui.services.search_choices import NO_FILTER

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_PAGE_INCHES = (11.7, 8.3)
_KINDS = {
    "model": "published systems",
    "network": "networks from scratch",
    "handcrafted": "hand-crafted features",
    "imagenet": "ImageNet, frozen",
    "control": "controls",
}
_COLOURS = {
    "model": "#c44e52",
    "network": BAR_COLOUR,
    "handcrafted": "#8172b2",
    "imagenet": "#55a868",
    "control": "#999999",
}
_RETRIEVAL = {
    "accuracy": "accuracy of the classifier",
    "mean_average_precision": "mAP",
    "precision_at_20": "P@20",
}
_PRECISIONS = {f"precision_at_{k}": f"P@{k}" for k in PRECISION_CUTOFFS}
_DIAGNOSIS = {"precision_at_1": "P@1", "precision_at_5": "P@5", "map_at_5": "mAP@5"}
_COSTS = {
    "num_parameters": ("parameters in millions", 1e-6),
    "train_seconds": ("training, minutes", 1 / 60),
    "inference_ms": ("inference, ms per image", 1.0),
}
_PUBLISHED_WIDTHS = (0.22, 0.17, 0.08, 0.27, 0.16, 0.10)
"""Of the columns, as shares of the page."""
_MATRICES_PER_PAGE = 6
_ALLOWED_LOSS_POINTS = 3


def pdf_bytes(report: Report) -> bytes:
    """Return the document; the same rows give the same pages."""
    from matplotlib.backends.backend_pdf import PdfPages

    stream = io.BytesIO()
    metadata = {"Title": "Comparison of retrieval systems", "CreationDate": None}
    with PdfPages(stream, metadata=metadata) as document:
        for figure in _pages(report):
            document.savefig(figure)
    return stream.getvalue()


def _pages(report: Report) -> Iterator["Figure"]:
    yield _first_page(report)
    for task in report.sizes:
        rows = report.measured(task)
        if rows:
            yield from _task_pages(rows, f"{task}: {rows[0]['task']}")
    if report.robustness():
        yield _robustness_page(report.robustness())


def _first_page(report: Report) -> "Figure":
    """Say what was measured, and set the papers' figures beside ours."""
    figure = _new_page("Comparison of retrieval systems")
    text, below = figure.subplots(2, 1, height_ratios=[1, 4])
    text.set_axis_off()
    below.set_axis_off()
    lines = textwrap.fill(introduction(report), 150)
    text.text(0, 1, lines, va="top", fontsize=8, transform=text.transAxes)
    cells = [published_cells(row) for row in report.published]
    grid = below.table(
        cells,
        colLabels=PUBLISHED_HEADER,
        colWidths=_PUBLISHED_WIDTHS,
        loc="upper center",
        cellLoc="left",
    )
    grid.auto_set_font_size(False)
    grid.set_fontsize(8)
    grid.scale(1, 1.3)
    for (row, _), cell in grid.get_celld().items():
        cell.set_linewidth(0.3)
        if row == 0:
            cell.set_text_props(weight="bold")
    return figure


def _task_pages(rows: Sequence[Document], title: str) -> Iterator["Figure"]:
    yield _bar_page(rows, _RETRIEVAL, f"{title}, 95 % intervals")
    yield _curve_page(rows, title)
    with_diagnosis = [row for row in rows if row["diagnosis"]]
    if with_diagnosis:
        subtitle = f"{title}; same class and diagnosis"
        yield _bar_page(with_diagnosis, _DIAGNOSIS, subtitle, part="diagnosis")
    yield _cost_page(rows, title)
    yield from _matrix_pages(rows, title)


def _new_page(title: str) -> "Figure":
    # The object-oriented interface needs no display and keeps no global state.
    from matplotlib.figure import Figure

    figure = Figure(figsize=_PAGE_INCHES, layout="constrained")
    figure.suptitle(title, fontsize=11)
    return figure


def _bar_page(
    rows: Sequence[Document], names: dict[str, str], title: str, part: str = ""
) -> "Figure":
    figure = _new_page(title)
    panels = figure.subplots(1, len(names), squeeze=False)[0]
    for panel, (name, text) in zip(panels, names.items(), strict=True):
        bars = []
        for row in rows:
            block = row[part] if part else row
            interval = block["intervals"][name]
            bars.append(
                Bar(
                    row["title"],
                    block["figures"][name],
                    (interval[0], interval[1]) if interval else None,
                    _COLOURS[row["kind"]],
                )
            )
        draw_bars(panel, bars, text, show_names=panel is panels[0])
        panel.set_xlim(0, 1.15)
    _name_colours(figure, rows)
    return figure


def _curve_page(rows: Sequence[Document], title: str) -> "Figure":
    """Draw where the whole database was searched; filtered searches are dashed."""
    figure = _new_page(f"{title}\n{ceilings_text(rows, _PRECISIONS)}")
    shown = [
        row for row in rows if row["search"] == NO_FILTER or row["kind"] == "model"
    ]
    recall, cutoffs = figure.subplots(1, 2)
    styles = ["-" if row["search"] == NO_FILTER else "--" for row in shown]
    draw_lines(
        recall,
        RECALL_LEVELS,
        [
            Line(row["title"], row["precision_recall"], style)
            for row, style in zip(shown, styles, strict=True)
        ],
        ("recall", "interpolated precision"),
        "precision over recall",
    )
    draw_lines(
        cutoffs,
        PRECISION_CUTOFFS,
        [
            Line(row["title"], [row["figures"][name] for name in _PRECISIONS], style)
            for row, style in zip(shown, styles, strict=True)
        ],
        ("k", "P@k"),
        "precision at k",
    )
    handles, labels = recall.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, fontsize=7)
    return figure


def _cost_page(rows: Sequence[Document], title: str) -> "Figure":
    from matplotlib.ticker import NullFormatter

    figure = _new_page(f"{title}, cost (logarithmic)")
    panels = figure.subplots(1, len(_COSTS))
    for panel, (name, (text, scale)) in zip(panels, _COSTS.items(), strict=True):
        bars = [
            Bar(
                row["title"],
                row[name] * scale if row[name] else None,
                colour=_COLOURS[row["kind"]],
            )
            for row in rows
        ]
        draw_bars(panel, bars, text, "{:.3g}", show_names=panel is panels[0])
        if any(bar.value for bar in bars):
            panel.set_xscale("log")
            panel.xaxis.set_minor_formatter(NullFormatter())
        else:
            panel.set_xticks([])
    _name_colours(figure, rows)
    return figure


def _name_colours(figure: "Figure", rows: Sequence[Document]) -> None:
    from matplotlib.patches import Patch

    present = {row["kind"] for row in rows}
    handles = [
        Patch(color=_COLOURS[kind], label=text)
        for kind, text in _KINDS.items()
        if kind in present
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=5, fontsize=7)


def _matrix_pages(rows: Sequence[Document], title: str) -> Iterator["Figure"]:
    """Draw one page for each published system, and the others small, side by side."""
    matrices = [row for row in rows if row["confusion_matrix"]]
    large: dict[str, Document] = {}
    small = []
    for row in matrices:
        if row["kind"] == "model":
            # The layers of a model share its classifier.
            large.setdefault(row["system"].split("/")[0], row)
        elif row["confusion_matrix"]["of"] == "classifier":
            small.append(row)
    for row in large.values():
        confusion = row["confusion_matrix"]
        figure = _new_page(f"{title}: {row['title']}")
        draw_confusion(
            figure.subplots(),
            confusion["matrix"],
            confusion["classes"],
            f"answers of the {confusion['of']}",
        )
        yield figure
    for start in range(0, len(small), _MATRICES_PER_PAGE):
        figure = _new_page(f"{title}: answers of the classifiers, classes from A to Z")
        panels = figure.subplots(2, 3).ravel()
        for panel in panels:
            panel.set_axis_off()
        part = small[start : start + _MATRICES_PER_PAGE]
        for panel, row in zip(panels, part, strict=False):
            panel.set_axis_on()
            confusion = row["confusion_matrix"]
            draw_confusion(
                panel,
                confusion["matrix"],
                confusion["classes"],
                row["title"],
                show_names=False,
            )
        yield figure


def _robustness_page(rows: Sequence[Document]) -> "Figure":
    figure = _new_page("Robustness: points lost against the queries as they are")
    panels = figure.subplots(1, 2)
    names = {"accuracy": "accuracy", "precision_at_20": "P@20"}
    for panel, (name, text) in zip(panels, names.items(), strict=True):
        bars = []
        for row in rows:
            interval = row["lost_points_intervals"].get(name)
            bars.append(
                Bar(
                    row["title"].partition(":")[0],
                    row["lost_points"].get(name),
                    (interval[0], interval[1]) if interval else None,
                    _COLOURS["model"],
                )
            )
        draw_bars(panel, bars, text, "{:.1f}", show_names=panel is panels[0])
        panel.axvline(_ALLOWED_LOSS_POINTS, color="#888888", linestyle=":")
        panel.set_xlabel("points; dotted: what may be lost", fontsize=8)
    return figure
