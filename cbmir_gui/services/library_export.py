"""Write what a library knows to one file for other programs.

A ``.csv`` file is a manifest that ``cbmir index`` reads back::

    file,class,group,diagnosis,modality

A ``.json`` file is an index with the features too, which ``cbmir library import-index``
reads back: see `json_index`.
"""

import csv
import os
from pathlib import Path
from typing import TextIO

from cbmir_gui.core.errors import (
    EmptyLibraryError,
    LibraryError,
    LibraryMismatchError,
    StorageError,
)
from cbmir_gui.core.progress import Progress, no_progress
from cbmir_gui.core.records import ExtractorInfo
from cbmir_gui.library.library import Library
from cbmir_gui.services.json_index import write_index

COLUMNS = ("file", "class", "group", "diagnosis", "modality")


def export_library(
    folder: Path,
    out: Path,
    model: str = "",
    layer: str = "",
    progress: Progress = no_progress,
) -> int:
    """Write a library to `out`, as its suffix says; return the number of images.

    Parameters
    ----------
    model, layer
        Whose features a ``.json`` file gets; empty: the library's default.
    progress
        Of a ``.json`` file.

    Raises
    ------
    LibraryError
        The library cannot be read or is empty, `out` is there already, or its suffix
        is another.
    StorageError
        `out` cannot be written.
    Cancelled
        `progress` asked to stop; nothing is written.
    """
    if out.suffix.lower() not in {".csv", ".json"}:
        raise LibraryError(
            f"'{out.name}' says no format: expected a name that ends in .csv "
            f"(manifest) or .json (index with features)."
        )
    if out.exists():
        raise LibraryError(
            f"There is already a file '{out.name}'. Choose another name, or delete it."
        )
    temporary = out.with_name(f".{out.name}.{os.getpid()}.new")
    try:
        # Names of files need not be valid text; they are written as they are.
        with (
            Library.open(folder, read_only=True) as library,
            temporary.open(
                "w", encoding="utf-8", errors="surrogateescape", newline=""
            ) as stream,
        ):
            if out.suffix.lower() == ".csv":
                number = _write_manifest(library, stream)
            else:
                extractor = _find_extractor(library, model, layer)
                number = write_index(library, stream, extractor, progress)
        temporary.replace(out)
    except OSError as error:
        raise StorageError(f"'{out.name}'", error) from error
    finally:
        temporary.unlink(missing_ok=True)
    return number


def _write_manifest(library: Library, stream: TextIO) -> int:
    records = library.catalogue.records()
    if not records:
        raise EmptyLibraryError(library.catalogue.name)
    writer = csv.writer(stream)
    writer.writerow(COLUMNS)
    for record in records:
        writer.writerow(
            (
                record.path,
                record.class_name,
                record.group,
                record.diagnosis,
                record.modality,
            )
        )
    return len(records)


def export_index(
    folder: Path,
    out: Path,
    model: str = "",
    layer: str = "",
    progress: Progress = no_progress,
) -> int:
    """Write a library's features, file names and labels as a JSON index.

    Parameters and errors are those of `export_library`; `out` ends in ``.json``.
    """
    if out.suffix.lower() != ".json":
        raise LibraryError(f"'{out.name}' must end in .json. Choose another name.")
    return export_library(folder, out, model, layer, progress)


def _find_extractor(library: Library, model: str, layer: str) -> ExtractorInfo:
    offered = library.catalogue.extractors()
    default = library.catalogue.default_extractor()
    if not offered:
        raise EmptyLibraryError(library.catalogue.name)
    for info in sorted(offered, key=lambda info: info.key != default):
        if model in {"", info.model} and layer in {"", info.layer}:
            return info
    raise LibraryMismatchError(default, f"{model} {layer}".strip())
