"""A linear map learned from the labels of a database: the row that networks must beat.

Shrinkage LDA (Fisher 1936; Ledoit & Wolf 2004) on features of unit length, with class
and diagnosis together as the label; queries and database are mapped alike.
"""

from dataclasses import replace

import numpy as np

from cbmir_gui.core.errors import DataError
from cbmir_gui.core.records import FloatArray
from cbmir_gui.services.labelled_features import LabelledFeatures, Queries

MAP_DEFINITION = (
    "features of unit length, mapped by shrinkage LDA (0.05) learned from class and "
    "diagnosis of the database, centred between the means of the classes"
)


def map_by_discriminants(
    queries: Queries, database: LabelledFeatures
) -> tuple[Queries, LabelledFeatures]:
    """Learn the map from the database alone, and return both mapped.

    Raises
    ------
    DataError
        The database has one label only.
    """
    from cbmir_gui.training.discriminants import fit_directions

    labels = database.labels
    named = list(zip(labels.classes, labels.diagnoses, strict=True))
    code_of = {pair: code for code, pair in enumerate(sorted(set(named)))}
    if len(code_of) < 2:
        raise DataError(
            "A map can only be learned from a database of at least two classes. Leave "
            "+lda out, or choose another database."
        )
    known = _unit(database.features)
    codes = np.array([code_of[pair] for pair in named], np.int64)
    directions = fit_directions(known, codes)

    def mapped(features: FloatArray) -> FloatArray:
        return np.asarray(features @ directions.kernel + directions.bias, np.float32)

    searched = queries.searched
    return (
        replace(
            queries,
            searched=replace(searched, features=mapped(_unit(searched.features))),
        ),
        replace(database, features=mapped(known)),
    )


def _unit(features: FloatArray) -> FloatArray:
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    return np.asarray(features / np.where(lengths == 0, 1, lengths), np.float32)
