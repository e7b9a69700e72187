"""The licences that a manifest states for its images."""

import csv
from pathlib import Path


def read_licences(path: Path, set_name: str = "") -> tuple[str, ...]:
    """Return each "original data set: licence" of a manifest once, sorted.

    A folder, or a manifest without a column `licence`, states none.
    """
    if not path.is_file():
        return ()
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return tuple(
            sorted(
                {
                    f"{row.get('original_dataset') or 'unnamed'}: {row['licence']}"
                    for row in csv.DictReader(stream)
                    if row.get("licence")
                    and (not set_name or set_name in (row.get("sets") or "").split(";"))
                }
            )
        )
