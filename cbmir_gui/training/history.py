"""The learning curves of a run, as a table and as a picture."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, fields

from cbmir_gui.core.records import EpochReport


def history_csv(epochs: Sequence[EpochReport]) -> bytes:
    """Return one line per epoch, under a line of column names."""
    stream = io.StringIO(newline="")
    names = [entry.name for entry in fields(EpochReport)]
    writer = csv.DictWriter(stream, names, lineterminator="\n")
    writer.writeheader()
    for epoch in epochs:
        row = asdict(epoch)
        writer.writerow(
            {k: f"{v:.6g}" if isinstance(v, float) else v for k, v in row.items()}
        )
    return stream.getvalue().encode()


def curves_png(epochs: Sequence[EpochReport], title: str) -> bytes:
    """Draw loss and, where there are classes, accuracy over the epochs."""
    # The object-oriented interface needs no display and keeps no global state.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    has_accuracy = epochs[0].val_accuracy >= 0
    figure = Figure(figsize=(9 if has_accuracy else 5, 3.6), layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(title)
    panels = ["loss", "accuracy"] if has_accuracy else ["loss"]
    numbers = [epoch.epoch for epoch in epochs]
    for position, measure in enumerate(panels, start=1):
        axes = figure.add_subplot(1, len(panels), position)
        for split, colour in (("train", "#1f77b4"), ("val", "#d62728")):
            values = [getattr(epoch, f"{split}_{measure}") for epoch in epochs]
            axes.plot(numbers, values, color=colour, marker=".", label=split)
        axes.axvline(epochs[-1].best_epoch, color="#888888", linestyle=":")
        axes.set_xlabel("epoch")
        axes.set_ylabel(measure)
        axes.grid(alpha=0.3)
        axes.legend()
    stream = io.BytesIO()
    figure.savefig(stream, format="png")
    return stream.getvalue()
