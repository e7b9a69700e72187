"""The features of one library and extractor in memory, ready to be searched."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cbmir_gui.core.errors import LibraryDamagedError
from cbmir_gui.core.records import ExtractorInfo
from cbmir_gui.index.exact import ExactIndex
from cbmir_gui.library.catalogue_schema import CATALOGUE_FILE
from cbmir_gui.library.entries import FeatureLayout, ImageOrigin
from cbmir_gui.library.feature_table import FeatureTable, fill_rows
from cbmir_gui.library.library import Library
from cbmir_gui.services.related_images import Origins

_BLOCK_ROWS = 256

Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True, eq=False)
class OpenedLibrary:
    """What a search needs of a library, as of one commit."""

    stamp: Stamp
    """Of the commit; differs after any change, and for another library."""
    table: FeatureTable
    index: ExactIndex
    class_names: NDArray[np.str_]
    """(num_images,) in the order of the table."""
    origins: Origins
    """Of the images, in the order of the table."""

    def __len__(self) -> int:
        """Return the number of images that can be found."""
        return len(self.table.image_ids)

    @property
    def extractor(self) -> ExtractorInfo:
        """Who made the features."""
        return self.table.extractor

    def row_of(self, image_id: str) -> int:
        """Return the row of an image; -1 where it has no features."""
        try:
            return self.table.image_ids.index(image_id)
        except ValueError:
            return -1


def stamp_of(library: Library) -> Stamp:
    """Return what changes with every commit, and when a library is replaced."""
    status = (library.folder / CATALOGUE_FILE).stat()
    return status.st_dev, status.st_ino, library.change_number()


def open_features(
    library: Library, key: str, former: OpenedLibrary | None = None
) -> OpenedLibrary:
    """Bring the features of one extractor into memory.

    Parameters
    ----------
    former
        The same library and extractor before a change: its rows are taken over, and
        only what is new is read.

    Raises
    ------
    EmptyLibraryError, LibraryMismatchError, LibraryDamagedError
    """
    stamp = stamp_of(library)
    if former is not None and former.stamp[:2] != stamp[:2]:
        former = None
    table, index = _load(library, key, former)
    classes = {
        record.image_id: record.class_name for record in library.catalogue.records()
    }
    names = [classes.get(image_id, "") for image_id in table.image_ids]
    known = {origin.image_id: origin for origin in library.catalogue.origins()}
    origins = Origins(
        [known.get(image_id, ImageOrigin(image_id)) for image_id in table.image_ids]
    )
    return OpenedLibrary(stamp, table, index, np.array(names, dtype=np.str_), origins)


def _load(
    library: Library, key: str, former: OpenedLibrary | None
) -> tuple[FeatureTable, ExactIndex]:
    layout = library.catalogue.feature_layout(key) if former is not None else None
    if former is None or layout is None:
        table = library.features(key)
        return table, ExactIndex(table.features)
    sources = layout.sources()
    is_same = layout.image_ids == former.table.image_ids
    if is_same and sources == former.table.sources:
        return former.table, former.index
    try:
        table = _update(former.table, library.folder, layout, sources)
    except LibraryDamagedError:
        # A compaction may have replaced the segments meanwhile; this tries again.
        table = library.features(key)
    return table, ExactIndex(table.features)


def _update(
    old: FeatureTable,
    folder: Path,
    layout: FeatureLayout,
    sources: tuple[tuple[str, int], ...],
) -> FeatureTable:
    """Copy what is known and read what is new.

    An image may get other features when it was found to have those of another one, so
    rows are known by where they come from.
    """
    row_of = {source: row for row, source in enumerate(old.sources)}
    rows = np.array([row_of.get(source, -1) for source in sources])
    features = np.empty((len(rows), old.features.shape[1]), np.float32)
    known = np.flatnonzero(rows >= 0)
    for start in range(0, len(known), _BLOCK_ROWS):
        targets = known[start : start + _BLOCK_ROWS]
        features[targets] = old.features[rows[targets]]
    new = np.flatnonzero(rows < 0)
    fresh = np.empty((len(new), features.shape[1]), np.float32)
    places = [layout.places[row] for row in new]
    fill_rows(folder, layout.segments, places, fresh)
    features[new] = fresh
    return FeatureTable(layout.extractor, layout.image_ids, features, sources)
