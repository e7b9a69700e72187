"""Tables that others made, shown in the report: see `FILES`.

They lie in the folder of the comparison. Every key of a row but `name` becomes a
column, in the order of its first appearance; a value is a number, a text, or an object
with `value` and `interval`::

    {"note": "what was varied, and how it was chosen",
     "rows": [{"name": "GeM pooling", "set": "c18",
               "mAP": {"value": 0.981, "interval": [0.975, 0.987]}}]}
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cbmir_gui.core.errors import DataError

FILES = {
    "ablation.json": ("Ablation", "tried"),
    "paired.json": ("Paired comparison", "figure"),
    "robustness.json": ("Further robustness", "tried"),
}
"""Title of each table, and of its first column."""


@dataclass(frozen=True, slots=True)
class ExtraTable:
    """One table, its cells as text."""

    title: str
    note: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def read_extra_tables(out: Path) -> tuple[ExtraTable, ...]:
    """Return the tables that are there.

    Raises
    ------
    DataError
        A file is there but is no such table.
    """
    return tuple(
        _read(out / name, title, first)
        for name, (title, first) in FILES.items()
        if (out / name).is_file()
    )


def _read(path: Path, title: str, first: str) -> ExtraTable:
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        rows = [dict(row) for row in stored["rows"]]
        names = [str(row["name"]) for row in rows]
        note = str(stored.get("note", ""))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"'{path.name}' is not a table: expected an object with 'rows', each with "
            f"a 'name'. Mend it, or move it away."
        ) from error
    columns = list(dict.fromkeys(key for row in rows for key in row if key != "name"))
    cells = [
        (name, *(_cell(row.get(column)) for column in columns))
        for name, row in zip(names, rows, strict=True)
    ]
    return ExtraTable(title, note, (first, *columns), tuple(cells))


def _cell(value: Any) -> str:
    if isinstance(value, dict) and isinstance(value.get("interval"), list):
        low, high = value["interval"]
        return f"{_cell(value.get('value'))} [{_cell(low)}, {_cell(high)}]"
    if isinstance(value, float):
        return f"{value:.3f}"
    return "-" if value is None else str(value)
