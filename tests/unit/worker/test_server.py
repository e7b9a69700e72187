"""The request loop with work that the test holds in its hand."""

import io
import os
import queue
import threading
from collections.abc import Callable, Iterator

import pytest

from cbmir_gui.core.errors import LibraryBusyError
from cbmir_gui.core.progress import Progress
from cbmir_gui.core.search_records import SearchRequest
from cbmir_gui.engine.messages import (
    Message,
    encode_record,
    read_message,
    write_message,
)
from cbmir_gui.engine.operation_answers import Warmed
from cbmir_gui.engine.operations import (
    ExtractorArguments,
    LibraryArguments,
    NoArguments,
    RebuildArguments,
)
from cbmir_gui.worker import server
from cbmir_gui.worker.server import Reporter, Server

LIMIT_S = 60.0


class Window:
    """The other end of a server that runs in a thread of the test."""

    def __init__(self, handlers: dict[str, Callable[..., object]]) -> None:
        source, self._requests = self._pipe()
        answers, self._target = self._pipe()
        self.server = Server(self._target, handlers)
        self._answers = answers
        self._source = source
        self._thread = threading.Thread(target=self.server.serve, args=(source,))
        self._thread.start()

    @staticmethod
    def _pipe() -> tuple[io.BufferedReader, io.BufferedWriter]:
        reading, writing = os.pipe()
        return os.fdopen(reading, "rb"), os.fdopen(writing, "wb")

    def call(self, ticket: int, op: str, arguments: object = None) -> None:
        record = NoArguments() if arguments is None else arguments
        payload = {"op": op, "args": encode_record(record)}
        write_message(self._requests, Message(ticket, "call", payload))

    def send(self, message: Message) -> None:
        write_message(self._requests, message)

    def answer(self) -> Message:
        message = read_message(self._answers)
        assert message is not None
        return message

    def close(self) -> bool:
        self._requests.close()
        self._thread.join(LIMIT_S)
        ended = self.server.close()
        for stream in (self._source, self._target, self._answers):
            stream.close()
        return ended


class Work:
    """Handlers that wait until the test lets them go on."""

    def __init__(self) -> None:
        self.begun: queue.Queue[str] = queue.Queue()
        self.go_on = threading.Event()

    def search(self, request: SearchRequest, progress: Progress) -> Warmed:
        self.begun.put(request.library)
        while not self.go_on.wait(0.005):
            progress(0, 0)
        progress(0, 0)
        return Warmed(1)

    def index(self, request: object, progress: Progress) -> Warmed:
        return self.search(SearchRequest("index"), progress)

    def models(self, request: object, progress: Progress) -> Warmed:
        return Warmed(2)

    def info(self, request: LibraryArguments, progress: Progress) -> Warmed:
        match request.library:
            case "busy":
                raise LibraryBusyError("lung")
            case "memory":
                raise MemoryError
            case _:
                raise KeyError("Smith^John")


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
def window(work: Work) -> Iterator[Window]:
    handlers = {
        "search": work.search,
        "extract_missing": work.index,
        "rebuild_image": work.models,
        "models": work.models,
        "library_info": work.info,
    }
    window = Window(handlers)
    assert window.answer().kind == "ready"
    yield window
    work.go_on.set()
    window.close()


def test_a_question_is_answered_while_search_and_indexing_run(
    window: Window, work: Work
) -> None:
    window.call(1, "search", SearchRequest("lung"))
    window.call(2, "extract_missing", ExtractorArguments("lung"))
    assert {work.begun.get(timeout=LIMIT_S) for _ in range(2)} == {"lung", "index"}
    window.call(3, "models")
    answer = window.answer()
    while answer.kind == "progress":
        answer = window.answer()
    assert (answer.ticket, answer.payload) == (3, {"library_size": 2})


def without_progress(window: Window) -> Message:
    answer = window.answer()
    while answer.kind == "progress":
        answer = window.answer()
    return answer


def test_a_running_search_is_cancelled_at_once(window: Window, work: Work) -> None:
    window.call(1, "search", SearchRequest("lung"))
    work.begun.get(timeout=LIMIT_S)
    window.send(Message(1, "cancel"))
    answer = without_progress(window)
    assert (answer.ticket, answer.kind) == (1, "cancelled")


def test_a_newer_search_cancels_the_older_ones(window: Window, work: Work) -> None:
    window.call(1, "search", SearchRequest("first"))
    work.begun.get(timeout=LIMIT_S)
    window.call(2, "search", SearchRequest("second"))
    assert without_progress(window).ticket == 1
    assert work.begun.get(timeout=LIMIT_S) == "second"
    work.go_on.set()
    answer = without_progress(window)
    assert (answer.ticket, answer.kind) == (2, "result")


