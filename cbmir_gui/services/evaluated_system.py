"""One system of an evaluation: a model, a layer and a distance, on labelled images."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cbmir_gui.core.progress import Progress
from cbmir_gui.core.records import ExtractorInfo, FloatArray, ImageSource
from cbmir_gui.engine.decoder_client import DecoderClient
from cbmir_gui.evaluation.labels import Labels
from cbmir_gui.evaluation.report import EvaluatedQueries
from cbmir_gui.features.registry import find_extractor
from cbmir_gui.imaging.corruptions import Corruption
from cbmir_gui.library.catalogue import Catalogue
from cbmir_gui.library.library import Library
from cbmir_gui.services.all_layers import (
    FROZEN_PREFIX,
    PROBABILITIES,
    AllLayers,
    corrupted,
    open_all_layers,
)
from cbmir_gui.services.feature_cache import CachedImages, FeatureCache
from cbmir_gui.services.labelled_features import (
    LabelledFeatures,
    Queries,
    groups_of,
    labels_of_records,
    labels_of_sources,
    require_same,
)
from cbmir_gui.services.ranking import Database, QuerySet, Rankings, rank_queries
from cbmir_gui.services.search_choices import choose_extractor, choose_metric

MAPPED_SUFFIX = "+lda"


@dataclass(frozen=True, slots=True)
class SystemChoice:
    """What a system is asked for as; empty: defaults."""

    model: str = ""
    layer: str = ""
    metric: str = ""
    library: str = ""
    """Folder of the database; empty: it is read from a manifest."""
    is_mapped: bool = False
    """Learn a linear map from the labels of the database; see `discriminant_map`."""

    @classmethod
    def parse(cls, text: str, metric: str, library: str) -> "SystemChoice":
        """Read ``MODEL[/LAYER][+lda]``; the model may be ``mobilenetv2:FILE``."""
        name = text.removesuffix(MAPPED_SUFFIX)
        model, layer = name, ""
        if not name.startswith(FROZEN_PREFIX):
            model, _, layer = name.partition("/")
        return cls(model, layer, metric, library, text.endswith(MAPPED_SUFFIX))


class EvaluatedSystem:
    """Extracts, searches and measures with one model, layer and distance.

    Parameters
    ----------
    choice : SystemChoice
    level : str
        class, diagnosis or modality: what makes a hit relevant.
    class_filter : str
    decoder : DecoderClient
        Stays the caller's to close.
    progress : Progress

    Raises
    ------
    LibraryError, ModelError
        The library or the model cannot be used.
    CbmirError
        There is no such distance.
    """

    def __init__(
        self,
        choice: SystemChoice,
        level: str,
        class_filter: str,
        decoder: DecoderClient,
        progress: Progress,
    ) -> None:
        self._library = choice.library
        self._level = level
        self._class_filter = class_filter
        self._decoder = decoder
        self._progress = progress
        self.is_mapped = choice.is_mapped
        self.info, self._layers = self._open(choice)
        self.metric = choose_metric(choice.metric, self.info)

    @property
    def metric_name(self) -> str:
        """Return what the ranking is by."""
        return self.metric

    @property
    def also(self) -> tuple[str, ...]:
        """Return the further model/layer that are used at once; here none."""
        return ()

    @property
    def known_classes(self) -> tuple[str, ...]:
        """Return the classes that the model predicts."""
        return self._layers.classes

    def read_queries(
        self, sources: Sequence[ImageSource], corruption: Corruption | None = None
    ) -> Queries:
        """Extract what can be read of the queries.

        Raises
        ------
        Cancelled
            What was extracted stays cached.
        """
        layers = self._layers
        if corruption is not None:
            layers = corrupted(layers, corruption, self.info)
        with FeatureCache(layers) as cache:
            images = cache.add(sources, self._decoder, self._progress)
            features = cache.features(images.image_ids, layers.info(self.info.layer))
            probabilities = self._probabilities(cache, layers, images)
        return Queries(
            images,
            QuerySet(
                labels=self._labels(images),
                features=features,
                predicted=self._predicted(probabilities),
                probabilities=probabilities,
                known_classes=self.known_classes,
            ),
        )

    def read_same_queries(
        self, sources: Sequence[ImageSource], clean: Queries, corruption: Corruption
    ) -> Queries:
        """Extract queries that were read before, spoilt.

        Raises
        ------
        DataError
            The files are others than before.
        """
        queries = self.read_queries(sources, corruption)
        require_same(queries, clean)
        return queries

    def read_database(self, sources: Sequence[ImageSource]) -> LabelledFeatures:
        """Extract the database, or read the library's features.

        Raises
        ------
        Cancelled, LibraryError
        """
        if self._library:
            return self._read_library()
        with FeatureCache(self._layers) as cache:
            images = cache.add(sources, self._decoder, self._progress).distinct()
            features = cache.features(images.image_ids, self.info)
        return LabelledFeatures(
            labels=labels_of_sources(images),
            features=features,
            paths=[source.path for source in images.sources],
            num_unreadable=len(images.failed),
        )

    def rank(self, queries: QuerySet, database: Database) -> Rankings:
        """Search for every query; see `ranking.rank_queries`."""
        return rank_queries(
            queries,
            database,
            self._level,
            self.metric,
            self._class_filter,
            self._progress,
        )

    def evaluated(self, queries: Queries, rankings: Rankings) -> EvaluatedQueries:
        """Return what is known of each query after its search."""
        searched = queries.searched
        knows_a_class = not set(searched.labels.classes).isdisjoint(self.known_classes)
        probabilities = searched.probabilities if knows_a_class else None
        return EvaluatedQueries(
            classes=searched.labels.classes,
            groups=groups_of(searched.labels),
            measures=rankings.measures,
            ceilings=rankings.ceilings,
            predicted=searched.predicted if knows_a_class else None,
            known_classes=self.known_classes,
            voted=rankings.voted,
            has_answer=rankings.has_answer,
            confidence=None if probabilities is None else probabilities.max(axis=1),
            paths=[source.path for source in queries.images.sources],
            curves=rankings.curves,
        )

    def _open(self, choice: SystemChoice) -> tuple[ExtractorInfo, AllLayers]:
        if choice.model.startswith(FROZEN_PREFIX) and not choice.library:
            layers = open_all_layers(choice.model)
            return layers.infos[0], layers
        info = self._find_extractor(choice)
        return info, open_all_layers(info.model)

    def _find_extractor(self, choice: SystemChoice) -> ExtractorInfo:
        if not choice.library:
            return find_extractor(choice.model, choice.layer)
        with Library.open(Path(choice.library), read_only=True) as library:
            return choose_extractor(library, choice.model, choice.layer)

    def _labels(self, images: CachedImages) -> Labels:
        """Return what is known of queries, with groups as the database has them."""
        if not self._library:
            return labels_of_sources(images)
        with Catalogue.open(Path(self._library)) as catalogue:
            return labels_of_sources(images, catalogue.group_key)

    def _probabilities(
        self, cache: FeatureCache, layers: AllLayers, images: CachedImages
    ) -> FloatArray | None:
        if not self.known_classes:
            return None
        return cache.features(images.image_ids, layers.info(PROBABILITIES))

    def _predicted(self, probabilities: FloatArray | None) -> list[str] | None:
        if probabilities is None:
            return None
        return [self.known_classes[best] for best in probabilities.argmax(axis=1)]

    def _read_library(self) -> LabelledFeatures:
        with Library.open(Path(self._library), read_only=True) as library:
            table = library.features(self.info.key)
            records = library.catalogue.records_by_id(table.image_ids)
        # An image may have been removed between the two reads.
        rows = [
            row for row, image_id in enumerate(table.image_ids) if image_id in records
        ]
        is_complete = len(rows) == len(table.image_ids)
        features = table.features if is_complete else table.features[rows]
        labels = labels_of_records(
            [records[table.image_ids[row]] for row in rows], self._level
        )
        return LabelledFeatures(labels, features)
