"""Write what a library knows to one file for other programs.

A ``.csv`` file is a manifest that ``cbmir index`` reads back::

    file,class,group,diagnosis,modality

A ``.json`` file is an index with the features too, one image per line::

    {"format": "cbmir-index", "version": 1, "library": ..., "extractor": {...},
     "images": [
      {"file": ..., "image_id": ..., "frame": 1, "class": ..., "diagnosis": ...,
       "modality": ..., "features": [...]},
      ...
    ]}
"""

import csv
import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TextIO

from cbmir_gui.core.errors import (
    EmptyLibraryError,
    LibraryError,
    LibraryMismatchError,
    StorageError,
)
from cbmir_gui.core.records import ExtractorInfo, ImageRecord
from cbmir_gui.library.library import Library

COLUMNS = ("file", "class", "group", "diagnosis", "modality")
_DECIMALS = 6


def export_library(folder: Path, out: Path, model: str = "", layer: str = "") -> int:
    """Write a library to `out`, as its suffix says; return the number of images.

    Parameters
    ----------
    model, layer
        Whose features a ``.json`` file gets; empty: the library's default.

    Raises
    ------
    LibraryError
        The library cannot be read or is empty, `out` is there already, or its suffix
        is another.
    StorageError
        `out` cannot be written.
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
                number = _write_index(library, stream, model, layer)
        temporary.replace(out)
    except OSError as error:
        raise StorageError(f"'{out.name}'", error.strerror or str(error)) from error
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


def _write_index(library: Library, stream: TextIO, model: str, layer: str) -> int:
    extractor = _find_extractor(library, model, layer)
    heading = {
        "format": "cbmir-index",
        "version": 1,
        "library": library.catalogue.name,
        "extractor": asdict(extractor),
    }
    stream.write(f'{json.dumps(heading)[:-1]},\n "images": [\n')
    number = 0
    for line in _index_lines(library, extractor.key):
        stream.write(f"{',' if number else ''}\n  {line}")
        number += 1
    stream.write("\n]}\n")
    return number


def _index_lines(library: Library, key: str) -> Iterator[str]:
    table = library.features(key)
    records = library.catalogue.records_by_id(table.image_ids)
    for image_id, row in zip(table.image_ids, table.features, strict=True):
        if image_id not in records:  # removed since the features were read
            continue
        features = [round(float(value), _DECIMALS) for value in row]
        yield json.dumps(_describe(records[image_id]) | {"features": features})


def _describe(record: ImageRecord) -> dict[str, object]:
    return {
        "file": record.path,
        "image_id": record.image_id,
        "frame": record.frame,
        "class": record.class_name,
        "diagnosis": record.diagnosis,
        "modality": record.modality,
    }


def _find_extractor(library: Library, model: str, layer: str) -> ExtractorInfo:
    offered = library.catalogue.extractors()
    default = library.catalogue.default_extractor()
    if not offered:
        raise EmptyLibraryError(library.catalogue.name)
    for info in sorted(offered, key=lambda info: info.key != default):
        if model in {"", info.model} and layer in {"", info.layer}:
            return info
    raise LibraryMismatchError(default, f"{model} {layer}".strip())
