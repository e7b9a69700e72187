"""Measured rows on disk: one JSON file per row, so that a killed comparison goes on."""

import json
import os
import re
from pathlib import Path

from cbmir_gui.core.errors import StorageError
from cbmir_gui.services.compare.measuring import Document

FOLDER = "cache"


class RowCache:
    """The folder `cache` of a comparison.

    Parameters
    ----------
    out : Path
        Folder of the comparison.

    Raises
    ------
    StorageError
        It cannot be made.
    """

    def __init__(self, out: Path) -> None:
        self._folder = out / FOLDER
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"The folder '{out.name}'", error) from error

    def load(self, name: str, key: str) -> Document | None:
        """Return a row that was measured with the same key; None if there is none."""
        try:
            stored = json.loads(self._path(name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None  # missing or cut short: it is measured again
        if not isinstance(stored, dict) or stored.pop("key", None) != key:
            return None
        return stored

    def save(self, name: str, key: str, row: Document) -> None:
        """Keep a row; a crash leaves the old file or the new one.

        Raises
        ------
        StorageError
            The disk is full or the folder cannot be written.
        """
        path = self._path(name)
        temporary = path.with_name(f"{path.name}.{os.getpid()}.new")
        try:
            text = json.dumps({"key": key, **row}, indent=1, allow_nan=False)
            temporary.write_text(text + "\n", encoding="utf-8")
            temporary.replace(path)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise StorageError(f"'{path.name}'", error) from error

    def _path(self, name: str) -> Path:
        return self._folder / f"{re.sub('[^A-Za-z0-9._+@-]', '_', name)}.json"
