"""Precision over recall, with its formula; knows no files and draws nothing."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cbmir_gui.evaluation.metrics import RankedRelevance, Values, macro_mean

RECALL_LEVELS = tuple(round(0.1 * tenth, 1) for tenth in range(11))
"""The eleven points of the TREC conferences: 0, 0.1 ... 1."""


def interpolated_precision(ranked: RankedRelevance) -> Values:
    """Return p(r) = max of P@i over the ranks i with R@i >= r, as (q, 11).

    At the eleven `RECALL_LEVELS` r; 0 where no rank reaches the recall (a filter kept
    relevant images from being found), NaN where R = 0.

    References
    ----------
    Manning, Raghavan, Schuetze: Introduction to Information Retrieval (2008), 8.4.
    """
    num_queries, num_hits = ranked.relevant.shape
    found = np.cumsum(ranked.relevant, axis=1)
    precision = found / np.arange(1, num_hits + 1)
    best_from_here = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    curve = np.zeros((num_queries, len(RECALL_LEVELS)))
    for column, tenth in enumerate(range(len(RECALL_LEVELS))):
        # Whole numbers: 0.3 * 10 relevant images must not become 3.0000000000000004.
        reaches = _first_rank(
            10 * found >= (tenth * ranked.num_relevant)[:, np.newaxis]
        )
        is_reached = reaches < num_hits
        rows = np.flatnonzero(is_reached)
        curve[rows, column] = best_from_here[rows, reaches[rows]]
    curve[ranked.num_relevant == 0] = np.nan
    return curve


def macro_curve(curves: Values, classes: Sequence[str]) -> list[float | None]:
    """Return the mean over classes of the mean over queries, point by point.

    Parameters
    ----------
    curves : (q, points)
        NaN where a query has no curve.
    classes
        Class of each query.

    Returns
    -------
    list
        None where no query has the point.
    """
    means = [macro_mean(column, classes) for column in curves.T]
    return [None if np.isnan(mean) else mean for mean in means]


def _first_rank(reached: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the first True of each row (q, n), n where there is none, as (q,)."""
    if not reached.shape[1]:
        return np.zeros(len(reached), np.int64)
    first = np.where(reached.any(axis=1), reached.argmax(axis=1), reached.shape[1])
    return np.asarray(first, np.int64)
