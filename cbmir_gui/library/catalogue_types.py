"""Values of a catalogue of others: SQLite lets every column hold every type."""

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
