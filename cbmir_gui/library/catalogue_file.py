"""The file of a catalogue, open to be read: its connection, settings and rows."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from cbmir_gui.core.errors import LibraryDamagedError
from cbmir_gui.library import catalogue_types as types
from cbmir_gui.library.catalogue_errors import reading
from cbmir_gui.library.catalogue_schema import CATALOGUE_FILE, connect_to_read

_Parsed = TypeVar("_Parsed")


class OpenCatalogue:
    """A connection whose failures are translated and whose values are checked."""

    def __init__(self, connection: sqlite3.Connection, folder: Path) -> None:
        self._connection = connection
        self.folder = folder

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the catalogue of a library to read it.

        Parameters
        ----------
        path
            The library's folder, or its library.sqlite.

        Raises
        ------
        LibraryNotFoundError, NotALibraryError, LibraryVersionError, LibraryDamagedError
        """
        folder = path.parent if path.name == CATALOGUE_FILE else path
        return cls(connect_to_read(folder / CATALOGUE_FILE), folder)

    def __enter__(self) -> Self:
        """Use the catalogue in a with statement."""
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the catalogue."""
        self.close()

    def close(self) -> None:
        """Close the file; the object cannot be used any more."""
        self._connection.close()

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let all reads of the block see the same commit; keep it short."""
        with reading(self.folder.name):
            self._connection.execute("BEGIN")
            try:
                yield
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    def _setting(self, name: str) -> str:
        rows = self._rows("SELECT value FROM setting WHERE name = ?", (name,))
        if not rows:
            raise LibraryDamagedError(self.folder.name, f"it has no '{name}'")
        return str(rows[0][0])

    def _parsed(self, name: str, parse: Callable[[str], _Parsed]) -> _Parsed:
        try:
            return parse(self._setting(name))
        except ValueError as error:
            cause = f"its '{name}' cannot be read"
            raise LibraryDamagedError(self.folder.name, cause) from error

    def _number(self, query: str, values: Sequence[object] = ()) -> int:
        return int(self._typed_rows(types.NUMBER, query, values)[0][0])

    def _typed_rows(
        self, kinds: types.Kinds, query: str, values: Sequence[object] = ()
    ) -> list[Any]:
        rows = self._rows(query, values)
        types.require_types(rows, kinds, self.folder.name)
        return rows

    def _rows(self, query: str, values: Sequence[object] = ()) -> list[Any]:
        # All rows at once: an open cursor would keep a writer from its commit.
        with reading(self.folder.name):
            return self._connection.execute(query, tuple(values)).fetchall()
