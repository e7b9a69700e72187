"""How much an evaluation loses on spoilt queries, and without the query's source."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cbmir_gui.core.errors import DataError
from cbmir_gui.evaluation.drops import drops
from cbmir_gui.evaluation.labels import Codes
from cbmir_gui.evaluation.metrics import Values
from cbmir_gui.evaluation.report import Document, all_measures
from cbmir_gui.imaging.corruptions import Corruption
from cbmir_gui.services.evaluated_system import EvaluatedSystem
from cbmir_gui.services.labelled_features import (
    LabelledFeatures,
    Queries,
    groups_of,
    part_of_labels,
)
from cbmir_gui.services.ranking import Rankings

LEAVE_OUT_PROTOCOL = (
    "queries of the classes that have several sources in the database; each searches "
    "the database without all images of its own source. The network itself may have "
    "been trained on that source: only the database lacks it"
)


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """A system and what it found for the queries as they are."""

    system: EvaluatedSystem
    database: LabelledFeatures
    queries: Queries
    rankings: Rankings

    @property
    def measures(self) -> dict[str, Values]:
        """Return accuracy and retrieval measures, name to (q,)."""
        return all_measures(self.system.evaluated(self.queries, self.rankings))


def measure_corruptions(
    clean: Measured, corruptions: tuple[Corruption, ...]
) -> Document:
    """Spoil the queries, not the database, and return what is lost, by corruption.

    Raises
    ------
    DataError
        The files changed meanwhile.
    Cancelled
    """
    labels = clean.queries.searched.labels
    database = clean.database.database()
    measures = clean.measures
    document: Document = {}
    for corruption in corruptions:
        queries = clean.system.read_same_queries(
            clean.queries.images.sources, clean.queries, corruption
        )
        rankings = clean.system.rank(queries.searched, database)
        spoilt = all_measures(clean.system.evaluated(queries, rankings))
        document[corruption.name] = {
            "strength": corruption.strength,
            "num_queries": len(labels),
            **drops(measures, spoilt, labels.classes, groups_of(labels)),
        }
    return document


def leave_one_source_out(
    whole: Measured, column: str, source_of: dict[str, str], database: Sequence[str]
) -> Document:
    """Search the database without the query's source, source by source.

    Parameters
    ----------
    whole
        The same queries in the whole database.
    column
        Of the manifest; named in the answer.
    source_of
        Source by path of the file; an image without one is never left out.
    database
        Source of each image of the database.

    Raises
    ------
    DataError
        No class has several sources.
    """
    labels = whole.queries.searched.labels
    several = _classes_of_several(whole.database.labels.classes, database)
    sources = np.array(
        [source_of.get(image.path, "") for image in whole.queries.images.sources],
        np.str_,
    )
    is_asked = np.isin(labels.classes, sorted(several)) & (sources != "")
    if not is_asked.any():
        raise DataError(
            f"No class with queries has several sources in the column '{column}'. "
            f"Leave the option out, or choose another set or column."
        )
    rows_of = {
        str(source): np.flatnonzero(is_asked & (sources == source))
        for source in np.unique(sources[is_asked])
    }
    measures = {
        name: values
        for name, values in whole.measures.items()
        if name != "accuracy"  # it does not depend on the database
    }
    left_out = {name: np.full(len(labels), np.nan) for name in measures}
    sizes = {}
    for source, rows in rows_of.items():
        kept = whole.database.part(np.flatnonzero(np.array(database) != source))
        sizes[source] = len(kept.labels)
        rankings = whole.system.rank(whole.queries.part(rows), kept.database())
        for name, values in rankings.measures.items():
            left_out[name][rows] = values

    def side_by_side(rows: Codes) -> Document:
        part = part_of_labels(labels, rows)
        return {
            "num_queries": len(rows),
            **drops(
                {name: values[rows] for name, values in measures.items()},
                {name: values[rows] for name, values in left_out.items()},
                part.classes,
                groups_of(part),
            ),
        }

    return {
        "column": column,
        "protocol": LEAVE_OUT_PROTOCOL,
        "classes": {name: sorted(several[name]) for name in sorted(several)},
        **side_by_side(np.flatnonzero(is_asked)),
        "per_source": {
            source: {
                "classes": sorted({labels.classes[int(row)] for row in rows}),
                "database_size": sizes[source],
                **side_by_side(rows),
            }
            for source, rows in rows_of.items()
        },
    }


def _classes_of_several(
    classes: Sequence[str], sources: Sequence[str]
) -> dict[str, set[str]]:
    """Return the sources of each class that has more than one."""
    found: dict[str, set[str]] = {}
    for name, source in zip(classes, sources, strict=True):
        if source:
            found.setdefault(name, set()).add(source)
    return {name: of_class for name, of_class in found.items() if len(of_class) > 1}
