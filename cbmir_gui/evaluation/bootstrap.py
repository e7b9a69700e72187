"""Confidence intervals by resampling groups.

Images of one patient resemble each other, so that drawing single queries would make
the intervals too narrow: whole groups are drawn.
"""

from collections.abc import Sequence

import numpy as np

from cbmir_gui.evaluation.metrics import Measures, Values

NUM_REPLICATES = 1000
CONFIDENCE = 0.95
DEFAULT_SEED = 1

Interval = tuple[float, float]


def macro_intervals(
    measures: Measures,
    classes: Sequence[str],
    groups: Sequence[str],
    num_replicates: int = NUM_REPLICATES,
    seed: int = DEFAULT_SEED,
) -> dict[str, Interval]:
    """Return the 95 % percentile interval of the macro mean of each measure.

    As many groups as there are are drawn with replacement, and the macro mean is
    taken over the classes that were drawn. `paired` compares two systems.

    Parameters
    ----------
    measures
        Name to (q,) values; NaN where a query does not have the measure.
    classes, groups
        Of each query.

    Returns
    -------
    dict
        Name to (low, high); both NaN where no query has the measure.
    """
    replicates = macro_replicates(measures, classes, groups, num_replicates, seed)
    return {name: percentile_interval(means) for name, means in replicates.items()}


def macro_replicates(
    measures: Measures,
    classes: Sequence[str],
    groups: Sequence[str],
    num_replicates: int = NUM_REPLICATES,
    seed: int = DEFAULT_SEED,
) -> dict[str, Values]:
    """Return the macro mean of each measure in each draw, as (num_replicates,).

    As `macro_intervals`; NaN where no query of a draw has the measure.
    """
    names = list(measures)
    if not names or not len(groups):
        return {name: np.full(num_replicates, np.nan) for name in names}
    values = np.stack([measures[name] for name in names], axis=1)
    sums, counts = _sums_by_group_and_class(values, classes, groups)
    num_groups = len(sums)
    random = np.random.default_rng(seed)
    draws = random.multinomial(
        num_groups, np.full(num_groups, 1 / num_groups), size=num_replicates
    ).astype(np.float64)
    drawn_sums = np.tensordot(draws, sums, axes=1)
    drawn_counts = np.tensordot(draws, counts, axes=1)
    means = _macro_means(drawn_sums, drawn_counts)
    return {name: means[:, column] for column, name in enumerate(names)}


def percentile_interval(replicates: Values) -> Interval:
    """Return the middle 95 % of the draws (num_replicates,), NaN left out."""
    usable = replicates[~np.isnan(replicates)]
    if not len(usable):
        return float("nan"), float("nan")
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(usable, [tail, 1 - tail])
    return float(low), float(high)


def _sums_by_group_and_class(
    values: Values, classes: Sequence[str], groups: Sequence[str]
) -> tuple[Values, Values]:
    """Return sums and counts (num_groups, num_classes, num_measures)."""
    class_names, class_codes = np.unique(np.asarray(classes), return_inverse=True)
    group_names, group_codes = np.unique(np.asarray(groups), return_inverse=True)
    shape = (len(group_names), len(class_names), values.shape[1])
    sums, counts = np.zeros(shape), np.zeros(shape)
    usable = ~np.isnan(values)
    np.add.at(sums, (group_codes, class_codes), np.where(usable, values, 0))
    np.add.at(counts, (group_codes, class_codes), usable)
    return sums, counts


def _macro_means(sums: Values, counts: Values) -> Values:
    """Return (replicates, measures) from (replicates, classes, measures)."""
    present = counts > 0
    class_means = np.divide(sums, counts, out=np.zeros_like(sums), where=present)
    num_classes = present.sum(axis=1)
    totals = class_means.sum(axis=1)
    means: Values = np.full_like(totals, np.nan)
    np.divide(totals, num_classes, out=means, where=num_classes > 0)
    return means
