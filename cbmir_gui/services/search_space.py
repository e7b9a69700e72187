"""The images that a search can find, by one extractor or by several at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cbmir_gui.core.errors import LibraryError
from cbmir_gui.core.records import FloatArray
from cbmir_gui.core.search_records import FUSED, Prediction
from cbmir_gui.library.entries import ImageOrigin
from cbmir_gui.services.class_prior import ClassPrior
from cbmir_gui.services.fusion import FusedIndex, FusedPart
from cbmir_gui.services.opened_library import OpenedLibrary
from cbmir_gui.services.related_images import Kinship
from cbmir_gui.services.search_parts import Part


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The images found, the first first: the nearest, unless a prior weighted them."""

    image_ids: tuple[str, ...]
    rows: NDArray[np.int64]
    """Of the images in the search space."""
    distances: tuple[float, ...]
    by_part: tuple[tuple[float, ...], ...]
    """For each image its distance by each part; empty tuples where there is one."""


class SearchSpace:
    """The images that have the features of every part, in the order of the library.

    Parameters
    ----------
    parts
        At least one.
    opened
        The features of each part.

    Raises
    ------
    LibraryError
        No image has the features of all parts.
    """

    def __init__(self, parts: Sequence[Part], opened: Sequence[OpenedLibrary]) -> None:
        self.parts = tuple(parts)
        self._opened = tuple(opened)
        self._rows = _common_rows(opened)
        if not len(self):
            names = " and ".join(f"'{part.name}'" for part in parts)
            raise LibraryError(
                f"No image of this library has the features of {names}. Complete them "
                f"with 'cbmir library extract', or choose other features."
            )

    def __len__(self) -> int:
        """Return the number of images that can be found."""
        return len(self._rows[0])

    @property
    def metric(self) -> str:
        """The distance, or `FUSED`."""
        return FUSED if len(self.parts) > 1 else self.parts[0].metric

    @property
    def class_names(self) -> NDArray[np.str_]:
        """Of the images, (num_images,)."""
        return self._opened[0].class_names[self._rows[0]]

    def kinship(self, query: ImageOrigin) -> Kinship:
        """Return how the images are related to a query."""
        origins, rows = self._opened[0].origins, self._rows[0]
        return Kinship(
            origins.same_patient(query)[rows], origins.same_study(query)[rows]
        )

    def features_of(self, image_id: str) -> tuple[FloatArray, ...] | None:
        """Return the stored features (1, feature_dim) of an image for each part.

        None where it cannot be found.
        """
        rows = [opened.row_of(image_id) for opened in self._opened]
        if min(rows) < 0:
            return None
        return tuple(
            opened.table.features[row : row + 1]
            for opened, row in zip(self._opened, rows, strict=True)
        )

    def search(
        self,
        features: Sequence[FloatArray],
        top: int,
        allowed: NDArray[np.bool_] | None = None,
        prior: Sequence[Prediction] = (),
    ) -> Found:
        """Return the `top` nearest images.

        Parameters
        ----------
        features
            (1, feature_dim) of the query for each part.
        allowed : (num_images,)
            Images that may be found; all if None.
        prior
            What the classifier says of the query: weights the ranking (see
            `class_prior`); the distances stay as they are. Empty: no weights.
        """
        first = self._opened[0]
        num_wanted, top = top, len(self) if prior else top
        if len(self.parts) == 1:
            found = first.index.search(features[0], top, self.parts[0].metric, allowed)
            rows, distances = found.rows[0], found.distances[0]
            by_part = np.empty((0, len(rows)), np.float32)
        else:
            fused = self._fused().search([part[0] for part in features], top, allowed)
            rows, distances, by_part = fused.rows, fused.distances, fused.by_part
        if prior:
            order = self._prior_order(prior, distances, rows)[:num_wanted]
            rows, distances, by_part = rows[order], distances[order], by_part[:, order]
        image_ids = first.table.image_ids
        return Found(
            tuple(image_ids[row] for row in self._rows[0][rows]),
            rows,
            tuple(distances.tolist()),
            tuple(map(tuple, by_part.T.tolist())),
        )

    def _prior_order(
        self,
        predicted: Sequence[Prediction],
        distances: NDArray[np.floating],
        rows: NDArray[np.int64],
    ) -> NDArray[np.int64]:
        prior = ClassPrior([entry.class_name for entry in predicted], self.class_names)
        probabilities = np.array([entry.probability for entry in predicted], np.float32)
        return prior.order(probabilities, distances, rows)

    def _fused(self) -> FusedIndex:
        return FusedIndex(
            [
                FusedPart(opened.index, part.metric, rows)
                for part, opened, rows in zip(
                    self.parts, self._opened, self._rows, strict=True
                )
            ]
        )


def _common_rows(opened: Sequence[OpenedLibrary]) -> list[NDArray[np.int64]]:
    """Return for each table the rows of the images that all have, in one order."""
    first, *others = opened
    if all(other.table.image_ids == first.table.image_ids for other in others):
        return [np.arange(len(first))] * len(opened)
    row_of = [
        {image_id: row for row, image_id in enumerate(table.table.image_ids)}
        for table in opened
    ]
    common = [
        image_id
        for image_id in first.table.image_ids
        if all(image_id in rows for rows in row_of)
    ]
    return [
        np.array([rows[image_id] for image_id in common], np.int64) for rows in row_of
    ]
