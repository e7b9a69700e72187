"""How queries are measured."""

import shutil
from pathlib import Path

import pytest

from cbmir_gui.core.errors import CbmirError
from cbmir_gui.engine.decoder_client import DecoderClient
from cbmir_gui.services.benchmark import (
    BenchmarkRequest,
    measure_queries,
    quantile_of_steps,
)
from cbmir_gui.services.retrieval import RetrievalService


def test_quantiles_are_taken_step_by_step() -> None:
    timings = [{"decode": 1.0, "total": 10.0}, {"decode": 3.0, "total": 20.0}]
    assert quantile_of_steps(timings, 0.5) == {"decode": 2.0, "total": 15.0}


def test_queries_run_over_the_whole_path(
    library_folder: Path, decoder: DecoderClient
) -> None:
    result = measure_queries(
        BenchmarkRequest(str(library_folder), num_queries=4), RetrievalService(decoder)
    )
    assert (result.num_queries, result.library_size) == (4, 18)
    assert set(result.median_ms) == {"decode", "extract", "search", "total"}
    assert result.p95_ms["total"] >= result.median_ms["total"] > 0


def test_files_that_are_gone_cannot_be_measured(
    image_folder: Path, library_folder: Path, decoder: DecoderClient
) -> None:
    shutil.rmtree(image_folder)
    with pytest.raises(CbmirError, match="is where it was"):
        measure_queries(
            BenchmarkRequest(str(library_folder)), RetrievalService(decoder)
        )
