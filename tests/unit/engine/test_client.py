"""The client against a worker that does on demand what workers should not do."""

import os
import queue
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cbmir_gui.core.errors import EngineError, LibraryBusyError
from cbmir_gui.core.records import LibraryInfo
from cbmir_gui.engine import client as client_module
from cbmir_gui.engine.client import EngineClient
from cbmir_gui.engine.operations import LibraryArguments, NoArguments

LIMIT_S = 60.0

FAKE_WORKER = """
import os, sys
from cbmir_gui.core.errors import LibraryBusyError
from cbmir_gui.core.records import LibraryInfo
from cbmir_gui.engine.messages import (
    Message, encode_record, read_message, write_message)
from cbmir_gui.engine.process import claim_standard_streams

source, target = claim_standard_streams()
if "--dies-at-start" in sys.argv:
    os._exit(3)
write_message(target, Message(0, "ready"))
while (call := read_message(source)) is not None:
    if call.kind == "cancel":
        write_message(target, Message(call.ticket, "cancelled"))
        continue
    wish = call.payload["args"]["library"]
    if wish == "die":
        os._exit(1)
    elif wish == "garbage":
        target.write(b"no message at all")
        target.flush()
    elif wish == "error":
        payload = {"name": "LibraryBusyError", "message": "busy"}
        write_message(target, Message(call.ticket, "error", payload))
    elif wish == "progress":
        payload = {"done": 1, "total": 2, "text": "half"}
        write_message(target, Message(call.ticket, "progress", payload))
    elif wish == "wrong":
        write_message(target, Message(call.ticket, "result", {"name": 1}))
    elif wish == "answer":
        info = LibraryInfo("lung", "f", 3, 3, {"a": 3}, {}, (), "", 0, 10)
        write_message(target, Message(call.ticket, "result", encode_record(info)))
"""


class Asker:
    """Ask the worker and keep what came back, in order."""

    def __init__(self, client: EngineClient) -> None:
        self.client = client
        self.answers: queue.Queue[tuple[object, ...]] = queue.Queue()

    def ask(self, wish: str) -> int:
        return self.client.submit(
            "library_info",
            LibraryArguments(wish),
            on_result=lambda info: self.answers.put(("result", info)),
            on_error=lambda error: self.answers.put(("error", error)),
            on_progress=lambda *report: self.answers.put(("progress", *report)),
            on_cancelled=lambda: self.answers.put(("cancelled",)),
        )

    def answer(self) -> tuple[object, ...]:
        return self.answers.get(timeout=LIMIT_S)


@pytest.fixture
def states() -> list[str]:
    return []


@pytest.fixture
def fake_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "fake_worker.py").write_text(FAKE_WORKER)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return "fake_worker"


@pytest.fixture
def asker(fake_module: str, states: list[str]) -> Iterator[Asker]:
    with EngineClient(fake_module, on_state=states.append) as client:
        yield Asker(client)


def test_a_new_client_starts_no_process(asker: Asker) -> None:
    assert asker.client.pid == 0


def test_an_answer_arrives_as_the_record_of_its_operation(asker: Asker) -> None:
    asker.ask("answer")
    kind, info = asker.answer()
    assert kind == "result"
    assert isinstance(info, LibraryInfo)
    assert info.classes == {"a": 3}


def test_an_error_arrives_as_the_error_that_the_worker_raised(asker: Asker) -> None:
    asker.ask("error")
    kind, error = asker.answer()
    assert kind == "error"
    assert isinstance(error, LibraryBusyError)
    assert str(error) == "busy"


def test_progress_comes_before_the_answer_and_does_not_end_the_ticket(
    asker: Asker,
) -> None:
    ticket = asker.ask("progress")
    assert asker.answer() == ("progress", 1, 2, "half")
    asker.client.cancel(ticket)
    assert asker.answer() == ("cancelled",)


def test_a_wrong_answer_is_an_error_and_the_next_request_works(asker: Asker) -> None:
    asker.ask("wrong")
    kind, error = asker.answer()
    assert kind == "error"
    assert isinstance(error, EngineError)
    asker.ask("answer")
    assert asker.answer()[0] == "result"


