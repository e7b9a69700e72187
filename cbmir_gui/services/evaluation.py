"""Measure how good retrieval and classification are, on labelled queries."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cbmir_gui.core.errors import DataError
from cbmir_gui.core.progress import Progress, no_progress
from cbmir_gui.core.records import ExtractorInfo, FailedFile, ImageRecord, ImageSource
from cbmir_gui.engine.decoder_client import DecoderClient
from cbmir_gui.evaluation.labels import LEVELS, Labels
from cbmir_gui.evaluation.report import (
    DEFINITIONS,
    Document,
    EvaluatedQueries,
    build_report,
)
from cbmir_gui.features.registry import find_extractor
from cbmir_gui.index.exact import ExactIndex
from cbmir_gui.library.library import Library
from cbmir_gui.services.all_layers import PROBABILITIES, AllLayers, open_all_layers
from cbmir_gui.services.feature_cache import CachedImages, FeatureCache
from cbmir_gui.services.ranking import Database, QuerySet, Rankings, rank_queries
from cbmir_gui.services.search_choices import (
    NO_FILTER,
    choose_extractor,
    choose_metric,
)
from cbmir_gui.sources.manifests import read_sources
from cbmir_gui.sources.splits import DEFAULT_FRACTIONS

DEFAULT_QUERY_SPLITS = ("test",)
"""Where one manifest is database and queries at once."""


@dataclass(frozen=True, slots=True)
class EvaluationRequest:
    """Search for every query of a manifest, and compare labels."""

    queries: str
    """Manifest or folder of class folders."""
    library: str = ""
    """Folder of the database; empty: the rows of `queries` of the other splits."""
    set_name: str = ""
    splits: tuple[str, ...] = ()
    """Of the queries; empty: all if there is a library, else test."""
    database_splits: tuple[str, ...] = ()
    """Without a library; empty: those that are not the queries'."""
    model: str = ""
    layer: str = ""
    metric: str = ""
    class_filter: str = NO_FILTER
    level: str = "class"
    """class, diagnosis or modality: what makes a hit relevant."""


