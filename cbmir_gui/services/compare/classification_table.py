"""Precision, recall and F1 of the classifiers, by each definition that is in use."""

from collections.abc import Sequence

from cbmir_gui.evaluation.classification import DEFINITIONS
from cbmir_gui.services.compare.markdown_table import table
from cbmir_gui.services.compare.measuring import CLASSIFICATION_MEANS, Document

_HEADER = (
    *("classifier", "precision", "recall", "F1"),
    *("AP as printed", "AR as printed", "F1 as printed", "F1 with the usual recall"),
)
_NOTE = "precision, recall, F1: {macro}. As printed: {as_printed}.".format(
    **DEFINITIONS
)


def classification_table(rows: Sequence[Document]) -> str:
    """Return a line for each classifier of a task; empty if there is none.

    Parameters
    ----------
    rows
        Of one task, with figures; the layers of a model share its classifier.
    """
    lines: dict[str, tuple[str, ...]] = {}
    for row in rows:
        means = row["classification"]
        if means is None:
            continue
        name = row["system"].split("/")[0] if row["kind"] == "model" else row["title"]
        usual, printed, mended = (means[each] for each in CLASSIFICATION_MEANS)
        values = (
            *(usual[each] for each in ("precision", "recall", "f1")),
            *(printed[each] for each in ("ap", "ar", "f1")),
            mended["f1"],
        )
        lines.setdefault(name, (name, *(f"{value:.3f}" for value in values)))
    return f"{_NOTE}\n\n{table(_HEADER, list(lines.values()))}" if lines else ""
