"""Late fusion: one ranking from the distances of several extractors.

For a query q, extractors p = 1 .. m and the images i = 1 .. n of the database::

    z_p(i)     = (d_p(i) - mean_p) / std_p
    fused(i)   = (z_1(i) + ... + z_m(i)) / m
    score(i)   = -fused(i)

`mean_p` and `std_p` (of the population) are taken over all n distances d_p of this
query. A score of 3 says: on average three standard deviations nearer to the query than
the average image of the database. Standardised scores were found to combine well by
Montague and Aslam, "Relevance score normalization for metasearch", CIKM 2001; unlike
minimum and maximum, one image that is the query itself hardly moves them. Where all
distances of an extractor are equal it says nothing, and its z_p is 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cbmir_gui.core.records import FloatArray, Metric
from cbmir_gui.index.exact import ExactIndex

Fused = NDArray[np.float64]


def standardise(distances: FloatArray) -> Fused:
    """Return z of the distances (n,); infinite where they are not finite.

    Mean and standard deviation are those of the finite distances.
    """
    values = distances.astype(np.float64)
    finite = np.isfinite(values)
    known = values[finite]
    standardised = np.full(values.shape, np.inf)
    spread = known.std() if known.size else 0.0
    standardised[finite] = (known - known.mean()) / spread if spread > 0 else 0.0
    return standardised


def fuse(distances: FloatArray) -> Fused:
    """Return the mean of the standardised distances (n,), small for alike.

    Parameters
    ----------
    distances : (m, n)
        One row for each extractor, the images in the same order.
    """
    standardised = np.stack([standardise(part) for part in distances])
    return np.asarray(standardised.mean(axis=0), np.float64)


def nearest(
    fused: Fused, k: int, allowed: NDArray[np.bool_] | None = None
) -> NDArray[np.int64]:
    """Return the rows of the `k` smallest values; equal ones keep their order.

    Parameters
    ----------
    fused : (n,)
    k
        More than there are rows means all of them.
    allowed : (n,)
        Rows that may be found; all if None.
    """
    rows = np.arange(len(fused)) if allowed is None else np.flatnonzero(allowed)
    return rows[np.argsort(fused[rows], kind="stable")[:k]]


@dataclass(frozen=True, slots=True, eq=False)
class FusedPart:
    """The features of one extractor."""

    index: ExactIndex
    metric: Metric
    rows: NDArray[np.int64]
    """(n,): where each image of the database is in `index`."""


@dataclass(frozen=True, slots=True, eq=False)
class FusedNeighbors:
    """The nearest images of one query, nearest first."""

    rows: NDArray[np.int64]
    """(k,): images of the database."""
    distances: Fused
    """(k,): fused."""
    by_part: FloatArray
    """(m, k): distances of each extractor."""


class FusedIndex:
    """The images of a database by the features of several extractors.

    Parameters
    ----------
    parts : at least one
        All with the same n images.

    Raises
    ------
    ValueError
        The parts differ in their number of images.
    """

    def __init__(self, parts: Sequence[FusedPart]) -> None:
        lengths = {len(part.rows) for part in parts}
        if len(lengths) != 1:
            raise ValueError(f"parts must have the same images, but have {lengths}")
        self._parts = tuple(parts)

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self._parts[0].rows)

    def search(
        self,
        query: Sequence[FloatArray],
        k: int,
        allowed: NDArray[np.bool_] | None = None,
    ) -> FusedNeighbors:
        """Return the `k` nearest images; every distance is exact.

        Parameters
        ----------
        query
            (feature_dim,) for each part.
        k
            At least 1; more than there are images means all of them.
        allowed : (n,)
            Images that may be found; all if None. Mean and standard deviation are
            those of all images.

        Raises
        ------
        ValueError
            Shapes do not fit.
        """
        distances = np.stack(
            [
                part.index.distances(values, part.metric)[part.rows]
                for part, values in zip(self._parts, query, strict=True)
            ]
        )
        fused = fuse(distances)
        rows = nearest(fused, k, allowed)
        return FusedNeighbors(rows, fused[rows], distances[:, rows])
