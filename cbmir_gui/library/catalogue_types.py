"""Values of a catalogue of others: SQLite lets every column hold every type."""

import os
from collections.abc import Iterable
from typing import Any

from cbmir_gui.core.errors import LibraryDamagedError

Kinds = tuple[type | tuple[type, ...], ...]
_NO_VALUE = type(None)
MAX_FEATURE_DIM = 2**24

RECORD: Kinds = (
    *(int, str, (str, bytes, _NO_VALUE), int, int, int, int),
    *(str, str, str, str, str, str, int),
)
EXTRACTOR: Kinds = (str, str, int, str, str, int, str)
SEGMENT: Kinds = (int, str, int, str, str, int)
PLACE: Kinds = (str, int, int)
COUNT: Kinds = (str, int)
NUMBER: Kinds = (int,)
IMAGE_ID: Kinds = (str,)
JPEG: Kinds = (bytes,)
PATH: Kinds = ((str, bytes),)
KNOWN_FILE: Kinds = (str, (str, bytes), int, int)
ORIGIN: Kinds = (str, str, str, str)
BURNED_IN: Kinds = (str, str, (str, _NO_VALUE))


def require_types(rows: Iterable[tuple[Any, ...]], kinds: Kinds, name: str) -> None:
    """Check every value of rows, before the program computes with it.

    Parameters
    ----------
    name
        Of the library.

    Raises
    ------
    LibraryDamagedError
    """
    for row in rows:
        for value, kind in zip(row, kinds, strict=True):
            if not isinstance(value, kind):
                cause = f"its catalogue holds a {type(value).__name__} in a wrong place"
                raise LibraryDamagedError(name, cause)


def require_dimension(feature_dim: int, name: str) -> None:
    """Check the number of values of an extractor's features.

    Raises
    ------
    LibraryDamagedError
    """
    if not 0 < feature_dim <= MAX_FEATURE_DIM:
        cause = f"its catalogue names features of {feature_dim} values"
        raise LibraryDamagedError(name, cause)


def path_to_database(path: str) -> str | bytes:
    """Return a path as SQLite can hold it: names need not be UTF-8 on Linux."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return os.fsencode(path)
    return path


def path_from_database(stored: str | bytes) -> str:
    """Undo `path_to_database`."""
    return os.fsdecode(stored)
