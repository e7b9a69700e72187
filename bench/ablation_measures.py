"""The figures of one variant of an embedding, with intervals over groups."""

from collections.abc import Callable, Sequence

import numpy as np
from ablation_images import Floats, Images, Mask, unit
from ablation_table import Row

from cbmir_gui.evaluation.bootstrap import macro_intervals
from cbmir_gui.evaluation.labels import Relevance
from cbmir_gui.evaluation.metrics import (
    Measures,
    macro_mean,
    query_measures,
    rank_relevance,
)

Embed = Callable[[Images, Mask], Floats]
"""(images, those to learn from) -> one vector for each image"""


def nearest(queries: Floats, database: Floats) -> Floats:
    """Return cosine distances."""
    return np.asarray(1 - unit(queries) @ unit(database).T, np.float32)


def figures(
    images: Images,
    embed: Embed,
    search: Callable[[Floats, Floats], Floats] = nearest,
) -> Row:
    """Return the row of one variant, with 95 % intervals over groups."""
    queries = images.is_asked & ~images.is_train
    database = images.is_asked & images.is_train
    vectors = embed(images, images.is_train)
    distances = search(vectors[queries], vectors[database])
    row: Row = {}
    for level, names in (
        ("class", {"mAP": "mean_average_precision", "P@20": "precision_at_20"}),
        (
            "diagnosis",
            {"diagnosis P@1": "precision_at_1", "diagnosis mAP@5": "map_at_5"},
        ),
    ):
        measures = _measures(images, distances, queries, database, level)
        chosen = {title: measures[name] for title, name in names.items()}
        row |= _with_intervals(images, chosen, queries)
    return row


def unseen_classes(images: Images, embed: Embed) -> Row:
    """Return mAP of classes that nothing was fitted to: each third held out in turn."""
    names = np.unique(images.classes[images.is_asked])
    parts = [np.isin(images.classes, names[third::3]) for third in range(3)]
    everything = images.is_asked & images.is_train
    return _left_out(images, embed, [(part, part, everything) for part in parts])


def unseen_sources(images: Images, embed: Embed) -> Row:
    """Return mAP of classes with several sources, each left out of fit and database."""
    parts = []
    for name in np.unique(images.classes[images.is_asked]):
        of_class = images.classes == name
        sources = np.unique(images.sources[of_class & images.is_asked])
        for source in sources if len(sources) > 1 else ():
            hidden = of_class & (images.sources == source)
            database = images.is_asked & images.is_train & ~hidden
            parts.append((hidden, hidden, database))
    return _left_out(images, embed, parts)


def _left_out(
    images: Images, embed: Embed, parts: Sequence[tuple[Mask, Mask, Mask]]
) -> Row:
    """Return mAP over parts of (not fitted, asked, searched) images."""
    values = np.full(len(images.classes), np.nan)
    for hidden, asked, database in parts:
        queries = asked & images.is_asked & ~images.is_train
        if not queries.any():
            continue
        vectors = embed(images, images.is_train & ~hidden)
        distances = nearest(vectors[queries], vectors[database])
        measures = _measures(images, distances, queries, database, "class")
        values[queries] = measures["mean_average_precision"]
    queries = ~np.isnan(values)
    row: Row = _with_intervals(images, {"mAP": values[queries]}, queries)["mAP"]
    return row


def _with_intervals(images: Images, measures: Measures, queries: Mask) -> Row:
    classes = images.classes[queries].tolist()
    rows = np.flatnonzero(queries)
    # Without a group an image stands for itself.
    groups = [images.groups[row] or f"image {row}" for row in rows]
    intervals = macro_intervals(measures, classes, groups)
    return {
        title: {"value": macro_mean(values, classes), "interval": intervals[title]}
        for title, values in measures.items()
    }


def _measures(
    images: Images, distances: Floats, queries: Mask, database: Mask, level: str
) -> Measures:
    asked = images.labels(queries)
    relation = Relevance(asked, images.labels(database), level).of(
        np.arange(len(asked))
    )
    order = np.argsort(distances, axis=1, kind="stable")
    relevant, excluded = (
        np.take_along_axis(of, order, axis=1)
        for of in (relation.relevant, relation.excluded)
    )
    possible = (relation.relevant & ~relation.excluded).sum(axis=1)
    return query_measures(rank_relevance(relevant, excluded, possible))
