"""Rank a database for many labelled queries and measure each ranking."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cbmir_gui.core.errors import CbmirError
from cbmir_gui.core.progress import Progress
from cbmir_gui.core.records import FloatArray, Metric
from cbmir_gui.core.search_records import DEFAULT_TOP
from cbmir_gui.evaluation.curves import RECALL_LEVELS, interpolated_precision
from cbmir_gui.evaluation.labels import Codes, Labels, Relevance
from cbmir_gui.evaluation.metrics import (
    Values,
    majority_class,
    query_ceilings,
    query_measures,
    rank_relevance,
)
from cbmir_gui.index.exact import Neighbors
from cbmir_gui.services.class_prior import ClassPrior
from cbmir_gui.services.search_choices import (
    NO_FILTER,
    PREDICTED,
    PRIOR,
    no_classifier,
)

_BLOCK_VALUES = 2**21
"""Hits looked at together; about 50 MB."""


class Searchable(Protocol):
    """What is needed of an index."""

    def search(
        self,
        queries: FloatArray,
        k: int,
        metric: Metric,
        allowed: NDArray[np.bool_] | None = None,
    ) -> Neighbors:
        """Return the `k` nearest rows of each query, as `ExactIndex` does."""


@dataclass(frozen=True, slots=True, eq=False)
class Database:
    """Labelled images that can be found."""

    labels: Labels
    index: Searchable


@dataclass(frozen=True, slots=True, eq=False)
class QuerySet:
    """Labelled images that are searched for."""

    labels: Labels
    features: FloatArray
    """(num_queries, feature_dim)"""
    predicted: Sequence[str] | None
    """Most probable class of each; None without a classifier."""
    probabilities: FloatArray | None = None
    """(num_queries, num_classes) in the order of the classifier's classes."""
    known_classes: Sequence[str] = ()
    """The classifier's classes."""


@dataclass(slots=True, eq=False)
class Rankings:
    """What the rankings are worth, by query, in the order of the queries."""

    measures: dict[str, Values] = field(default_factory=dict)
    ceilings: dict[str, Values] = field(default_factory=dict)
    curves: Values = field(default_factory=lambda: np.empty((0, len(RECALL_LEVELS))))
    """(q, 11) interpolated precision at the levels of recall."""
    voted: list[str] = field(default_factory=list)
    """Majority class of the first 20 hits that count."""
    has_answer: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, np.bool_))
    """Whether an image of the query's class counts, so that a vote can be right."""
    num_dropped: int = 0
    """Hits that were the query itself or of its group, over all queries."""
    num_queries_with_dropped: int = 0
    num_without_relevant: int = 0
    """Queries with nothing to find; no retrieval measure counts them."""


def rank_queries(
    queries: QuerySet,
    database: Database,
    level: str,
    metric: Metric,
    class_filter: str,
    progress: Progress,
) -> Rankings:
    """Search the whole database for each query; never count itself or its group.

    Parameters
    ----------
    level
        class, diagnosis or modality: what makes a hit relevant.
    class_filter
        off, predicted or a class: where it is searched; prior: everywhere, the ranking
        weighted by `class_prior`.

    Raises
    ------
    CbmirError
        The database has no image of the class, or nothing was predicted.
    """
    named = {"", NO_FILTER, PREDICTED, PRIOR, *database.labels.classes}
    if class_filter not in named:
        raise CbmirError(
            f"The database has no images of the class '{class_filter}'. Search in all "
            f"classes."
        )
    num_queries = len(queries.labels)
    rankings = Rankings(
        curves=np.full((num_queries, len(RECALL_LEVELS)), np.nan),
        voted=[""] * num_queries,
        has_answer=np.zeros(num_queries, np.bool_),
    )
    relevance = Relevance(queries.labels, database.labels, level)
    done = 0
    for rows, wanted in _blocks(queries, class_filter, len(database.labels)):
        progress(done, len(queries.labels), "Searching")
        _rank_block(rankings, queries, database, relevance, rows, wanted, metric)
        done += len(rows)
    return rankings


def _rank_block(
    rankings: Rankings,
    queries: QuerySet,
    database: Database,
    relevance: Relevance,
    rows: Codes,
    wanted_class: str,
    metric: Metric,
) -> None:
    class_names = np.array(database.labels.classes, dtype=np.str_)
    is_everywhere = wanted_class in {NO_FILTER, PRIOR}
    allowed = None if is_everywhere else class_names == wanted_class
    found = database.index.search(
        queries.features[rows], max(len(database.labels), 1), metric, allowed
    )
    found_rows = found.rows
    if wanted_class == PRIOR:
        found_rows = _weighted(found, queries, class_names, rows)
    relation = relevance.of(rows)
    num_relevant = (relation.relevant & ~relation.excluded).sum(axis=1)
    relevant = np.take_along_axis(relation.relevant, found_rows, axis=1)
    excluded = np.take_along_axis(relation.excluded, found_rows, axis=1)
    ranked = rank_relevance(relevant, excluded, num_relevant)
    _scatter(rankings.measures, query_measures(ranked), rows, len(queries.labels))
    _scatter(rankings.ceilings, query_ceilings(ranked), rows, len(queries.labels))
    rankings.curves[rows] = interpolated_precision(ranked)
    rankings.num_dropped += int(ranked.num_dropped.sum())
    rankings.num_queries_with_dropped += int((ranked.num_dropped > 0).sum())
    rankings.num_without_relevant += int((num_relevant == 0).sum())
    own_class = np.array(queries.labels.classes, dtype=np.str_)[rows, np.newaxis]
    of_class = own_class == class_names
    rankings.has_answer[rows] = (of_class & ~relation.excluded).any(axis=1)
    for row, hits, dropped in zip(rows, found_rows, excluded, strict=True):
        counted = hits[np.flatnonzero(~dropped)[:DEFAULT_TOP]]
        rankings.voted[row] = majority_class(class_names[counted].tolist())


def _weighted(
    found: Neighbors, queries: QuerySet, class_names: NDArray[np.str_], rows: Codes
) -> Codes:
    """Return the rows of the hits, (q, n), in the order of the class prior."""
    if queries.probabilities is None:
        raise no_classifier()
    prior = ClassPrior(queries.known_classes, class_names)
    ordered = found.rows.copy()
    for number, row in enumerate(rows):
        order = prior.order(
            queries.probabilities[row], found.distances[number], found.rows[number]
        )
        ordered[number] = found.rows[number, order]
    return ordered


def _scatter(
    target: dict[str, Values], values: dict[str, Values], rows: Codes, size: int
) -> None:
    for name, part in values.items():
        target.setdefault(name, np.full(size, np.nan))[rows] = part


def _blocks(
    queries: QuerySet, class_filter: str, database_size: int
) -> Iterator[tuple[Codes, str]]:
    """Yield rows of queries and the class they search in, "off", or "prior"."""
    num_queries = len(queries.labels)
    rows_by_class: dict[str, list[int]] = defaultdict(list)
    if class_filter != PREDICTED:
        rows_by_class[class_filter or NO_FILTER] = list(range(num_queries))
    elif queries.predicted is None:
        raise no_classifier()
    else:
        for row, name in enumerate(queries.predicted):
            rows_by_class[name].append(row)
    size = max(1, _BLOCK_VALUES // max(1, database_size))
    for name, members in rows_by_class.items():
        rows = np.array(members, np.int64)
        for start in range(0, len(rows), size):
            yield rows[start : start + size], name
