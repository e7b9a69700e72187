"""The JSON index: features, file names and labels of a library in one text file.

One image per line, so that other programs can read it in pieces too::

    {"format": "cbmir-index", "version": 1, "library": ..., "extractor": {...},
     "images": [
      {"file": ..., "image_id": ..., "frame": 1, "num_frames": 1, "width": ...,
       "height": ..., "class": ..., "diagnosis": ..., "modality": ..., "body_part": ...,
       "group": ..., "features": [...]},
      ...
    ]}

Numbers have nine digits, which is all that a float32 holds: an index that is read back
gives the same search results.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import TextIO

import numpy as np

from cbmir_gui.core.errors import LibraryDamagedError
from cbmir_gui.core.progress import Progress, no_progress
from cbmir_gui.core.records import ExtractorInfo, FloatArray, ImageRecord
from cbmir_gui.library.library import Library

FORMAT = "cbmir-index"
VERSION = 1
FIELD_TYPES: dict[str, type] = {
    "file": str,
    "image_id": str,
    "frame": int,
    "num_frames": int,
    "width": int,
    "height": int,
    "class": str,
    "diagnosis": str,
    "modality": str,
    "body_part": str,
    "group": str,
    "features": list,
}
"""What stands there of each image."""


def write_index(
    library: Library,
    stream: TextIO,
    extractor: ExtractorInfo,
    progress: Progress = no_progress,
) -> int:
    """Write the images that have features of an extractor; return their number.

    Raises
    ------
    LibraryDamagedError
        The features cannot be read, or are not finite numbers.
    Cancelled
        `progress` asked to stop.
    """
    heading = {
        "format": FORMAT,
        "version": VERSION,
        "library": library.catalogue.name,
        "extractor": asdict(extractor),
    }
    stream.write(f'{json.dumps(heading)[:-1]},\n "images": [\n')
    number = 0
    for line in _lines(library, extractor.key, progress):
        stream.write(f"{',' if number else ''}\n  {line}")
        number += 1
    stream.write("\n]}\n")
    return number


def _lines(library: Library, key: str, progress: Progress) -> Iterator[str]:
    table = library.features(key)
    records = library.catalogue.records_by_id(table.image_ids)
    named = zip(table.image_ids, table.features, strict=True)
    for done, (image_id, row) in enumerate(named):
        progress(done, len(table.image_ids))
        if image_id not in records:  # removed since the features were read
            continue
        if not np.isfinite(row).all():
            raise LibraryDamagedError(
                library.catalogue.name, "some of its features are no finite numbers"
            )
        described = json.dumps(_describe(records[image_id]))
        yield f'{described[:-1]}, "features": [{_numbers(row)}]}}'


def _numbers(row: FloatArray) -> str:
    return ", ".join([f"{value:.9g}" for value in row.tolist()])


def _describe(record: ImageRecord) -> dict[str, object]:
    return {
        "file": record.path,
        "image_id": record.image_id,
        "frame": record.frame,
        "num_frames": record.num_frames,
        "width": record.width,
        "height": record.height,
        "class": record.class_name,
        "diagnosis": record.diagnosis,
        "modality": record.modality,
        "body_part": record.body_part,
        "group": record.group,
    }
