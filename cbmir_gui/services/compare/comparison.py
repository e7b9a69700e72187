"""Measure every row that is not there yet, then write the report."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cbmir_gui.core.errors import Cancelled, CbmirError
from cbmir_gui.core.progress import Progress, no_progress
from cbmir_gui.engine.decoder_client import DecoderClient
from cbmir_gui.services.compare.embedding import Tools
from cbmir_gui.services.compare.hardware import describe_hardware
from cbmir_gui.services.compare.measuring import Document
from cbmir_gui.services.compare.report import write_report
from cbmir_gui.services.compare.row import Row, row_key
from cbmir_gui.services.compare.row_cache import RowCache
from cbmir_gui.services.compare.rows import (
    Choices,
    choose_rows,
    find_imagenet,
    list_rows,
)
from cbmir_gui.services.compare.tasks import TaskData, find_tasks, read_task
from cbmir_gui.sources.manifests import read_column

_LOGGER = logging.getLogger(__name__)
_DISJOINT_COLUMN = "patient_disjoint"


@dataclass(frozen=True, slots=True)
class CompareRequest:
    """Compare all systems on one manifest."""

    manifest: str
    """Manifest or folder of class folders."""
    out: str
    """Folder of the report and of the measured rows."""
    rows: tuple[str, ...] = ()
    """Names or patterns; empty: all."""
    budget_minutes: float = 10.0
    """Of each network that is trained from scratch."""
    imagenet: str = ""
    """Weights of the ImageNet MobileNetV2; empty: those beside the data, if any."""


def compare(
    request: CompareRequest,
    decoder: DecoderClient,
    progress: Progress = no_progress,
) -> Document:
    """Return the rows and where the report is; JSON types.

    Rows that were measured before are taken from `out`, if weights, data and protocol
    are still the same. A row that fails is listed with its reason, the others go on.

    Raises
    ------
    DataError
        The manifest cannot be used.
    CbmirError
        No row has one of the names.
    StorageError
        The folder cannot be written.
    Cancelled
        `progress` asked to stop; what was measured stays.
    """
    manifest, out = Path(request.manifest), Path(request.out)
    tasks = find_tasks(manifest)
    imagenet = find_imagenet(manifest, request.imagenet)
    rows = list_rows(tasks, Choices(manifest, imagenet, request.budget_minutes))
    wanted = {row.name for row in choose_rows(rows, request.rows)}
    cache = RowCache(out)
    data = {task.name: read_task(manifest, task) for task in tasks}
    comparison = _Comparison(cache, data, _shared_files(manifest), decoder, progress)
    documents = comparison.run(rows, wanted)
    return write_report(out, manifest.name, list(data.values()), documents)


class _Comparison:
    def __init__(
        self,
        cache: RowCache,
        data: dict[str, TaskData],
        shared_files: frozenset[str] | None,
        decoder: DecoderClient,
        progress: Progress,
    ) -> None:
        self._cache = cache
        self._data = data
        self._shared_files = shared_files
        self._decoder = decoder
        self._progress = progress
        self._hardware = describe_hardware()

    def run(self, rows: Sequence[Row], wanted: set[str]) -> list[Document]:
        """Return the rows that have figures or were asked for, in their order."""
        found = []
        for number, row in enumerate(rows):
            self._progress(number, len(rows), row.name)
            document = self._find_or_measure(row, row.name in wanted)
            if document is not None:
                found.append(_describe(row) | document)
        return found

    def _find_or_measure(self, row: Row, is_wanted: bool) -> Document | None:
        data = self._data[row.task.name]
        try:
            key = row_key(row, data, self._shared_files)
            stored = self._cache.load(row.name, key)
            if stored is not None or not is_wanted:
                return stored
            measured = self._measure(row, data)
        except CbmirError as error:
            return _failure(str(error)) if is_wanted else None
        except (Cancelled, KeyboardInterrupt):
            raise
        except Exception as error:
            # The other rows go on.
            _LOGGER.exception("The row %s failed", row.name)
            return _failure(
                f"An unexpected error ({type(error).__name__}); the log has its "
                f"details."
            )
        self._cache.save(row.name, key, measured)
        return measured

    def _measure(self, row: Row, data: TaskData) -> Document:
        started = time.perf_counter()
        tools = Tools(self._decoder, _named(self._progress, row.name))
        figures = row.measurement.run(data, self._shared_files, tools)
        seconds = round(time.perf_counter() - started, 1)
        _LOGGER.info("The row %s took %.1f s", row.name, seconds)
        return {
            "status": "ok",
            **figures,
            "row_seconds": seconds,
            "hardware": self._hardware,
        }


def _describe(row: Row) -> Document:
    return {
        "row": row.name,
        "system": row.system,
        "title": row.title,
        "kind": row.kind,
        "set": row.task.name,
        "task": row.task.title,
        "label": row.task.label,
    }


def _failure(reason: str) -> Document:
    return {"status": "failed", "reason": reason}


def _named(progress: Progress, name: str) -> Progress:
    def report(done: int, total: int, text: str = "") -> None:
        progress(done, total, f"{name}: {text}" if text else name)

    return report


def _shared_files(manifest: Path) -> frozenset[str] | None:
    """Return the files that the manifest marks patient_disjoint = no.

    None where it says nothing of any file.
    """
    marks = read_column(manifest, _DISJOINT_COLUMN)
    if not any(marks.values()):
        return None
    return frozenset(path for path, mark in marks.items() if mark.lower() == "no")
