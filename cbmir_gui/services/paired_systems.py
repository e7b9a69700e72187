"""Two systems side by side: the same queries among the same images."""

from collections.abc import Sequence
from dataclasses import replace

from cbmir_gui.core.errors import DataError
from cbmir_gui.evaluation.drops import differences
from cbmir_gui.evaluation.report import Document
from cbmir_gui.services.discriminant_map import MAP_DEFINITION
from cbmir_gui.services.evaluated_system import EvaluatedSystem
from cbmir_gui.services.labelled_features import (
    LabelledFeatures,
    groups_of,
    require_same,
)
from cbmir_gui.services.robustness import Measured


def narrow_database(
    database: LabelledFeatures, among: Sequence[str], system: EvaluatedSystem
) -> LabelledFeatures:
    """Return those images of a system's database that are named.

    Raises
    ------
    DataError
        There is none.
    """
    kept = database.with_images(among)
    if not len(kept.labels):
        name = f"{system.info.model}/{system.info.layer}"
        raise DataError(
            f"No image of the database has the features of '{name}' too. Complete "
            f"them with 'cbmir library extract', or leave the comparison out."
        )
    return kept


def compare_systems(measured: Measured, other: Measured) -> Document:
    """Compare two systems on the images that have the features of both.

    Parameters
    ----------
    other
        Its database holds no image that the first one's lacks.

    Raises
    ------
    DataError
        The queries changed meanwhile.
    Cancelled
    """
    require_same(other.queries, measured.queries)
    measured = _narrow(measured, other.database)
    labels = measured.queries.searched.labels
    system = other.system
    return {
        "model": system.info.model,
        "layer": system.info.layer,
        "extractor_key": system.info.key,
        "metric": system.metric,
        "map": MAP_DEFINITION if system.is_mapped else None,
        "database_size": len(other.database.labels),
        "figures": differences(
            measured.measures, other.measures, labels.classes, groups_of(labels)
        ),
    }


def _narrow(measured: Measured, database: LabelledFeatures) -> Measured:
    """Return what the same queries find among the images of another database."""
    kept = measured.database.with_images(database.labels.image_ids)
    if kept is measured.database:
        return measured
    rankings = measured.system.rank(measured.queries.searched, kept.database())
    return replace(measured, database=kept, rankings=rankings)
