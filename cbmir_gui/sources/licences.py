"""The licences that a manifest states for its images."""

from pathlib import Path

from cbmir_gui.sources.manifests import parse_rows, sets_of


def read_licences(path: Path, set_name: str = "") -> tuple[str, ...]:
    """Return each "original data set: licence" of a manifest once, sorted.

    A folder, or a manifest without a column `licence`, states none.
    """
    if not path.is_file():
        return ()
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(parse_rows(stream.read()))
    stated = {
        f"{row.get('original_dataset') or 'unnamed'}: {row['licence']}"
        for row in rows
        if row.get("licence") and (not set_name or set_name in sets_of(row))
    }
    return tuple(sorted(stated))
