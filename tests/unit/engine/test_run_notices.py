"""Runs that ended while nobody watched."""

import json
import os
from pathlib import Path

import psutil
import pytest

from cbmir_gui.engine.run_events import (
    RunFinished,
    RunStep,
    encode_event,
)
from cbmir_gui.engine.run_folder import write_process_file
from cbmir_gui.engine.run_notices import EndedRun, find_unseen, last_event, mark_seen


def make_run(runs: Path, name: str, text: str = "") -> Path:
    folder = runs / name
    folder.mkdir(parents=True)
    (folder / "log.txt").touch()
    gone = {"pid": psutil.Process().pid, "start_time": 1.0}
    (folder / "process.json").write_text(json.dumps(gone))
    (folder / "progress.jsonl").write_text(text)
    return folder


def test_the_last_unseen_run_is_found_once(tmp_path: Path) -> None:
    first = make_run(tmp_path, "1-first", encode_event(RunFinished("a")))
    last = make_run(tmp_path, "2-last", encode_event(RunFinished("b")))
    assert find_unseen(tmp_path) == EndedRun(last, RunFinished("b"))
    mark_seen(last)
    assert find_unseen(tmp_path) is None
    assert (first / "seen").exists()


def test_a_run_of_the_command_line_or_a_living_one_is_not_told_of(
    tmp_path: Path,
) -> None:
    (make_run(tmp_path, "1-command-line") / "log.txt").unlink()
    write_process_file(make_run(tmp_path, "2-alive"), os.getpid())
    assert find_unseen(tmp_path) is None
    assert find_unseen(tmp_path / "nothing") is None


@pytest.mark.parametrize("text", ["", encode_event(RunStep(1, 1, 9, 0.5)), "{broken"])
def test_a_run_that_came_to_no_end_has_none(tmp_path: Path, text: str) -> None:
    assert last_event(make_run(tmp_path, "1", text)) is None


def test_the_end_is_found_behind_many_steps(tmp_path: Path) -> None:
    steps = encode_event(RunStep(1, 1, 9, 0.5)) * 5000
    folder = make_run(tmp_path, "1", steps + encode_event(RunFinished("a")))
    assert last_event(folder) == RunFinished("a")


def test_a_folder_that_is_gone_cannot_be_marked_and_need_not(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    mark_seen(tmp_path / "gone")
    assert "cannot be marked" in caplog.text
