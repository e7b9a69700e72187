"""The rows as one flat CSV table, for spreadsheets."""

import csv
import io
from collections.abc import Sequence

from cbmir_gui.services.compare.measuring import DIAGNOSIS_FIGURES, FIGURES, Document

_ABOUT = ("row", "title", "kind", "set", "task", "label", "status", "reason")
_HOW = (
    *("metric", "search", "num_queries", "num_skipped"),
    *("num_unreadable", "database_size"),
)
_COST = (
    *("feature_dim", "num_parameters", "size_mb", "epochs", "train_seconds"),
    *("image_size_px", "inference_ms", "search_ms", "note", "hardware"),
)
_PARTS = ("patient_disjoint", "not_patient_disjoint")


def csv_text(rows: Sequence[Document]) -> str:
    """Return one line per row, under a line of column names."""
    flat = [_flatten(row) for row in rows]
    columns = list(dict.fromkeys(name for row in flat for name in row))
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(flat)
    return stream.getvalue()


def _flatten(row: Document) -> Document:
    flat = {name: row.get(name, "") for name in (*_ABOUT, *_HOW)}
    flat |= _figures(row, FIGURES, "")
    flat |= _figures(row.get("diagnosis") or {}, DIAGNOSIS_FIGURES, "diagnosis_")
    for part in _PARTS:
        flat |= _figures(row.get(part) or {}, FIGURES, f"{part}_")
    for name, points in row.get("lost_points", {}).items():
        flat[f"{name}_lost_points"] = points
    return flat | {name: row.get(name, "") for name in _COST}


def _figures(block: Document, names: Sequence[str], prefix: str) -> Document:
    figures, intervals = block.get("figures", {}), block.get("intervals", {})
    flat: Document = {}
    for name in names:
        low, high = intervals.get(name) or ("", "")
        flat[f"{prefix}{name}"] = figures.get(name, "")
        flat[f"{prefix}{name}_low"] = low
        flat[f"{prefix}{name}_high"] = high
    return flat
