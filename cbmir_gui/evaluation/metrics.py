"""Measures of ranked retrieval and of classification, with their formulas.

Every measure is had per query first; `macro_mean` averages the queries of each class
and then the classes, so that a large class counts no more than a small one. A measure
that a query does not have is NaN and left out of the average.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PRECISION_CUTOFFS = (1, 5, 20, 40, 60, 80, 100)
RECALL_CUTOFFS = (20, 40, 60, 80, 100)
MAP_CUTOFF = 5

Values = NDArray[np.float64]
Measures = Mapping[str, Values]


@dataclass(frozen=True, slots=True, eq=False)
class RankedRelevance:
    """Which hits of each query are relevant, nearest first.

    Hits that must not be counted are gone, and those behind them have moved up.
    """

    relevant: NDArray[np.bool_]
    """(q, n); False behind the last hit of a query."""
    num_relevant: NDArray[np.int64]
    """(q,) relevant images that the query could have found; R in the formulas."""
    num_dropped: NDArray[np.int64]
    """(q,) hits that were not counted."""


def rank_relevance(
    relevant: NDArray[np.bool_],
    excluded: NDArray[np.bool_],
    num_relevant: NDArray[np.int64],
) -> RankedRelevance:
    """Drop the hits that are the query itself or of its group.

    Parameters
    ----------
    relevant, excluded : (q, n)
        Of the hits of each query, nearest first.
    num_relevant : (q,)
        Relevant images of the whole database that are not excluded.
    """
    order = np.argsort(excluded, axis=1, kind="stable")
    kept = np.take_along_axis(relevant & ~excluded, order, axis=1)
    return RankedRelevance(kept, num_relevant, excluded.sum(axis=1))


def precision_at(ranked: RankedRelevance, k: int) -> Values:
    """P@k = relevant among the first k / k, also where fewer than k were found."""
    return np.asarray(ranked.relevant[:, :k].sum(axis=1) / k, np.float64)


def recall_at(ranked: RankedRelevance, k: int) -> Values:
    """R@k = relevant among the first k / R; NaN where R = 0."""
    return _divide(ranked.relevant[:, :k].sum(axis=1), ranked.num_relevant)


def average_precision(ranked: RankedRelevance) -> Values:
    """AP = (1 / R) * sum of P@i over the ranks i of relevant hits; NaN where R = 0.

    Over the full ranking. Relevant images that a filter kept from being found count
    in R with precision 0.
    """
    return _divide(_precision_sum(ranked.relevant), ranked.num_relevant)


def average_precision_at(ranked: RankedRelevance, k: int) -> Values:
    """AP@k = (1 / min(k, R)) * sum of P@i over relevant ranks i <= k; NaN where R = 0.

    1 only if the first min(k, R) hits are relevant.
    """
    possible = np.minimum(ranked.num_relevant, k)
    return _divide(_precision_sum(ranked.relevant[:, :k]), possible)


def average_precision_at_by_hits(ranked: RankedRelevance, k: int) -> Values:
    """As AP@k, but divided by the relevant hits found; 0 where none was found.

    Kinder than AP@k: one relevant hit at rank 1 and no other already gives 1.
    """
    first = ranked.relevant[:, :k]
    num_found = first.sum(axis=1)
    averages: Values = _precision_sum(first) / np.maximum(num_found, 1)
    averages[ranked.num_relevant == 0] = np.nan
    return averages


def best_precision_at(ranked: RankedRelevance, k: int) -> Values:
    """Return the ceiling of P@k = min(R, k) / k."""
    return np.asarray(np.minimum(ranked.num_relevant, k) / k, np.float64)


def best_recall_at(ranked: RankedRelevance, k: int) -> Values:
    """Return the ceiling of R@k = min(R, k) / R; NaN where R = 0."""
    return _divide(np.minimum(ranked.num_relevant, k), ranked.num_relevant)


def query_measures(ranked: RankedRelevance) -> dict[str, Values]:
    """Return every retrieval measure by name, each (q,); NaN where R = 0."""
    measures = {
        "mean_average_precision": average_precision(ranked),
        f"map_at_{MAP_CUTOFF}": average_precision_at(ranked, MAP_CUTOFF),
        f"map_at_{MAP_CUTOFF}_by_hits": average_precision_at_by_hits(
            ranked, MAP_CUTOFF
        ),
    }
    for k in PRECISION_CUTOFFS:
        measures[f"precision_at_{k}"] = precision_at(ranked, k)
    for k in RECALL_CUTOFFS:
        measures[f"recall_at_{k}"] = recall_at(ranked, k)
    # A query with nothing to find says nothing about the retrieval.
    for values in measures.values():
        values[ranked.num_relevant == 0] = np.nan
    return measures


def query_ceilings(ranked: RankedRelevance) -> dict[str, Values]:
    """Return the best possible value of each measure that a small class limits."""
    precision = {
        f"precision_at_{k}": best_precision_at(ranked, k) for k in PRECISION_CUTOFFS
    }
    recall = {f"recall_at_{k}": best_recall_at(ranked, k) for k in RECALL_CUTOFFS}
    for values in precision.values():
        values[ranked.num_relevant == 0] = np.nan
    return precision | recall


def correctness(
    expected: Sequence[str], predicted: Sequence[str], classes: Sequence[str]
) -> Values:
    """Return 1 where the predicted class is right, 0 where wrong, as (q,).

    NaN where the classifier does not know the expected class at all.
    """
    known = set(classes)
    return np.array(
        [
            float(truth == answer) if truth in known else np.nan
            for truth, answer in zip(expected, predicted, strict=True)
        ]
    )


def macro_mean(values: Values, classes: Sequence[str]) -> float:
    """Return the mean over classes of the mean over the queries of each class.

    Parameters
    ----------
    values : (q,)
        NaN where a query does not have the measure.
    classes
        Class of each query.

    Returns
    -------
    float
        NaN if no query has the measure.
    """
    means = [float(np.mean(part)) for part in by_class(values, classes).values()]
    return float(np.mean(means)) if means else float("nan")


def by_class(values: Values, classes: Sequence[str]) -> dict[str, Values]:
    """Return the values of each class that has any, NaN left out; classes sorted."""
    labels = np.asarray(classes, dtype=np.str_)
    usable = ~np.isnan(values)
    return {
        str(name): values[usable & (labels == name)]
        for name in np.unique(labels[usable])
    }


def confusion_matrix(
    expected: Sequence[str], predicted: Sequence[str], classes: Sequence[str]
) -> NDArray[np.int64]:
    """Count queries by expected class (row) and predicted class (column).

    Both in the order of `classes`, which must name all of them.
    """
    row_of = {name: row for row, name in enumerate(classes)}
    matrix = np.zeros((len(classes), len(classes)), np.int64)
    for truth, answer in zip(expected, predicted, strict=True):
        matrix[row_of[truth], row_of[answer]] += 1
    return matrix


def majority_class(class_names: Sequence[str]) -> str:
    """Return the most frequent name of a ranked list; of equals, the nearest.

    Empty if the list is.
    """
    # Counter keeps the order of first appearance among equal counts.
    most_common = Counter(class_names).most_common(1)
    return most_common[0][0] if most_common else ""


def _precision_sum(relevant: NDArray[np.bool_]) -> Values:
    """Return the sum of P@i over the ranks i of relevant hits, as (q,)."""
    ranks = np.arange(1, relevant.shape[1] + 1)
    precision = np.cumsum(relevant, axis=1) / ranks
    return np.asarray(np.sum(precision, axis=1, where=relevant), np.float64)


def _divide(numerator: NDArray[np.generic], denominator: NDArray[np.int64]) -> Values:
    quotient = np.full(len(denominator), np.nan)
    np.divide(numerator, denominator, out=quotient, where=denominator > 0)
    return quotient
