"""Measures as pictures: draws on axes that are passed in; knows no files."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cbmir_gui.evaluation.bootstrap import Interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BAR_COLOUR = "#4878a8"
_GRAY = "#555555"
_LABELLED_CELLS = 12
"""Up to so many classes the counts stand in a confusion matrix."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar; without a value only its name is drawn."""

    name: str
    value: float | None
    interval: Interval | None = None
    colour: str = BAR_COLOUR


@dataclass(frozen=True, slots=True)
class Line:
    """One curve; a point without a value is left out."""

    name: str
    values: Sequence[float | None]
    style: str = "-"


def draw_bars(
    axes: "Axes",
    bars: Sequence[Bar],
    title: str,
    number_format: str = "{:.3f}",
    show_names: bool = True,
) -> None:
    """Draw horizontal bars from top to bottom, with intervals where there are any."""
    positions = np.arange(len(bars))
    lengths = [0.0 if bar.value is None else bar.value for bar in bars]
    axes.barh(positions, lengths, color=[bar.colour for bar in bars], height=0.7)
    for position, bar in zip(positions, bars, strict=True):
        if bar.value is None:
            continue
        end = bar.value
        if bar.interval is not None:
            axes.plot(bar.interval, [position] * 2, color="black", linewidth=0.8)
            end = max(end, bar.interval[1])
        axes.annotate(
            number_format.format(bar.value),
            (end, float(position)),
            xytext=(3, 0),
            textcoords="offset points",
            va="center",
            fontsize=6,
            color=_GRAY,
        )
    axes.set_yticks(positions, [bar.name for bar in bars] if show_names else [])
    axes.tick_params(labelsize=7)
    axes.set_ylim(len(bars) - 0.4, -0.6)
    axes.margins(x=0.15)
    axes.set_title(title, fontsize=9)
    axes.grid(axis="x", alpha=0.3)
    axes.set_axisbelow(True)
    _remove_frame(axes)


def draw_lines(
    axes: "Axes",
    points: Sequence[float],
    lines: Sequence[Line],
    labels: tuple[str, str],
    title: str,
) -> None:
    """Draw curves over `points`; the values are shares from 0 to 1."""
    colours = _colours(len(lines))
    for line, colour in zip(lines, colours, strict=True):
        values = [np.nan if value is None else value for value in line.values]
        axes.plot(
            points,
            values,
            line.style,
            color=colour,
            marker=".",
            markersize=4,
            linewidth=1.2,
            label=line.name,
        )
    axes.set_ylim(0, 1.03)
    axes.set_xlabel(labels[0], fontsize=8)
    axes.set_ylabel(labels[1], fontsize=8)
    axes.tick_params(labelsize=7)
    axes.set_title(title, fontsize=9)
    axes.grid(alpha=0.3)
    _remove_frame(axes)


def draw_confusion(
    axes: "Axes",
    matrix: Sequence[Sequence[int]],
    classes: Sequence[str],
    title: str,
    show_names: bool = True,
) -> None:
    """Draw the share of each true class (row) that got each answer (column)."""
    counts = np.asarray(matrix, np.float64)
    totals = np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(counts / totals, cmap="Blues", vmin=0, vmax=1)
    axes.set_title(title, fontsize=9)
    if not show_names:
        axes.set_xticks([])
        axes.set_yticks([])
        return
    positions = np.arange(len(classes))
    axes.set_xticks(positions, classes, rotation=90, fontsize=7)
    axes.set_yticks(positions, classes, fontsize=7)
    axes.set_xlabel("answer", fontsize=8)
    axes.set_ylabel("true class", fontsize=8)
    _write_counts(axes, counts, counts / totals)


def _write_counts(axes: "Axes", counts: Any, shares: Any) -> None:
    """Write every count into a small matrix, the mistakes into a large one."""
    for row, column in np.argwhere(counts > 0):
        is_large = len(counts) > _LABELLED_CELLS
        if is_large and row == column:
            continue
        axes.text(
            column,
            row,
            f"{counts[row, column]:.0f}",
            ha="center",
            va="center",
            fontsize=6,
            color="white" if shares[row, column] > 0.5 else "black",
        )


def _colours(number: int) -> list[Any]:
    from matplotlib import colormaps

    palette = colormaps["tab10" if number <= 10 else "tab20"]
    return [palette(position % palette.N) for position in range(number)]


def _remove_frame(axes: "Axes") -> None:
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
