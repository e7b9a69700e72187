"""A library adopts a model in the real worker, which may be killed meanwhile."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cbmir_gui.core.errors import EngineError, LibraryError
from cbmir_gui.core.records import IndexRequest
from cbmir_gui.core.search_records import SearchRequest
from cbmir_gui.engine.operations import ExtractorArguments, LibraryArguments
from cbmir_gui.library.library import Library
from cbmir_gui.services.extracting import COMMIT_IMAGES

if TYPE_CHECKING:
    from tests.integration.worker.conftest import Asker

OLD, NEW = "raw-pixels", "lbp"
NUM_IMAGES = 2 * COMMIT_IMAGES
Filled = tuple[str, Path]


@pytest.fixture
def filled(asker: "Asker", images: Callable[[int], Path], tmp_path: Path) -> Filled:
    """Return the folder of a library of two commits, and that of its images."""
    folder, source = str(tmp_path / "library"), images(NUM_IMAGES)
    request = IndexRequest(folder, (str(source),), model=OLD)
    assert asker.ask("index", request).added == NUM_IMAGES
    return folder, source


def test_the_old_model_serves_until_the_new_one_is_adopted(
    asker: "Asker", filled: Filled
) -> None:
    folder, source = filled
    query = SearchRequest(folder, query_path=str(source / "005.png"), top=3)
    assert asker.ask("search", query).model == OLD
    ticket = asker.submit("adopt_model", ExtractorArguments(folder, NEW))
    assert asker.next_event(ticket)[0] == "progress"
    assert asker.ask("search", query).model == OLD
    kind, summary = asker.ending(ticket)
    assert (kind, summary.added) == ("result", NUM_IMAGES)
    results = asker.ask("search", query)
    assert (results.model, results.library_size) == (NEW, NUM_IMAGES)
    assert results.hits[0].is_query

    adoption = asker.ask("adopted", LibraryArguments(folder))
    assert (adoption.default.model, adoption.previous.model) == (NEW, OLD)
    info = asker.ask("roll_back", LibraryArguments(folder))
    assert info.default_extractor == adoption.previous.key
    assert asker.ask("search", query).model == OLD
    kind, error = asker.ending(asker.submit("roll_back", LibraryArguments(folder)))
    assert kind == "error"
    assert isinstance(error, LibraryError)
    asker.ask("set_default_extractor", ExtractorArguments(folder, NEW))
    assert asker.ask("search", query).model == NEW


def test_a_second_long_work_says_what_it_waits_for(
    asker: "Asker", filled: Filled
) -> None:
    folder, source = filled
    first = asker.submit("adopt_model", ExtractorArguments(folder, NEW))
    assert asker.next_event(first)[0] == "progress"
    second = asker.submit("index", IndexRequest(folder, (str(source),)))
    kind, (_, _, text) = asker.next_event(second)
    assert (kind, text) == ("progress", "Waiting for the library that adopts a model")
    asker.client.cancel(first)
    assert asker.ending(first)[1].cancelled
    assert asker.ending(second)[1].known == NUM_IMAGES


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
def test_killed_in_the_middle_the_old_model_serves_and_adopting_goes_on(
    asker: "Asker", filled: Filled
) -> None:
    folder, source = filled
    ticket = asker.submit("adopt_model", ExtractorArguments(folder, NEW))
    kind, report = asker.next_event(ticket)
    while kind == "progress" and report[0] <= COMMIT_IMAGES:
        kind, report = asker.next_event(ticket)
    os.kill(asker.client.pid, signal.SIGKILL)
    kind, error = asker.ending(ticket)
    assert kind == "error"
    assert isinstance(error, EngineError)

    query = SearchRequest(folder, query_path=str(source / "005.png"), top=3)
    results = asker.ask("search", query)
    assert (results.model, results.library_size) == (OLD, NUM_IMAGES)
    assert asker.ask("adopted", LibraryArguments(folder)).previous is None
    summary = asker.ask("adopt_model", ExtractorArguments(folder, NEW))
    assert 0 < summary.added <= NUM_IMAGES - COMMIT_IMAGES
    assert asker.ask("search", query).model == NEW
    with Library.open(Path(folder), read_only=True) as library:
        assert library.verify().problems == ()
