"""What makes a manifest, or class folders, unfit to be used; each check names the cure.

Every check raises `DataError`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from cbmir_gui.core.errors import DataError
from cbmir_gui.core.records import ImageSource
from cbmir_gui.sources.class_names import class_name_problem
from cbmir_gui.sources.folders import SPLITS

_NUM_NAMED = 5
_LINE_BREAKS = {"\n", "\r"}
_NAMES = ("file", "class", "group", "split", "diagnosis", "modality", "sets")
"""Columns of one line each."""


def refuse_open_quotes(
    path: Path, rows: Sequence[tuple[int, Mapping[str, str]]]
) -> None:
    """Refuse names of several lines: a quote that is not closed swallows lines.

    Parameters
    ----------
    rows
        Each with the number of its first line.
    """
    for line, row in rows:
        for name in _NAMES:
            if not _LINE_BREAKS.isdisjoint(row.get(name, "")):
                raise DataError(
                    f"The manifest '{path.name}' has an unclosed quote in line {line}: "
                    f"its {name} goes on in the next line. Close or remove the quote."
                )


def refuse_bad_names(name: str, sources: Sequence[ImageSource]) -> None:
    """Refuse class names that no list could show.

    Parameters
    ----------
    name
        Of the data, to be told.
    """
    for problem, bad in _bad_names(sources).items():
        shown = ["".join(c if c.isprintable() else "?" for c in n[:20]) for n in bad]
        raise DataError(
            f"'{name}' has class names {problem}: {some([f'{n}...' for n in shown])}. "
            f"Give these classes other names."
        )


def _bad_names(sources: Sequence[ImageSource]) -> dict[str, list[str]]:
    """Return the class names that cannot be used, by what is wrong with them."""
    found: dict[str, list[str]] = {}
    for name in sorted({source.class_name for source in sources}):
        problem = class_name_problem(name)
        if problem:
            found.setdefault(problem, []).append(name)
    return found


def refuse_bad_labels(path: Path, sources: Sequence[ImageSource]) -> None:
    """Refuse a file with two classes, splits or groups: it could be on two sides."""
    said = {(s.path, s.class_name, s.split, s.group) for s in sources}
    num_said = Counter(file for file, *_ in said)
    twice = sorted(Path(file).name for file, num in num_said.items() if num > 1)
    if twice:
        raise DataError(
            f"The manifest '{path.name}' gives {len(twice)} files two classes, splits "
            f"or groups: {some(twice)}. Keep one line for each file."
        )


def refuse_unknown_splits(path: Path, sources: Sequence[ImageSource]) -> None:
    """Refuse other splits than train, val, test and none."""
    unknown = [s.split for s in sources if s.split not in {"", *SPLITS}]
    if unknown:
        raise DataError(
            f"The manifest '{path.name}' has {len(unknown)} lines with the split "
            f"{some(sorted(set(unknown)))}: expected train, val or test, or nothing. "
            f"Rename it."
        )


def some(names: Sequence[str]) -> str:
    """Return the first names quoted, and how many more there are."""
    shown = ", ".join(f"'{name}'" for name in names[:_NUM_NAMED])
    rest = len(names) - _NUM_NAMED
    return f"{shown} and {rest} more" if rest > 0 else shown
