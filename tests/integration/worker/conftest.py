"""The real worker process and small images; no network is loaded."""

import queue
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cbmir_gui.core.records import IndexRequest, IndexSummary
from cbmir_gui.engine.client import EngineClient
from cbmir_gui.engine.messages import DataclassInstance

LIMIT_S = 120.0

Event = tuple[str, Any]


class Asker:
    """Ask the worker; every ticket has a queue of what came back."""

    def __init__(self, client: EngineClient) -> None:
        self.client = client
        self._events: dict[int, queue.Queue[Event]] = {}

    def submit(self, op: str, arguments: DataclassInstance) -> int:
        events: queue.Queue[Event] = queue.Queue()
        ticket = self.client.submit(
            op,
            arguments,
            on_result=lambda answer: events.put(("result", answer)),
            on_error=lambda error: events.put(("error", error)),
            on_progress=lambda *report: events.put(("progress", report)),
            on_cancelled=lambda: events.put(("cancelled", None)),
        )
        self._events[ticket] = events
        return ticket

    def next_event(self, ticket: int) -> Event:
        return self._events[ticket].get(timeout=LIMIT_S)

    def ending(self, ticket: int) -> Event:
        event = self.next_event(ticket)
        while event[0] == "progress":
            event = self.next_event(ticket)
        return event

    def ask(self, op: str, arguments: DataclassInstance) -> Any:
        kind, answer = self.ending(self.submit(op, arguments))
        assert kind == "result", answer
        return answer


@pytest.fixture
def asker() -> Iterator[Asker]:
    with EngineClient(arguments=["--no-preload"]) as client:
        yield Asker(client)


@pytest.fixture
def images(tmp_path: Path) -> Callable[[int], Path]:
    """Return a function that writes so many different pictures into one folder."""
    from cbmir_gui.imaging.raster import write_png

    def make(number: int) -> Path:
        folder = tmp_path / "images"
        folder.mkdir(exist_ok=True)
        rng = np.random.default_rng(7)
        for index in range(number):
            pixels = rng.integers(0, 256, (48, 48), dtype=np.uint8)
            write_png(folder / f"{index:03d}.png", pixels)
        return folder

    return make


@pytest.fixture
def library(
    tmp_path: Path, asker: Asker, images: Callable[[int], Path]
) -> tuple[str, Path]:
    """Return the folder of a library of 12 images, and that of the images."""
    folder, source = tmp_path / "library", images(12)
    request = IndexRequest(str(folder), (str(source),), model="raw-pixels")
    summary: IndexSummary = asker.ask("index", request)
    assert summary.added == 12
    return str(folder), source
