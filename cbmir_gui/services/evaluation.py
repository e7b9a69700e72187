"""Measure how good retrieval and classification are, on labelled queries."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cbmir_gui.core.errors import DataError
from cbmir_gui.core.progress import Progress, no_progress
from cbmir_gui.core.records import ImageSource
from cbmir_gui.engine.decoder_client import DecoderClient
from cbmir_gui.evaluation.labels import LEVELS
from cbmir_gui.evaluation.report import DEFINITIONS, Document, build_report
from cbmir_gui.imaging.corruptions import choose_corruptions
from cbmir_gui.services.discriminant_map import map_by_discriminants
from cbmir_gui.services.evaluated_system import EvaluatedSystem, SystemChoice
from cbmir_gui.services.fused_system import FusedSystem
from cbmir_gui.services.labelled_data import find_library, read_labelled
from cbmir_gui.services.paired_systems import compare_systems, narrow_database
from cbmir_gui.services.robustness import (
    Measured,
    leave_one_source_out,
    measure_corruptions,
)
from cbmir_gui.services.search_choices import NO_FILTER
from cbmir_gui.sources.manifests import read_column
from cbmir_gui.sources.splits import DEFAULT_FRACTIONS

DEFAULT_QUERY_SPLITS = ("test",)
"""Where one manifest is database and queries at once."""
_DISJOINT_COLUMN = "patient_disjoint"
_NOT_DISJOINT = "no"


@dataclass(frozen=True, slots=True)
class EvaluationRequest:
    """Search for every query of a manifest, and compare labels."""

    queries: str
    """Manifest, folder of class folders, or library."""
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
    corruption: str = ""
    """Also spoil the queries: one of `imaging.corruptions`, or all."""
    leave_out: str = ""
    """Also search without the query's source: the manifest's column that names it."""
    also: tuple[str, ...] = ()
    """Further "model/layer" to search with at once: late fusion, see `fusion`."""
    against: str = ""
    """Also compare with another system: model, model/layer, or with +lda behind it."""


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
        _check_level(request.level)
        self._request = request
        self._decoder = decoder
        self._progress = progress
        self._corruptions = choose_corruptions(request.corruption)
        self._source_of = self._read_column(request.leave_out)
        model, layer, metric = request.model, request.layer, request.metric
        choice = SystemChoice(model, layer, metric, request.library)
        self._system = self._open(choice, request.also)
        self._other: EvaluatedSystem | None = None
        if request.against:
            self._other = self._open(
                SystemChoice.parse(request.against, metric, request.library)
            )

    def run(self) -> Document:
        """Extract, search and measure."""
        started = time.perf_counter()
        sources = self._read_sources(self._query_splits())
        labelled = [source for source in sources if self._has_label(source)]
        database = self._read_database_sources()
        measured = self._measure(self._system, labelled, database)
        skipped = {
            "unreadable": len(measured.queries.images.failed),
            "without_label": len(sources) - len(labelled),
        }
        evaluated = replace(
            self._system.evaluated(measured.queries, measured.rankings),
            is_patient_disjoint=self._patient_disjoint(measured),
        )
        report = build_report(evaluated, sum(skipped.values()))
        if self._corruptions:
            report["corruptions"] = measure_corruptions(measured, self._corruptions)
        if self._source_of:
            report["leave_one_out"] = self._leave_out(measured)
        if self._other is not None:
            report["against"] = self._compare(self._other, measured, database)
        report["protocol"] = {
            **self._protocol(measured),
            "skipped": skipped,
            "seconds": round(time.perf_counter() - started, 1),
        }
        return report

    def _open(
        self, choice: SystemChoice, also: tuple[str, ...] = ()
    ) -> EvaluatedSystem:
        request = self._request
        how = request.level, request.class_filter, self._decoder, self._progress
        if also:
            return FusedSystem(choice, also, *how)
        return EvaluatedSystem(choice, *how)

    def _measure(
        self,
        system: EvaluatedSystem,
        queries: Sequence[ImageSource],
        database: Sequence[ImageSource],
        among: Sequence[str] | None = None,
    ) -> Measured:
        """Search the database, or only those of its images that are named."""
        found = system.read_queries(queries)
        if not found.images.sources:
            raise DataError(
                f"'{Path(self._request.queries).name}' has no query that can be read "
                f"and has a label at {self._request.level} level. Check the manifest, "
                f"or choose another level."
            )
        features = system.read_database(database)
        if among is not None:
            features = narrow_database(features, among, system)
        if system.is_mapped:
            found, features = map_by_discriminants(found, features)
        rankings = system.rank(found.searched, features.database())
        return Measured(system, features, found, rankings)

    def _query_splits(self) -> tuple[str, ...]:
        default = () if self._request.library else DEFAULT_QUERY_SPLITS
        return self._request.splits or default

    def _database_splits(self) -> tuple[str, ...]:
        rest = tuple(s for s in DEFAULT_FRACTIONS if s not in self._query_splits())
        return self._request.database_splits or rest

    def _read_sources(self, splits: Sequence[str]) -> list[ImageSource]:
        label = "modality" if self._request.level == "modality" else "class"
        request = self._request
        return read_labelled(request.queries, request.set_name, splits, label)

    def _read_database_sources(self) -> list[ImageSource]:
        if self._request.library:
            return []
        return self._read_sources(self._database_splits())

    def _read_column(self, column: str) -> dict[str, str]:
        """Return the sources by path; empty where nothing is to be left out."""
        if not column:
            return {}
        if self._request.library:
            raise DataError(
                "A library does not know the sources of its images, so none can be "
                "left out. Leave the library out: the manifest's other splits are "
                "searched."
            )
        path = Path(self._request.queries)
        is_library = find_library(self._request.queries) is not None
        sources = {} if is_library else read_column(path, column)
        if not sources:
            raise DataError(
                f"'{path.name}' has no column '{column}' that names the source of "
                f"each image. Name another column, or add it."
            )
        return sources

    def _has_label(self, source: ImageSource) -> bool:
        needs_diagnosis = self._request.level == "diagnosis"
        return bool(source.class_name and (source.diagnosis or not needs_diagnosis))

    def _patient_disjoint(self, measured: Measured) -> NDArray[np.bool_] | None:
        """Return (q,) False where the manifest says no; None where it says nothing."""
        if find_library(self._request.queries) is not None:
            return None
        marks = read_column(Path(self._request.queries), _DISJOINT_COLUMN)
        if not any(marks.values()):
            return None
        images = measured.queries.images.sources
        return np.array(
            [marks.get(image.path, "").lower() != _NOT_DISJOINT for image in images]
        )

    def _leave_out(self, measured: Measured) -> Document:
        return leave_one_source_out(
            measured,
            self._request.leave_out,
            self._source_of,
            [self._source_of.get(path, "") for path in measured.database.paths],
        )

    def _compare(
        self,
        system: EvaluatedSystem,
        measured: Measured,
        database: Sequence[ImageSource],
    ) -> Document:
        among = measured.database.labels.image_ids
        queries = measured.queries.images.sources
        other = self._measure(system, queries, database, among)
        return compare_systems(measured, other)

    def _protocol(self, measured: Measured) -> Document:
        request, info, rankings = self._request, self._system.info, measured.rankings
        return {
            "level": request.level,
            "model": info.model,
            "layer": info.layer,
            "extractor_key": info.key,
            "metric": self._system.metric_name,
            "also": list(self._system.also),
            "class_filter": request.class_filter,
            "queries": Path(request.queries).name,
            "set": request.set_name,
            "query_splits": list(self._query_splits()),
            "database_splits": [] if request.library else list(self._database_splits()),
            "database": Path(request.library or request.queries).name,
            "database_size": len(measured.database.labels),
            "num_unreadable_in_database": measured.database.num_unreadable,
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
        The metric, the class filter or the corruption cannot be applied.
    Cancelled
        `progress` asked to stop.
    """
    return Evaluation(request, decoder, progress).run()


def _check_level(level: str) -> None:
    if level not in LEVELS:
        raise DataError(f"The label must be one of {LEVELS}, but it is '{level}'.")
