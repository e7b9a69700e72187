"""Several systems of an evaluation as one: late fusion of their distances."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cbmir_gui.core.errors import DataError
from cbmir_gui.core.progress import Progress
from cbmir_gui.core.records import FloatArray, ImageSource, Metric
from cbmir_gui.core.search_records import FUSED
from cbmir_gui.engine.decoder_client import DecoderClient
from cbmir_gui.imaging.corruptions import Corruption
from cbmir_gui.index.exact import ExactIndex, Neighbors
from cbmir_gui.services.evaluated_system import EvaluatedSystem, SystemChoice
from cbmir_gui.services.fusion import FusedIndex, FusedPart
from cbmir_gui.services.labelled_features import (
    LabelledFeatures,
    Queries,
    part_of_labels,
    require_same,
)
from cbmir_gui.services.ranking import Database
from cbmir_gui.services.search_parts import Part, parts_of, split_name


class FusedSystem(EvaluatedSystem):
    """Searches with the features of several extractors at once; see `fusion`.

    Classes are predicted by the first model.

    Parameters
    ----------
    choice : SystemChoice
        The first extractor.
    also : at least one
        The others, as "model/layer".
    level, class_filter, decoder, progress
        As of `EvaluatedSystem`.

    Raises
    ------
    CbmirError
        An extractor is named twice; else as `EvaluatedSystem`.
    """

    def __init__(
        self,
        choice: SystemChoice,
        also: Sequence[str],
        level: str,
        class_filter: str,
        decoder: DecoderClient,
        progress: Progress,
    ) -> None:
        super().__init__(choice, level, class_filter, decoder, progress)
        self._others = []
        for name in also:
            model, layer = split_name(name)
            other = replace(choice, model=model, layer=layer)
            self._others.append(
                EvaluatedSystem(other, level, class_filter, decoder, progress)
            )
        infos = [self.info, *(other.info for other in self._others)]
        self._parts = parts_of(infos, choice.metric)

    @property
    def metric_name(self) -> str:
        """Return that the ranking is by fused scores."""
        return FUSED

    @property
    def also(self) -> tuple[str, ...]:
        """Return the further model/layer."""
        return tuple(part.name for part in self._parts[1:])

    def read_queries(
        self, sources: Sequence[ImageSource], corruption: Corruption | None = None
    ) -> Queries:
        """Extract what can be read of the queries, with every extractor."""
        first = super().read_queries(sources, corruption)
        features = [first.searched.features]
        for other in self._others:
            queries = other.read_queries(sources, corruption)
            require_same(queries, first)
            features.append(queries.searched.features)
        searched = replace(first.searched, features=np.hstack(features))
        return replace(first, searched=searched)

    def read_database(self, sources: Sequence[ImageSource]) -> LabelledFeatures:
        """Extract the database with every extractor, or read the library's features.

        Raises
        ------
        DataError
            No image has the features of all.
        """
        databases = [
            super().read_database(sources),
            *(other.read_database(sources) for other in self._others),
        ]
        return _join(databases, self._parts)


@dataclass(frozen=True, slots=True, eq=False)
class FusedFeatures(LabelledFeatures):
    """A database with the features of all extractors side by side."""

    parts: tuple[Part, ...] = ()

    def database(self) -> Database:
        """Return it ready to be searched."""
        return Database(self.labels, SideBySideIndex(self.features, self.parts))


class SideBySideIndex:
    """Several extractors' features in one array, as `ranking` searches it.

    Parameters
    ----------
    features : (n, sum of feature_dim)
    parts
        Whose features stand there, in their order.
    """

    def __init__(self, features: FloatArray, parts: Sequence[Part]) -> None:
        self._cuts = np.cumsum([part.info.feature_dim for part in parts])[:-1]
        rows = np.arange(len(features))
        self._fused = FusedIndex(
            [
                FusedPart(ExactIndex(values), part.metric, rows)
                for values, part in zip(self._split(features), parts, strict=True)
            ]
        )

    def search(
        self,
        queries: FloatArray,
        k: int,
        metric: Metric,
        allowed: NDArray[np.bool_] | None = None,
    ) -> Neighbors:
        """Return the `k` nearest rows of each query, with fused distances.

        Parameters
        ----------
        queries : (q, sum of feature_dim)
        k
            At least 1.
        metric
            Of a single extractor; here each part has its own.
        allowed : (n,)
            Rows that may be found; all if None.
        """
        del metric
        found = [
            self._fused.search(self._split(query), k, allowed) for query in queries
        ]
        size = len(found[0].rows) if found else 0
        rows = np.array([hits.rows for hits in found], np.int64)
        distances = np.array([hits.distances for hits in found], np.float32)
        return Neighbors(rows.reshape(-1, size), distances.reshape(-1, size))

    def _split(self, features: FloatArray) -> list[FloatArray]:
        return np.split(features, self._cuts, axis=-1)


def _join(
    databases: Sequence[LabelledFeatures], parts: tuple[Part, ...]
) -> FusedFeatures:
    """Bring the features of the images that all databases have side by side."""
    row_of = [
        {image_id: row for row, image_id in enumerate(database.labels.image_ids)}
        for database in databases
    ]
    first = databases[0]
    common = [
        image_id
        for image_id in first.labels.image_ids
        if all(image_id in rows for rows in row_of)
    ]
    if not common:
        names = " and ".join(f"'{part.name}'" for part in parts)
        raise DataError(
            f"No image of the database has the features of {names}. Complete them "
            f"with 'cbmir library extract', or evaluate one of them."
        )
    chosen = [
        np.array([rows[image_id] for image_id in common], np.int64) for rows in row_of
    ]
    return FusedFeatures(
        labels=part_of_labels(first.labels, chosen[0]),
        features=np.hstack(
            [
                database.features[rows]
                for database, rows in zip(databases, chosen, strict=True)
            ]
        ),
        paths=[first.paths[row] for row in chosen[0]] if first.paths else (),
        num_unreadable=first.num_unreadable,
        parts=parts,
    )
