"""Two systems on the same queries: the difference of each figure, with its interval.

Both systems meet the same easy and hard queries, so that the difference per query is
resampled and not the two figures apart. Whole groups are drawn, as in `bootstrap`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cbmir_gui.evaluation.bootstrap import (
    DEFAULT_SEED,
    NUM_REPLICATES,
    Interval,
    macro_replicates,
    percentile_interval,
)
from cbmir_gui.evaluation.metrics import Measures, Values, macro_mean


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """One figure of two systems; NaN where no query has it in both."""

    value: float
    """Macro mean of the system over the queries that both have."""
    against: float
    """That of the other system."""
    difference: float
    """value - against"""
    interval: Interval
    """95 %, of the difference."""
    p_value: float
    """Two-sided; see `two_sided_p_value`."""


def paired_differences(
    measures: Measures,
    others: Measures,
    classes: Sequence[str],
    groups: Sequence[str],
    num_replicates: int = NUM_REPLICATES,
    seed: int = DEFAULT_SEED,
) -> dict[str, PairedDifference]:
    """Compare two systems in every measure that both have: a paired bootstrap.

    In each draw of groups with replacement the macro mean of the differences per
    query is taken.

    Parameters
    ----------
    measures, others
        Name to (q,) values of the same queries in the same order; NaN where a query
        does not have the measure.
    classes, groups
        Of each query.

    References
    ----------
    Efron & Tibshirani, An Introduction to the Bootstrap (1993), chapters 13 and 16;
    Sakai, "Evaluating evaluation metrics based on the bootstrap" (SIGIR 2006).
    """
    differences = {
        name: measures[name] - others[name] for name in measures if name in others
    }
    replicates = macro_replicates(differences, classes, groups, num_replicates, seed)
    compared = {}
    for name, difference in differences.items():
        missing = np.isnan(difference)
        value, against = (
            macro_mean(np.where(missing, np.nan, values), classes)
            for values in (measures[name], others[name])
        )
        compared[name] = PairedDifference(
            value=value,
            against=against,
            difference=macro_mean(difference, classes),
            interval=percentile_interval(replicates[name]),
            p_value=two_sided_p_value(replicates[name]),
        )
    return compared


def two_sided_p_value(replicates: Values) -> float:
    """Return how often the draws (n,) contradict the sign of the difference.

    p = min(1, 2 * (min(share of draws <= 0, share of draws >= 0))), where both shares
    count one draw more than there are, so that p is never 0:
    share = (number + 1) / (n + 1). NaN without draws.
    """
    usable = replicates[~np.isnan(replicates)]
    if not len(usable):
        return float("nan")
    num_contradicting = min((usable <= 0).sum(), (usable >= 0).sum())
    return float(min(1.0, 2 * (num_contradicting + 1) / (len(usable) + 1)))
