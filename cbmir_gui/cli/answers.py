"""What a command answers, and how it is printed: as text or as one JSON document."""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cbmir_gui.cli.terminal import printable
from cbmir_gui.core.json_types import to_json
from cbmir_gui.core.records import FailedFile

DONE, FAILED, USAGE = 0, 1, 2
_NUM_FAILURES_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of one command."""

    document: object
    """JSON types, records, tuples and paths; printed with ``--json``."""
    text: str
    """Printed without."""
    status: int = DONE


def print_answer(answer: Answer, as_json: bool) -> None:
    """Write the answer to standard output."""
    if as_json:
        print(json.dumps(to_json(answer.document), indent=2, allow_nan=False))
    elif answer.text:
        print(answer.text)
    sys.stdout.flush()


def format_table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Lay out rows below a header; numbers stand right, all else left."""
    body = [list(row) for row in rows]
    cells = [list(header)] + [[_format_cell(cell) for cell in row] for row in body]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    numeric = [
        bool(body) and all(isinstance(row[column], int | float) for row in body)
        for column in range(len(header))
    ]
    lines = [
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, numeric, strict=True)
        ).rstrip()
        for row in cells
    ]
    return "\n".join(lines)


def format_fields(fields: Iterable[tuple[str, object]]) -> str:
    """Lay out one name and value per line."""
    pairs = [(name, _format_cell(value)) for name, value in fields]
    width = max(len(name) for name, _ in pairs)
    return "\n".join(f"{name.ljust(width)}  {value}".rstrip() for name, value in pairs)


def format_skipped(skipped: Sequence[FailedFile]) -> str:
    """Count the files that are no image by what they are."""
    reasons = Counter(entry.reason for entry in skipped)
    lines = [f"  {num} x {printable(reason)}" for reason, num in reasons.most_common()]
    return "\n".join([f"{len(skipped)} skipped:", *lines])


def format_failures(failed: Sequence[FailedFile]) -> str:
    """List the first files that a batch could not read; empty if there are none."""
    shown = failed[:_NUM_FAILURES_SHOWN]
    lines = [f"  {printable(_named(entry))}" for entry in shown]
    if len(failed) > _NUM_FAILURES_SHOWN:
        lines.append(
            f"  ... and {len(failed) - _NUM_FAILURES_SHOWN} more; --json lists all."
        )
    return "\n".join(lines)


def _named(entry: FailedFile) -> str:
    """Return the reason, with the file's name where it does not name it itself."""
    name = Path(entry.path).name
    return entry.reason if f"'{name}'" in entry.reason else f"'{name}': {entry.reason}"


def format_bytes(num_bytes: int) -> str:
    """Write a size with a binary unit."""
    size = float(num_bytes)
    for unit in ("B", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"


def _format_cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.4f}" if isinstance(value, float) else str(value)
