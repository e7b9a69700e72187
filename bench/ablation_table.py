"""The table of an ablation: a JSON file that several measurements add rows to."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cbmir_gui.core.durability import replace_file

Row = dict[str, Any]
"""Cells by column; "name" says what was tried."""


class AblationTable:
    """Rows by name in OUT.json, written after each; what is there stays.

    Parameters
    ----------
    kind
        Which measurement adds rows.
    note
        What its rows are; printed after the notes of the others.
    """

    def __init__(self, path: Path, kind: str, note: str) -> None:
        self._path = path
        self._notes: dict[str, str] = {}
        self._rows: list[Row] = []
        if path.is_file():
            stored = json.loads(path.read_text("utf-8"))
            self._notes = stored.get("notes", {})
            self._rows = stored["rows"]
        self._notes[kind] = note

    def has(self, name: str) -> bool:
        """Tell whether a row is there."""
        return any(row["name"] == name for row in self._rows)

    def add(self, row: Row) -> None:
        """Append a row, or replace the one of its name."""
        rows = [row if old["name"] == row["name"] else old for old in self._rows]
        self._rows = rows if self.has(row["name"]) else [*rows, row]
        self.write()
        print(row, file=sys.stderr)

    def sort(self, names: Sequence[str]) -> None:
        """Put rows of these names in this order, before all others."""
        place = {name: number for number, name in enumerate(names)}
        self._rows.sort(key=lambda row: place.get(row["name"], len(place)))
        self.write()

    def write(self) -> None:
        """Write the file."""
        note = " ".join(self._notes.values())
        table = {"note": note, "notes": self._notes, "rows": self._rows}
        replace_file(self._path, json.dumps(table, indent=2))