def test_work_that_waits_is_withdrawn_without_being_begun(
    window: Window, work: Work
) -> None:
    window.call(1, "extract_missing", ExtractorArguments("lung"))
    work.begun.get(timeout=LIMIT_S)
    window.call(2, "extract_missing", ExtractorArguments("lung"))
    window.send(Message(2, "cancel"))
    answer = without_progress(window)
    assert (answer.ticket, answer.kind) == (2, "cancelled")
    work.go_on.set()
    assert without_progress(window).ticket == 1
    assert work.begun.empty()


def test_work_that_waits_says_for_what(window: Window, work: Work) -> None:
    window.call(1, "extract_missing", ExtractorArguments("lung"))
    work.begun.get(timeout=LIMIT_S)
    window.call(2, "extract_missing", ExtractorArguments("heart"))
    answer = window.answer()
    while answer.ticket == 1:
        answer = window.answer()
    assert (answer.ticket, answer.kind) == (2, "progress")
    assert answer.payload["text"].startswith("Waiting for the features")
    work.go_on.set()
    assert {without_progress(window).ticket for _ in range(2)} == {1, 2}


def test_a_picture_waits_for_the_search_that_runs(window: Window, work: Work) -> None:
    window.call(1, "search", SearchRequest("lung"))
    work.begun.get(timeout=LIMIT_S)
    window.call(2, "rebuild_image", RebuildArguments("autoencoder", "/a.png"))
    window.call(3, "models")
    told = []
    while (answer := window.answer()).ticket != 3:
        told += [answer.payload["text"]] if answer.ticket == 2 else []
    assert told == ["Waiting for the search that is running"]


def test_all_work_that_may_take_long_can_be_waited_for_with_a_word() -> None:
    assert set(server._WAITING) == set(server._LANES)


def test_work_that_waits_for_nothing_does_not_say_so(
    window: Window, work: Work
) -> None:
    work.go_on.set()
    window.call(1, "extract_missing", ExtractorArguments("lung"))
    texts = []
    while (answer := window.answer()).kind == "progress":
        texts.append(answer.payload["text"])
    assert set(texts) <= {""}


def test_an_error_of_the_program_is_sent_as_it_is(window: Window) -> None:
    window.call(1, "library_info", LibraryArguments("busy"))
    answer = window.answer()
    assert answer.kind == "error"
    assert answer.payload["name"] == "LibraryBusyError"
    assert "lung" in answer.payload["message"]


@pytest.mark.parametrize(
    ("wish", "text"), [("memory", "not enough memory"), ("other", "unexpected")]
)
def test_a_foreign_error_is_told_without_its_message(
    window: Window, wish: str, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    window.call(1, "library_info", LibraryArguments(wish))
    answer = window.answer()
    assert answer.payload["name"] == "EngineError"
    assert text in answer.payload["message"]
    assert "Smith" not in answer.payload["message"]
    assert "library_info" in caplog.text


@pytest.mark.parametrize(
    ("op", "arguments", "text"),
    [
        ("dance", NoArguments(), "does not know 'dance'"),
        ("library_info", NoArguments(), "without all its fields"),
        ("models", LibraryArguments("lung"), "no field 'library'"),
    ],
)
def test_a_request_that_fits_no_operation_is_refused(
    window: Window, op: str, arguments: object, text: str
) -> None:
    window.call(1, op, arguments)
    answer = window.answer()
    assert answer.kind == "error"
    assert text in answer.payload["message"]


def test_the_end_of_the_input_cancels_all_work(work: Work) -> None:
    window = Window({"search": work.search})
    window.call(1, "search", SearchRequest("lung"))
    work.begun.get(timeout=LIMIT_S)
    assert window.close()


def test_progress_without_a_total_is_sent_no_more_often_either() -> None:
    sent: list[Message] = []
    report = Reporter(7, sent.append)
    for _ in range(1000):
        report(0, 0, "looking for files")
    assert 1 <= len(sent) < 1000


def test_progress_is_sent_no_more_often_than_can_be_seen() -> None:
    sent: list[Message] = []
    report = Reporter(7, sent.append)
    for done in range(1000):
        report(done, 1000, "reading")
    report(1000, 1000, "reading")
    assert sent[0].payload["done"] == 0
    assert sent[-1].payload == {"done": 1000, "total": 1000, "text": "reading"}
    assert len(sent) < 1000
