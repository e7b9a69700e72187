"""The bridge to the other processes: signals in the window's thread, once each."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QThread
from pytestqt.qtbot import QtBot

from cbmir_gui.core.records import LibraryInfo
from cbmir_gui.core.search_records import SearchRequest
from cbmir_gui.gui.tasks import Tasks

LIMIT_MS = 60_000

FAKE_WORKER = """
import os
from cbmir_gui.core.records import LibraryInfo
from cbmir_gui.engine.messages import (
    Message, encode_record, read_message, write_message)
from cbmir_gui.engine.process import claim_standard_streams

source, target = claim_standard_streams()
write_message(target, Message(0, "ready"))
info = encode_record(LibraryInfo("lung", "f", 3, 3, {"a": 3}, {}, (), "", 0, 10))
answers = {
    "library_info": info, "create_library": info,
    "list_libraries": {"libraries": [info]}, "models": {"models": []},
    "extractors": {"extractors": []},
    "warm": {"library_size": 3}, "remove_images": {"removed": 1, "undo": "token"},
    "restore_images": {"restored": 1}, "relabel": {"previous": {"x": "a"}},
}
while (call := read_message(source)) is not None:
    if call.kind == "cancel":
        write_message(target, Message(call.ticket, "cancelled"))
    elif call.payload["op"] == "search":
        if call.payload["args"]["library"] == "die":
            os._exit(1)
        report = {"done": 0, "total": 0, "text": "Loading"}
        write_message(target, Message(call.ticket, "progress", report))
    else:
        answer = answers[call.payload["op"]]
        write_message(target, Message(call.ticket, "result", answer))
"""


@pytest.fixture
def tasks(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Tasks]:
    (tmp_path / "fake_worker.py").write_text(FAKE_WORKER)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    tasks = Tasks(worker_module="fake_worker")
    yield tasks
    tasks.close()


def test_an_answer_comes_after_the_asking_call_in_the_thread_of_the_window(
    tasks: Tasks, qtbot: QtBot
) -> None:
    threads: list[QThread] = []
    tasks.info_done.connect(lambda *_: threads.append(QThread.currentThread()))
    with qtbot.waitSignal(tasks.info_done, timeout=LIMIT_MS) as answered:
        ticket = tasks.library_info("lung")
        assert threads == []
        assert tasks.num_pending() == 1
    number, info = answered.args
    assert number == ticket
    assert isinstance(info, LibraryInfo)
    assert threads == [tasks.thread()]
    assert tasks.num_pending() == 0


def test_every_small_operation_answers_with_its_value(
    tasks: Tasks, qtbot: QtBot
) -> None:
    asked = {
        tasks.models(): ("models", ()),
        tasks.extractors("lung"): ("extractors", ()),
        tasks.warm("lung"): ("warm", 3),
        tasks.remove_images("lung", ["x"]): ("remove_images", "token"),
        tasks.restore_images("lung", "token"): ("restore_images", 1),
        tasks.relabel("lung", ["x"], "b"): ("relabel", {"x": "a"}),
    }
    answered: dict[int, tuple[str, object]] = {}
    tasks.reply.connect(
        lambda ticket, op, value: answered.__setitem__(ticket, (op, value))
    )
    with qtbot.waitSignal(tasks.idle, timeout=LIMIT_MS):
        pass
    assert answered == asked
    with qtbot.waitSignal(tasks.reply, timeout=LIMIT_MS) as listed:
        tasks.list_libraries()
    assert [info.name for info in listed.args[2]] == ["lung"]


def test_a_cancelled_ticket_is_answered_by_the_signal_cancelled(
    tasks: Tasks, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(tasks.progress, timeout=LIMIT_MS) as reported:
        ticket = tasks.search(SearchRequest("lung"))
    assert reported.args == [ticket, 0, 0, "Loading"]
    with qtbot.waitSignal(tasks.cancelled, timeout=LIMIT_MS) as stopped:
        tasks.cancel(ticket)
    assert stopped.args == [ticket]


def test_cancelling_all_leaves_nothing_pending(tasks: Tasks, qtbot: QtBot) -> None:
    with qtbot.waitSignal(tasks.progress, timeout=LIMIT_MS):
        tasks.search(SearchRequest("lung"))
    with qtbot.waitSignal(tasks.idle, timeout=LIMIT_MS):
        tasks.cancel_all()
    assert tasks.num_pending() == 0


def test_the_death_of_the_worker_fails_the_ticket_and_the_next_one_works(
    tasks: Tasks, qtbot: QtBot
) -> None:
    states: list[str] = []
    tasks.engine_state.connect(states.append)
    with qtbot.waitSignal(tasks.failed, timeout=LIMIT_MS) as failed:
        ticket = tasks.search(SearchRequest("die"))
    assert failed.args[0] == ticket
    assert "stopped unexpectedly" in failed.args[1]
    assert states == ["starting", "ready", "stopped"]
    with qtbot.waitSignal(tasks.info_done, timeout=LIMIT_MS):
        tasks.library_info("lung")


def test_a_file_that_cannot_be_read_fails_its_preview(
    tasks: Tasks, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "empty.png").touch()
    with qtbot.waitSignal(tasks.failed, timeout=LIMIT_MS) as failed:
        ticket = tasks.preview(str(tmp_path / "empty.png"))
    assert failed.args[0] == ticket
    assert "'empty.png' cannot be read" in failed.args[1]
    assert failed.args[2] == "FileAccessError"


def test_no_crash_reporter_gets_the_memory_once_patient_data_were_asked_for(
    tasks: Tasks, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    forbidden: list[bool] = []
    monkeypatch.setattr(
        "cbmir_gui.gui.tasks.forbid_memory_images", lambda: forbidden.append(True)
    )
    path = str(tmp_path / "a.dcm")
    tasks.preview(path)
    tasks.tags(path)
    assert not forbidden
    tasks.tags(path, show_patient_data=True)
    assert len(forbidden) == 1
    tasks.patient(path)
    assert len(forbidden) == 2
