"""DATA of the command line: a CSV manifest, or a folder of class folders.

A manifest has the columns ``file`` and ``class`` and may have ``group``, ``split``,
``diagnosis``, ``modality`` and ``sets`` (separated by ";"); others are ignored, but
`read_column` reads them. Paths are absolute or relative to the manifest::

    file,class,group,split,diagnosis,modality,sets
    images/a.png,brain_mri,patient 7,train,glioma,MR,c18;m4
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from cbmir_gui.core.errors import DataError
from cbmir_gui.core.records import ImageSource
from cbmir_gui.sources.folders import read_class_folders
from cbmir_gui.sources.manifest_checks import (
    refuse_bad_labels,
    refuse_bad_names,
    refuse_open_quotes,
    refuse_unknown_splits,
    some,
)
from cbmir_gui.sources.splits import draw_splits

LABELS = ("class", "modality")

Row = dict[str, str]


def read_sources(
    path: Path,
    set_name: str = "",
    splits: Sequence[str] = (),
    label: str = "class",
) -> list[ImageSource]:
    """Read DATA and narrow it; in the order of the manifest or of the names.

    Single files that are missing stay in the list, so that a batch can skip and count
    them; `require_files` refuses them.

    Parameters
    ----------
    path
        A manifest (.csv) or a folder of class folders.
    set_name
        Only rows whose `sets` name it; empty: all.
    splits
        Only these of train, val, test; empty: all. Where DATA has no split of its
        own it is drawn by group and class with the default fractions and seed, so
        that two calls with different `splits` never overlap, whatever their labels.
    label
        The column that becomes the class: class or modality.

    Raises
    ------
    DataError
        It cannot be read, lacks a column, says two things of one file, has a split of
        another name where `splits` are asked for, or nothing is left.
    """
    if label not in LABELS:
        raise DataError(f"The label must be one of {LABELS}, but it is '{label}'.")
    if path.is_dir():
        _refuse_for_folder(path, set_name, label)
        sources = strata = read_class_folders(path)
        refuse_bad_names(path.name, sources)
        chosen = [True] * len(sources)
    else:
        rows = _read_rows(path, set_name, label)
        sources = [_source_of(row, path, label) for row in rows]
        strata = [_source_of(row, path, _stratum(row, label)) for row in rows]
        chosen = [not set_name or set_name in sets_of(row) for row in rows]
        refuse_bad_names(path.name, sources)
        refuse_bad_labels(path, sources)
    if splits:
        refuse_unknown_splits(path, sources)
        # Before the set is chosen, and by class whatever the label: a file is on the
        # same side in all of them.
        sources = [
            replace(source, split=drawn.split)
            for source, drawn in zip(sources, draw_splits(strata), strict=True)
        ]
    kept = [
        source
        for source, is_chosen in zip(sources, chosen, strict=True)
        if is_chosen and (not splits or source.split in splits)
    ]
    kept = list({source.path: source for source in reversed(kept)}.values())[::-1]
    _refuse_nothing_left(path, kept, set_name, splits)
    return kept


def read_set_names(path: Path) -> list[str]:
    """Return the names in the column `sets` of a manifest, sorted; [] if it has none.

    Raises
    ------
    DataError
        The manifest cannot be read.
    """
    rows = [] if path.is_dir() else _read_rows(path, "", "class")
    return sorted(
        {name for row in rows if "sets" in row for name in sets_of(row)} - {""}
    )


def read_column(path: Path, column: str) -> dict[str, str]:
    """Return what a further column of a manifest says of each file, by its path.

    Empty for a folder, and for a manifest that has no such column.

    Raises
    ------
    DataError
        The manifest cannot be read.
    """
    column = column.strip().lower()
    rows = [] if path.is_dir() else _read_rows(path, "", "file")
    return {
        str((path.parent / row["file"]).absolute()): row[column]
        for row in rows
        if column in row
    }


def missing_files(sources: Sequence[ImageSource]) -> list[ImageSource]:
    """Return the sources whose file is not there."""
    return [source for source in sources if not _is_file(source.path)]


def require_files(sources: Sequence[ImageSource]) -> None:
    """Check that every file is there.

    Raises
    ------
    DataError
        Names the first of those that are missing and counts them.
    """
    missing = missing_files(sources)
    if missing:
        raise DataError(
            f"{len(missing)} of {len(sources)} files are missing: "
            f"{some([Path(source.path).name for source in missing])}. "
            f"Put them back, or remove their rows from the manifest."
        )


def _read_rows(path: Path, set_name: str, label: str) -> list[Row]:
    needed = ["file", label] + (["sets"] if set_name else [])
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            numbered = list(_numbered_rows(stream.read()))
    except OSError as error:
        raise DataError(
            f"The manifest '{path.name}' cannot be read: {error.strerror}. "
            f"Check its name and that you may read it."
        ) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(
            f"'{path.name}' is not a manifest: expected a CSV text file in UTF-8 "
            f"with the columns file and class, and every quote closed."
        ) from error
    refuse_open_quotes(path, numbered)
    rows = [row for _, row in numbered]
    columns = set(rows[0]) if rows else set()
    if not rows:
        raise DataError(
            f"The manifest '{path.name}' is empty: expected a header line with the "
            f"columns file and class, then one line per image."
        )
    lacking = [name for name in needed if name not in columns]
    if lacking:
        raise DataError(
            f"The manifest '{path.name}' has no column {some(lacking)}: expected "
            f"{some(needed)}, received {some(sorted(columns))}. Add what is missing."
        )
    return rows


def parse_rows(text: str) -> Iterator[Row]:
    """Yield the lines of a manifest by the names of its columns, in small letters.

    Raises
    ------
    csv.Error
        The text is not CSV.
    """
    for _, row in _numbered_rows(text):
        yield row


def _numbered_rows(text: str) -> Iterator[tuple[int, Row]]:
    """Yield each row with the number, from 1, of the line in which it begins."""
    # Spreadsheets of some languages separate columns by semicolons.
    header = text.partition("\n")[0]
    delimiter = ";" if ";" in header and "," not in header else ","
    lines = io.StringIO(text, newline="")
    reader = csv.DictReader(lines, delimiter=delimiter, restval="")
    line = 1 if reader.fieldnames is None else reader.line_num + 1
    for row in reader:
        yield (
            line,
            {
                name.strip().lower(): value.strip()
                for name, value in row.items()
                if isinstance(name, str) and isinstance(value, str)
            },
        )
        line = reader.line_num + 1


def sets_of(row: Row) -> list[str]:
    """Return the names in the column `sets` of a line."""
    return [name.strip() for name in row["sets"].split(";")]


def _source_of(row: Row, manifest: Path, label: str) -> ImageSource:
    return ImageSource(
        path=str((manifest.parent / row["file"]).absolute()),
        class_name=row[label],
        diagnosis=row.get("diagnosis", ""),
        modality=row.get("modality", ""),
        group=row.get("group", ""),
        split=row.get("split", "").lower(),
    )


def _is_file(path: str) -> bool:
    """Tell whether a file is there; one that may not be looked at is not."""
    try:
        return Path(path).is_file()
    except OSError:
        return False


def _stratum(row: Row, label: str) -> str:
    """Return the column whose shares the drawn splits keep."""
    return "class" if "class" in row else label


def _refuse_for_folder(path: Path, set_name: str, label: str) -> None:
    if set_name or label != "class":
        wanted = f"the set '{set_name}'" if set_name else f"the label '{label}'"
        raise DataError(
            f"'{path.name}' is a folder and knows nothing of {wanted}: only a CSV "
            f"manifest has that. Name the manifest, or leave the option out."
        )


def _refuse_nothing_left(
    path: Path, kept: Sequence[ImageSource], set_name: str, splits: Sequence[str]
) -> None:
    if not kept:
        wanted = [f"set '{set_name}'"] if set_name else []
        wanted += [f"split '{','.join(splits)}'"] if splits else []
        raise DataError(
            f"'{path.name}' has no images of {' and '.join(wanted) or 'any kind'}. "
            f"Check the spelling, or leave the option out."
        )
    if len(missing_files(kept)) == len(kept):
        raise DataError(
            f"None of the {len(kept)} files that '{path.name}' names is there, "
            f"e.g. '{Path(kept[0].path).name}'. Paths must be absolute or relative to "
            f"the manifest; was it moved away from its images?"
        )
