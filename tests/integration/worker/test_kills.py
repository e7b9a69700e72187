"""Processes that are killed while they work."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import psutil
import pytest

from cbmir_gui.core.errors import DecoderCrashedError, EngineError
from cbmir_gui.core.records import IndexRequest
from cbmir_gui.core.search_records import SearchRequest
from cbmir_gui.engine import decoder_client
from cbmir_gui.engine.decoder_client import DecoderClient
from cbmir_gui.engine.messages import Message, write_message
from cbmir_gui.services.indexing import index_library

if TYPE_CHECKING:
    from tests.integration.worker.conftest import Asker

MODEL = "raw-pixels"
LIMIT_S = 120.0
Library = tuple[str, Path]

WINDOW = """
import queue, sys
from cbmir_gui.engine.client import EngineClient
from cbmir_gui.engine.operations import NoArguments

answers = queue.Queue()
client = EngineClient(arguments=["--no-preload"])
client.submit(
    "list_libraries", NoArguments(), on_result=answers.put, on_error=answers.put)
answers.get()
print(client.pid, flush=True)
sys.stdin.read()
"""


def test_a_worker_killed_during_a_search_fails_it_and_the_next_search_works(
    asker: "Asker", library: Library
) -> None:
    folder, source = library
    request = SearchRequest(folder, query_path=str(source / "001.png"))
    asker.ask("search", request)
    # Stopped, it cannot answer before it is killed.
    os.kill(asker.client.pid, signal.SIGSTOP)
    ticket = asker.submit("search", request)
    os.kill(asker.client.pid, signal.SIGKILL)
    kind, error = asker.ending(ticket)
    assert kind == "error"
    assert isinstance(error, EngineError)
    assert "stopped unexpectedly" in str(error)
    assert asker.ask("search", request).hits


def test_the_decoders_die_with_their_worker(asker: "Asker", library: Library) -> None:
    worker = psutil.Process(asker.client.pid)
    decoders = worker.children()
    assert decoders
    worker.kill()
    _, alive = psutil.wait_procs(decoders, timeout=LIMIT_S)
    assert alive == []
    folder, source = library
    request = SearchRequest(folder, query_path=str(source / "001.png"))
    kind, _ = asker.ending(asker.submit("search", request))
    assert kind in {"result", "error"}


def test_the_worker_dies_with_its_window() -> None:
    window = subprocess.Popen(
        [sys.executable, "-c", WINDOW], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with window:
        assert window.stdout is not None
        worker = psutil.Process(int(window.stdout.readline()))
        assert worker.is_running()
        window.kill()
    worker.wait(timeout=LIMIT_S)


def test_a_decoder_killed_in_the_middle_fails_one_file_and_the_rest_goes_on(
    images: Callable[[int], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = images(40)
    with DecoderClient() as decoder:

        def write_and_kill(stream: BinaryIO, message: Message) -> None:
            """Stop the decoder first, so that it cannot answer before it is killed."""
            is_victim = message.payload["args"]["path"].endswith("020.png")
            if is_victim:
                os.kill(decoder.pid, signal.SIGSTOP)
            write_message(stream, message)
            if is_victim:
                os.kill(decoder.pid, signal.SIGKILL)

        monkeypatch.setattr(decoder_client, "write_message", write_and_kill)
        request = IndexRequest(str(tmp_path / "l"), (str(folder),), model=MODEL)
        summary = index_library(request, [decoder])
    assert summary.added == 39
    assert [Path(failed.path).name for failed in summary.failed] == ["020.png"]
    assert summary.failed[0].reason == str(DecoderCrashedError("020.png"))


@pytest.fixture(autouse=True)
def only_where_signals_are() -> None:
    if os.name != "posix":
        pytest.skip("needs POSIX signals")
