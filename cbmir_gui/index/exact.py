"""Exact nearest neighbours: every query is compared with every row."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cbmir_gui.core.records import METRICS, FloatArray, Metric
from cbmir_gui.index.distances import (
    distances_from_squares,
    exact_squares,
    fast_squares,
    row_norms,
)

NUM_EXACT = 128
"""So many of the nearest rows have exact distances and an exact order."""
_BLOCK_VALUES = 2**23
"""Distances held at once: 32 MiB of float32."""
_EXACT_BLOCK_VALUES = 2**20
"""Features copied at once where every distance is exact: 4 MiB, for the cache."""
_TIE_TOLERANCE = 1e-5
"""Part of the squared lengths; above the rounding of a float32 product."""


@dataclass(frozen=True, slots=True, eq=False)
class Neighbors:
    """The nearest rows of each query, nearest first."""

    rows: NDArray[np.int64]
    """(q, k)"""
    distances: FloatArray
    """(q, k), not falling within a row."""


class ExactIndex:
    """Features in memory and their lengths.

    Parameters
    ----------
    features : (n, d)
        Not copied if it is a contiguous float32 array; must not change afterwards.
    """

    def __init__(self, features: FloatArray) -> None:
        if features.ndim != 2:
            raise ValueError(
                f"features must have the shape (n, d), but have {features.shape}"
            )
        self._features = np.ascontiguousarray(features, dtype=np.float32)
        self._norms = row_norms(self._features)
        finite = self._norms[np.isfinite(self._norms)]
        self._largest_square = float(finite.max(initial=0)) ** 2

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._features)

    @property
    def feature_dim(self) -> int:
        """Values per row."""
        return int(self._features.shape[1])

    def search(
        self,
        queries: FloatArray,
        k: int,
        metric: Metric,
        allowed: NDArray[np.bool_] | None = None,
    ) -> Neighbors:
        """Return the `k` nearest rows of each query; rows equally far keep their order.

        The first `NUM_EXACT` distances are exact, and so is the order among them;
        those behind carry the rounding of the matrix product.

        Parameters
        ----------
        queries : (q, d)
        k
            At least 1; more than there are rows means all of them.
        allowed : (n,)
            Rows that may be found; all if None.

        Raises
        ------
        ValueError
            Shapes or the metric do not fit.
        """
        self._check(queries, k, metric, allowed)
        queries = np.ascontiguousarray(queries, dtype=np.float32)
        candidates = (
            np.arange(len(self)) if allowed is None else np.flatnonzero(allowed)
        )
        num_found = min(k, len(candidates))
        rows = np.zeros((len(queries), num_found), np.int64)
        distances = np.zeros((len(queries), num_found), np.float32)
        if num_found == 0:
            return Neighbors(rows, distances)
        norms = row_norms(queries)
        for block in self._blocks(len(queries)):
            squares = fast_squares(
                queries[block], self._features, norms[block], self._norms, metric
            )
            if allowed is not None:
                squares = squares[:, candidates]
            for index, fast in enumerate(squares, start=block.start):
                rows[index], distances[index] = self._nearest(
                    queries[index], norms[index], candidates, fast, num_found, metric
                )
        return Neighbors(rows, distances)

    def distances(self, query: FloatArray, metric: Metric) -> FloatArray:
        """Return the exact distance of one query (d,) to every row, as (n,).

        Several times as slow as `search`; equal rows have equal distances.

        Raises
        ------
        ValueError
            Shapes or the metric do not fit.
        """
        self._check(query[np.newaxis], 1, metric, None)
        query = np.ascontiguousarray(query, dtype=np.float32)
        norm = row_norms(query[np.newaxis])[0]
        squares = np.empty(len(self), np.float32)
        size = max(1, _EXACT_BLOCK_VALUES // max(1, self.feature_dim))
        for start in range(0, len(self), size):
            block = slice(start, start + size)
            squares[block] = exact_squares(
                query, self._features[block].copy(), norm, self._norms[block], metric
            )
        return distances_from_squares(squares, metric)

    def _nearest(
        self,
        query: FloatArray,
        query_norm: np.float32,
        candidates: NDArray[np.int64],
        fast: FloatArray,
        k: int,
        metric: Metric,
    ) -> tuple[NDArray[np.int64], FloatArray]:
        """Return rows (k,) and distances (k,) of one query.

        `fast` (m,) are the squares of `candidates` (m,).
        """
        scale = 4.0
        if metric == "euclidean":
            scale = float(query_norm) ** 2 + self._largest_square
        head, tail = _head_and_tail(fast, k, _TIE_TOLERANCE * scale)
        rows = candidates[head]
        exact = exact_squares(
            query, self._features[rows], query_norm, self._norms[rows], metric
        )
        order = np.argsort(exact, kind="stable")[:k]
        squares = np.concatenate([exact[order], fast[tail]])
        # Rounding must not make the first rough distance smaller than the last exact.
        np.maximum.accumulate(squares, out=squares)
        rows = np.concatenate([rows[order], candidates[tail]])
        return rows, distances_from_squares(squares, metric)

    def _blocks(self, num_queries: int) -> Iterator[slice]:
        size = max(1, _BLOCK_VALUES // max(1, len(self)))
        for start in range(0, num_queries, size):
            yield slice(start, start + size)

    def _check(
        self,
        queries: FloatArray,
        k: int,
        metric: Metric,
        allowed: NDArray[np.bool_] | None,
    ) -> None:
        if queries.ndim != 2 or queries.shape[1] != self.feature_dim:
            raise ValueError(
                f"queries must have the shape (q, {self.feature_dim}), "
                f"but have {queries.shape}"
            )
        if k < 1:
            raise ValueError(f"k must be at least 1, but is {k}")
        if metric not in METRICS:
            raise ValueError(f"metric must be one of {METRICS}, but is '{metric}'")
        if allowed is not None and allowed.shape != (len(self),):
            raise ValueError(
                f"allowed must have the shape ({len(self)},), but has {allowed.shape}"
            )


def _head_and_tail(
    fast: FloatArray, k: int, tolerance: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Choose what to compute exactly, in row order, and what follows it.

    All that may tie with the k-th belongs to the head, or its order would be left to
    the rounding of the matrix product.
    """
    if k <= NUM_EXACT:
        limit = np.partition(fast, k - 1)[k - 1]
        head = np.flatnonzero(fast <= limit + tolerance)
        if k <= len(head) <= 2 * NUM_EXACT:
            return head, head[:0]
    order = np.argsort(fast, kind="stable")
    return np.sort(order[: 2 * NUM_EXACT]), order[2 * NUM_EXACT : k]