class Evaluation:
    """One evaluation, step by step; `evaluate` runs it.

    Parameters
    ----------
    request : EvaluationRequest
    decoder : DecoderClient
        Stays the caller's to close.
    progress : Progress
    """

    def __init__(
        self, request: EvaluationRequest, decoder: DecoderClient, progress: Progress
    ) -> None:
        self._request = request
        self._decoder = decoder
        self._progress = progress
        self._skipped = {"unreadable": 0, "without_label": 0}
        self._database_failed: tuple[FailedFile, ...] = ()
        _check_level(request.level)
        self._info = self._find_extractor()
        self._layers: AllLayers = open_all_layers(self._info.model)

    def run(self) -> Document:
        """Extract, search and measure."""
        started = time.perf_counter()
        with FeatureCache(self._layers) as cache:
            queries = self._read_queries(cache)
            database = self._read_database(cache)
        metric = choose_metric(self._request.metric, self._info)
        rankings = rank_queries(
            queries,
            database,
            self._request.level,
            metric,
            self._request.class_filter,
            self._progress,
        )
        report = build_report(
            self._evaluated(queries, rankings), sum(self._skipped.values())
        )
        report["protocol"] = {
            **self._protocol(database, rankings),
            "metric": metric,
            "seconds": round(time.perf_counter() - started, 1),
        }
        return report

    def _find_extractor(self) -> ExtractorInfo:
        if not self._request.library:
            return find_extractor(self._request.model, self._request.layer)
        with Library.open(Path(self._request.library), read_only=True) as library:
            return choose_extractor(library, self._request.model, self._request.layer)

    def _query_splits(self) -> tuple[str, ...]:
        default = () if self._request.library else DEFAULT_QUERY_SPLITS
        return self._request.splits or default

    def _database_splits(self) -> tuple[str, ...]:
        rest = tuple(s for s in DEFAULT_FRACTIONS if s not in self._query_splits())
        return self._request.database_splits or rest

    def _read_sources(self, splits: Sequence[str]) -> list[ImageSource]:
        label = "modality" if self._request.level == "modality" else "class"
        path = Path(self._request.queries)
        return read_sources(path, self._request.set_name, splits, label)

    def _read_queries(self, cache: FeatureCache) -> QuerySet:
        sources = self._read_sources(self._query_splits())
        labelled = [source for source in sources if self._has_label(source)]
        self._skipped["without_label"] = len(sources) - len(labelled)
        images = cache.add(labelled, self._decoder, self._progress)
        self._skipped["unreadable"] = len(images.failed)
        if not images.sources:
            raise DataError(
                f"'{Path(self._request.queries).name}' has no query that can be read "
                f"and has a label at {self._request.level} level. Check the manifest, "
                f"or choose another level."
            )
        return QuerySet(
            labels=_labels_of_sources(images),
            features=cache.features(images.image_ids, self._info),
            predicted=self._predict(cache, images.image_ids),
        )

    def _has_label(self, source: ImageSource) -> bool:
        needs_diagnosis = self._request.level == "diagnosis"
        return bool(source.class_name and (source.diagnosis or not needs_diagnosis))

    def _predict(
        self, cache: FeatureCache, image_ids: Sequence[str]
    ) -> list[str] | None:
        if not self._layers.classes:
            return None
        probabilities = cache.features(image_ids, self._layers.info(PROBABILITIES))
        classes = self._layers.classes
        return [classes[position] for position in probabilities.argmax(axis=1)]

    def _read_database(self, cache: FeatureCache) -> Database:
        if self._request.library:
            return self._read_library()
        sources = self._read_sources(self._database_splits())
        images = cache.add(sources, self._decoder, self._progress).distinct()
        self._database_failed = images.failed
        features = cache.features(images.image_ids, self._info)
        return Database(_labels_of_sources(images), ExactIndex(features))

    def _read_library(self) -> Database:
        with Library.open(Path(self._request.library), read_only=True) as library:
            table = library.features(self._info.key)
            records = library.catalogue.records_by_id(table.image_ids)
        # An image may have been removed between the two reads.
        rows = [
            row for row, image_id in enumerate(table.image_ids) if image_id in records
        ]
        is_complete = len(rows) == len(table.image_ids)
        features = table.features if is_complete else table.features[rows]
        labels = _labels_of_records(
            [records[table.image_ids[row]] for row in rows], self._request.level
        )
        return Database(labels, ExactIndex(features))

    def _evaluated(self, queries: QuerySet, rankings: Rankings) -> EvaluatedQueries:
        labels = queries.labels
        knows_a_class = not set(labels.classes).isdisjoint(self._layers.classes)
        return EvaluatedQueries(
            classes=labels.classes,
            groups=[
                f"group {group}" if group else image_id
                for group, image_id in zip(labels.groups, labels.image_ids, strict=True)
            ],
            measures=rankings.measures,
            ceilings=rankings.ceilings,
            predicted=queries.predicted if knows_a_class else None,
            known_classes=self._layers.classes,
            voted=rankings.voted,
        )

    def _protocol(self, database: Database, rankings: Rankings) -> Document:
        request = self._request
        name = Path(request.library or request.queries).name
        return {
            "level": request.level,
            "model": self._info.model,
            "layer": self._info.layer,
            "extractor_key": self._info.key,
            "class_filter": request.class_filter,
            "queries": Path(request.queries).name,
            "set": request.set_name,
            "query_splits": list(self._query_splits()),
            "database_splits": [] if request.library else list(self._database_splits()),
            "database": name,
            "database_size": len(database.labels),
            "num_unreadable_in_database": len(self._database_failed),
            "skipped": dict(self._skipped),
            "num_without_relevant": rankings.num_without_relevant,
            "num_dropped_hits": rankings.num_dropped,
            "num_queries_with_dropped_hits": rankings.num_queries_with_dropped,
            "definitions": DEFINITIONS,
        }


def evaluate(
    request: EvaluationRequest,
    decoder: DecoderClient,
    progress: Progress = no_progress,
) -> Document:
    """Return the document of `cbmir evaluate`: JSON types, macro figures at the top.

    Features of files are extracted once and kept (see `feature_cache`); figures of
    another layer or metric of the same model then take seconds.

    Raises
    ------
    DataError
        The manifest cannot be used, or has no query with a label.
    LibraryError, ModelError
        The database or the model cannot be used.
    CbmirError
        The metric or the class filter cannot be applied.
    Cancelled
        `progress` asked to stop.
    """
    return Evaluation(request, decoder, progress).run()


def _check_level(level: str) -> None:
    if level not in LEVELS:
        raise DataError(f"The label must be one of {LEVELS}, but it is '{level}'.")


def _labels_of_sources(images: CachedImages) -> Labels:
    return Labels(
        image_ids=images.image_ids,
        classes=[source.class_name for source in images.sources],
        diagnoses=[source.diagnosis for source in images.sources],
        groups=[source.group for source in images.sources],
    )


def _labels_of_records(records: Sequence[ImageRecord], level: str) -> Labels:
    by_modality = level == "modality"
    return Labels(
        image_ids=[record.image_id for record in records],
        classes=[
            (record.modality if by_modality else "") or record.class_name
            for record in records
        ],
        diagnoses=[record.diagnosis for record in records],
        groups=[record.group for record in records],
    )
