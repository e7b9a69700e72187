"""Cosine and Euclidean distances by way of squared differences.

Both metrics come from the square of a difference: of the vectors for the Euclidean
distance, of the vectors scaled to length 1 for the cosine distance, since
``|q/|q| - x/|x||^2 = 2 (1 - cos)``. The square is had in two grades. *Fast* ones are
one matrix product; rounding leaves them an error of about 1e-6 of the vectors' squared
lengths. *Exact* ones subtract first: they are 0 for equal vectors and do not depend on
the place of a row.
"""

import numpy as np

from cbmir_gui.core.records import FloatArray, Metric


def row_norms(vectors: FloatArray) -> FloatArray:
    """Return the Euclidean length of each row of (n, d) as (n,)."""
    return np.sqrt(_squared_lengths(vectors))


def fast_squares(
    queries: FloatArray,
    features: FloatArray,
    query_norms: FloatArray,
    feature_norms: FloatArray,
    metric: Metric,
) -> FloatArray:
    """Return all squared differences with one matrix product.

    ``cosine``: 2 - 2 q.x / (|q| |x|), and 2 where a vector is zero.
    ``euclidean``: |q|^2 + |x|^2 - 2 q.x.

    Parameters
    ----------
    queries : (q, d)
    features : (n, d)
    query_norms, feature_norms : (q,), (n,)
        As `row_norms` gives them.

    Returns
    -------
    (q, n)
        At least 0; infinite where features are not finite numbers.
    """
    squares: FloatArray = queries @ features.T
    squares *= -2
    if metric == "cosine":
        # A zero vector has the product 0 with everything, hence the distance 1.
        squares /= _or_one(query_norms)[:, np.newaxis]
        squares /= _or_one(feature_norms)
        squares += 2
    else:
        squares += (query_norms**2)[:, np.newaxis]
        squares += feature_norms**2
    np.maximum(squares, 0, out=squares)
    squares[~np.isfinite(squares)] = np.inf
    return squares


def exact_squares(
    query: FloatArray,
    rows: FloatArray,
    query_norm: np.float32,
    norms: FloatArray,
    metric: Metric,
) -> FloatArray:
    """Return the squared differences of one query and a few rows.

    Parameters
    ----------
    query : (d,)
    rows : (n, d)
        Overwritten.
    query_norm, norms : scalar, (n,)
        As `row_norms` gives them.

    Returns
    -------
    (n,)
        Infinite where features are not finite numbers.
    """
    if metric == "cosine":
        rows /= _or_one(norms)[:, np.newaxis]
        query = query / (query_norm or np.float32(1))
    rows -= query
    squares = _squared_lengths(rows)
    if metric == "cosine":
        squares[(norms == 0) | (query_norm == 0)] = 2
    squares[~np.isfinite(squares)] = np.inf
    return squares


def distances_from_squares(squares: FloatArray, metric: Metric) -> FloatArray:
    """Return 1 - cos, or the Euclidean distance."""
    return squares * np.float32(0.5) if metric == "cosine" else np.sqrt(squares)


def similarity(distance: float, metric: Metric) -> float:
    """Return 1 - cosine distance, or 1 / (1 + Euclidean distance)."""
    return 1 - distance if metric == "cosine" else 1 / (1 + distance)


def _squared_lengths(vectors: FloatArray) -> FloatArray:
    # einsum would round a row alone and the same row among others differently.
    return np.asarray(np.vecdot(vectors, vectors), np.float32)


def _or_one(norms: FloatArray) -> FloatArray:
    return np.where(norms == 0, np.float32(1), norms)