def test_every_pending_ticket_fails_clearly_when_the_worker_dies(
    asker: Asker, states: list[str]
) -> None:
    asker.ask("hang")
    asker.ask("hang")
    asker.ask("die")
    answers = [asker.answer() for _ in range(3)]
    assert {kind for kind, _ in answers} == {"error"}
    for _, error in answers:
        assert isinstance(error, EngineError)
        assert "stopped unexpectedly" in str(error)
        assert "try again" in str(error)
    assert states == ["starting", "ready", "stopped"]


def test_a_dead_worker_is_started_again_by_the_next_request(asker: Asker) -> None:
    asker.ask("answer")
    asker.answer()
    first = asker.client.pid
    os.kill(first, signal.SIGKILL)
    asker.ask("answer")
    kind, _ = asker.answer()
    if kind == "error":  # it was sent before the death was seen
        asker.ask("answer")
        kind, _ = asker.answer()
    assert kind == "result"
    assert asker.client.pid not in {0, first}


def test_garbage_from_the_worker_fails_the_ticket_and_ends_the_worker(
    asker: Asker,
) -> None:
    asker.ask("garbage")
    kind, error = asker.answer()
    assert kind == "error"
    assert isinstance(error, EngineError)
    asker.ask("answer")
    assert asker.answer()[0] == "result"


def test_a_worker_that_dies_at_its_start_says_what_to_do(fake_module: str) -> None:
    with EngineClient(fake_module, ["--dies-at-start"]) as client:
        asker = Asker(client)
        asker.ask("answer")
        kind, error = asker.answer()
    assert kind == "error"
    assert "could not be started" in str(error)
    assert "cbmir doctor" in str(error)


def test_closing_cancels_what_is_pending_and_ends_the_process(
    fake_module: str, states: list[str]
) -> None:
    client = EngineClient(fake_module, on_state=states.append)
    asker = Asker(client)
    asker.ask("answer")
    asker.answer()
    asker.ask("hang")
    client.close()
    assert asker.answer() == ("cancelled",)
    assert client.pid == 0
    assert states[-1] == "stopped"


def test_a_request_after_closing_is_cancelled(fake_module: str) -> None:
    client = EngineClient(fake_module)
    client.close()
    asker = Asker(client)
    asker.ask("answer")
    assert asker.answer() == ("cancelled",)


def test_arguments_of_another_operation_are_refused(asker: Asker) -> None:
    with pytest.raises(TypeError, match="library_info takes LibraryArguments"):
        asker.client.submit(
            "library_info", NoArguments(), on_result=print, on_error=print
        )


def test_a_client_that_is_closing_starts_no_process(
    fake_module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    starts: list[str] = []

    def start(module: str, arguments: object) -> None:
        starts.append(module)
        begun.set()
        assert go_on.wait(LIMIT_S)
        raise EngineError("no process")

    monkeypatch.setattr(client_module, "ChildProcess", start)
    asker = Asker(EngineClient(fake_module))
    asker.ask("one")
    asker.ask("two")
    assert begun.wait(LIMIT_S)
    closing = threading.Thread(target=asker.client.close)
    closing.start()
    assert [asker.answer(), asker.answer()] == [("cancelled",)] * 2
    go_on.set()
    closing.join(LIMIT_S)
    assert starts == [fake_module]
    assert asker.answers.empty()


@pytest.mark.filterwarnings("error::ResourceWarning")
def test_a_worker_that_dies_while_the_client_closes_is_waited_for(
    fake_module: str,
) -> None:
    stopped = threading.Event()
    client = EngineClient(
        fake_module,
        on_state=lambda state: stopped.set() if state == "stopped" else None,
    )
    asker = Asker(client)
    asker.ask("answer")
    asker.answer()
    pid = client.pid

    def die() -> None:
        os.kill(pid, signal.SIGKILL)
        assert stopped.wait(LIMIT_S)

    client.submit(
        "library_info",
        LibraryArguments("hang"),
        on_result=print,
        on_error=print,
        on_cancelled=die,
    )
    client.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
