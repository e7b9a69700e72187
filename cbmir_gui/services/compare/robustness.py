"""What a model loses on spoilt queries, and without the query's source."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cbmir_gui.evaluation.drops import HEADLINES
from cbmir_gui.features.registry import find_extractor
from cbmir_gui.imaging.corruptions import choose_corruptions
from cbmir_gui.services.compare.embedding import Tools
from cbmir_gui.services.compare.measuring import Document
from cbmir_gui.services.compare.tasks import QUERY_SPLITS, TaskData
from cbmir_gui.services.evaluation import EvaluationRequest, evaluate
from cbmir_gui.sources.manifests import read_column

SOURCE_COLUMN = "original_dataset"
"""Of the manifest: who made the image."""


@dataclass(frozen=True, slots=True)
class SpoiltQueries:
    """The same queries after one corruption of `imaging.corruptions`."""

    manifest: str
    model: str
    layer: str
    corruption: str

    def fingerprint(self) -> str:
        """Return the extractor, its metric and the corruption with its strength."""
        corruption = choose_corruptions(self.corruption)[0]
        info = find_extractor(self.model, self.layer)
        return f"{info.key} {info.metric} {corruption.key}"

    def run(
        self, data: TaskData, shared_files: frozenset[str] | None, tools: Tools
    ) -> Document:
        """Search with the queries as they are, and spoilt."""
        request = _request(self, data, corruption=self.corruption)
        report = evaluate(request, tools.decoder, tools.progress)
        spoilt = report["corruptions"][self.corruption]
        return _losses(report, spoilt, spoilt["strength"])


@dataclass(frozen=True, slots=True)
class WithoutOwnSource:
    """Queries of classes with several sources, each without its own source."""

    manifest: str
    model: str
    layer: str

    def fingerprint(self) -> str:
        """Return the extractor, its metric and what the column of sources says."""
        info = find_extractor(self.model, self.layer)
        sources = read_column(Path(self.manifest), SOURCE_COLUMN)
        said = hashlib.sha256(json.dumps(list(sources.values())).encode()).hexdigest()
        return f"{info.key} {info.metric} without {SOURCE_COLUMN} {said}"

    def run(
        self, data: TaskData, shared_files: frozenset[str] | None, tools: Tools
    ) -> Document:
        """Search in the whole database, and without the query's source."""
        request = _request(self, data, leave_out=SOURCE_COLUMN)
        report = evaluate(request, tools.decoder, tools.progress)
        left_out = report["leave_one_out"]
        classes = ", ".join(left_out["classes"])
        return _losses(report, left_out, f"classes with several sources: {classes}")


def _request(
    system: SpoiltQueries | WithoutOwnSource,
    data: TaskData,
    corruption: str = "",
    leave_out: str = "",
) -> EvaluationRequest:
    return EvaluationRequest(
        queries=system.manifest,
        set_name=data.task.set_name,
        splits=QUERY_SPLITS,
        model=system.model,
        layer=system.layer,
        level=data.task.label,
        corruption=corruption,
        leave_out=leave_out,
    )


def _losses(report: Document, part: Mapping[str, Any], note: str) -> Document:
    """Return the figures of the worse search, and the points that were lost."""
    names = [name for name in HEADLINES if part.get(name) is not None]
    lost = {name: part[f"{name}_drop_points"] for name in names}
    intervals = {name: part[f"{name}_drop_points_interval"] for name in names}
    return {
        "metric": report["protocol"]["metric"],
        "search": report["protocol"]["class_filter"],
        "num_queries": part["num_queries"],
        "num_skipped": report["num_skipped"],
        "database_size": report["protocol"]["database_size"],
        "figures": {name: round(part[name], 4) for name in names},
        "lost_points": {name: round(points, 2) for name, points in lost.items()},
        "lost_points_intervals": {
            name: interval and [round(bound, 2) for bound in interval]
            for name, interval in intervals.items()
        },
        "note": note,
    }
