"""All features of a library in one array, read from its segments."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cbmir_gui.core.errors import LibraryDamagedError, LibraryUnreadableError
from cbmir_gui.core.records import ExtractorInfo, FloatArray
from cbmir_gui.library.entries import FeatureLayout, SegmentInfo
from cbmir_gui.library.segment_checks import STORAGES
from cbmir_gui.library.segments import read_blocks, segment_path

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class FeatureTable:
    """The features of one extractor, in the library's order."""

    extractor: ExtractorInfo
    image_ids: tuple[str, ...]
    features: FloatArray
    """(num_images, feature_dim), C-contiguous; row i belongs to image_ids[i]."""
    sources: tuple[tuple[str, int], ...]
    """Where each row comes from: the same source always has the same features."""


def load_features(library: Path, layout: FeatureLayout) -> FeatureTable:
    """Read the features that `layout` names, holding them once in memory.

    Raises
    ------
    LibraryDamagedError
        A segment is missing or damaged.
    LibraryUnreadableError
        The disk or share does not give one now.
    """
    shape = (len(layout.image_ids), layout.extractor.feature_dim)
    _refuse_more_than_there_is(library, layout)
    features = np.empty(shape, dtype=np.float32)
    fill_rows(library, layout.segments, layout.places, features)
    return FeatureTable(layout.extractor, layout.image_ids, features, layout.sources())


def _refuse_more_than_there_is(library: Path, layout: FeatureLayout) -> None:
    """Check what a catalogue claims before memory is taken for it."""
    size_bytes = 0
    for segment in layout.segments:
        path = segment_path(library, segment.extractor.key, segment.number)
        try:
            size_bytes += path.stat().st_size
        except FileNotFoundError:
            continue  # it is missed when it is read
        except OSError as error:
            cause = error.strerror or "input/output error"
            raise LibraryUnreadableError(library.name, cause) from error
    smallest = min(storage.itemsize for storage in STORAGES.values())
    num_values = len(layout.places) * layout.extractor.feature_dim
    is_repeated = len(set(layout.places)) < len(layout.places)
    if is_repeated or num_values * smallest > size_bytes:
        cause = "its catalogue names more features than its files hold"
        raise LibraryDamagedError(library.name, cause)


def fill_rows(
    library: Path,
    segments: Sequence[SegmentInfo],
    places: Sequence[tuple[int, int]],
    target: NDArray[np.floating[Any]],
) -> None:
    """Copy row ``places[i] = (segment number, row)`` to ``target[i]``, for all i.

    Parameters
    ----------
    target : (len(places), feature_dim)

    Raises
    ------
    LibraryDamagedError
        A segment is missing or damaged, or has too few rows.
    """
    numbers, rows = np.array(places, dtype=np.int64).reshape(-1, 2).T
    order = np.lexsort((rows, numbers))
    sorted_numbers = numbers[order]
    known = {segment.number for segment in segments}
    if not set(np.unique(sorted_numbers)) <= known:
        cause = "its catalogue names features of a segment that it does not name"
        raise LibraryDamagedError(library.name, cause)
    for segment in segments:
        start, stop = np.searchsorted(
            sorted_numbers, [segment.number, segment.number + 1]
        )
        wanted = order[start:stop]
        if len(wanted):
            _fill_from_segment(library, segment, rows[wanted], wanted, target)


def _fill_from_segment(
    library: Path,
    segment: SegmentInfo,
    rows: Rows,
    targets: Rows,
    target: NDArray[np.floating[Any]],
) -> None:
    """Copy rows of one segment, given in rising order, to rows of `target`."""
    if rows[0] < 0 or rows[-1] >= segment.num_rows:
        cause = f"its catalogue names rows that segment {segment.number} does not have"
        raise LibraryDamagedError(library.name, cause)
    path = segment_path(library, segment.extractor.key, segment.number)
    for first, block in read_blocks(path, segment, library.name):
        start, stop = np.searchsorted(rows, [first, first + len(block)])
        _copy_rows(block, rows[start:stop] - first, targets[start:stop], target)


def _copy_rows(
    block: NDArray[np.floating[Any]],
    rows: Rows,
    targets: Rows,
    target: NDArray[np.floating[Any]],
) -> None:
    if len(rows) == 0:
        return
    if _is_run(rows) and _is_run(targets):
        # The common case, converted in place without a copy of the block.
        target[targets[0] : targets[0] + len(targets)] = block[
            rows[0] : rows[0] + len(rows)
        ]
    else:
        target[targets] = block[rows]


def _is_run(numbers: Rows) -> bool:
    return bool((np.diff(numbers) == 1).all())
