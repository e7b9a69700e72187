"""How long queries take here: real files, the whole path, warm."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cbmir_gui.core.errors import CbmirError, EmptyLibraryError
from cbmir_gui.core.progress import Progress, no_progress
from cbmir_gui.core.search_records import SearchRequest
from cbmir_gui.library.catalogue import Catalogue
from cbmir_gui.networks.precision import compute_dtype
from cbmir_gui.services.retrieval import RetrievalService

_NUM_WARM_UP = 3


@dataclass(frozen=True, slots=True)
class BenchmarkRequest:
    """Measure queries of a library with its own images."""

    library: str
    """Folder of the library."""
    num_queries: int = 50
    model: str = ""
    layer: str = ""
    metric: str = ""


@dataclass(frozen=True, slots=True)
class Benchmark:
    """What the queries took."""

    library_size: int
    num_queries: int
    model: str
    layer: str
    metric: str
    precision: str
    median_ms: dict[str, float]
    """By step: decode, extract, search, total."""
    p95_ms: dict[str, float]


def measure_queries(
    request: BenchmarkRequest,
    service: RetrievalService,
    progress: Progress = no_progress,
) -> Benchmark:
    """Search for images of the library, spread evenly over it, file to hits.

    Raises
    ------
    CbmirError
        The library is empty, or none of its files is where it was.
    Cancelled
        `progress` asked to stop.
    """
    paths = _query_paths(Path(request.library), request.num_queries + _NUM_WARM_UP)
    results = []
    for done, path in enumerate(paths):
        progress(done, len(paths), "searching")
        results.append(
            service.search(
                SearchRequest(
                    library=request.library,
                    query_path=path,
                    model=request.model,
                    layer=request.layer,
                    metric=request.metric,
                )
            )
        )
    measured = results[_NUM_WARM_UP:] or results
    timings = [entry.timings_ms for entry in measured]
    last = measured[-1]
    return Benchmark(
        library_size=last.library_size,
        num_queries=len(measured),
        model=last.model,
        layer=last.layer,
        metric=last.metric,
        precision=compute_dtype(),
        median_ms=quantile_of_steps(timings, 0.5),
        p95_ms=quantile_of_steps(timings, 0.95),
    )


def quantile_of_steps(
    timings: Sequence[dict[str, float]], quantile: float
) -> dict[str, float]:
    """Return the quantile of each step over the queries, in ms."""
    return {
        step: round(float(np.quantile([entry[step] for entry in timings], quantile)), 2)
        for step in timings[0]
    }


def _query_paths(library: Path, num_paths: int) -> list[str]:
    with Catalogue.open(library) as catalogue:
        num_images = catalogue.num_images()
        if not num_images:
            raise EmptyLibraryError(library.name)
        rows = np.linspace(0, num_images - 1, min(num_paths, num_images)).astype(int)
        paths = [catalogue.records(1, int(row))[0].path for row in rows]
    found = [path for path in paths if Path(path).is_file()]
    if not found:
        raise CbmirError(
            f"None of the files that were tried of '{library.name}' is where it was. "
            f"Measure with a library whose images are there."
        )
    return found
