"""Training runs with a stand-in for the trainer, which obeys the word DATA."""

import json
import os
import queue
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from cbmir_gui.core.errors import StorageError, TrainingError
from cbmir_gui.core.records import TrainRequest
from cbmir_gui.engine.jobs import TrainingJob, start_training, train_arguments
from cbmir_gui.engine.run_events import (
    FINAL_EVENTS,
    RunEvent,
    RunFailed,
    RunFinished,
    RunStarted,
    RunStopped,
)
from cbmir_gui.engine.run_folder import (
    find_process,
    find_running,
    request_stop,
    write_process_file,
)
from cbmir_gui.engine.training_follower import TrainingFollower

LIMIT_S = 60.0

FAKE_TRAINER = """
import sys, time
from pathlib import Path

wish = sys.argv[1]
folder = next(Path(a.partition("=")[2]) for a in sys.argv if "--run-folder" in a)
with (folder / "progress.jsonl").open("a", buffering=1) as progress:
    progress.write('{"event": "started", "name": "lung"}\\n')
    print("hello")
    if wish == "dies":
        sys.exit(7)
    if wish == "refuses":
        print("cbmir: There is already a model 'lung'.", file=sys.stderr)
        sys.exit(1)
    if wish == "finishes":
        progress.write('{"event": "finished", "model": "lung"}\\n')
        sys.exit(0)
    while not (folder / "stop").exists():
        time.sleep(0.01)
    progress.write('{"event": "stopped", "model": "lung"}\\n')
"""

Start = Callable[[str], TrainingJob]


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    return tmp_path / "runs"


@pytest.fixture
def start(tmp_path: Path, runs: Path) -> Iterator[Start]:
    script = tmp_path / "fake_trainer.py"
    script.write_text(FAKE_TRAINER)
    started: list[TrainingJob] = []

    def start_one(wish: str) -> TrainingJob:
        command = (sys.executable, str(script))
        job = start_training(TrainRequest(wish, name="lung 1/2"), runs, command)
        started.append(job)
        return job

    yield start_one
    for job in started:
        job.kill()


def follow(job: TrainingJob, until: type[RunEvent]) -> list[RunEvent]:
    """Return the events up to the first of the class `until`."""
    answers: queue.Queue[RunEvent] = queue.Queue()
    follower = TrainingFollower(job, answers.put, poll_s=0.01)
    follower.start()
    events: list[RunEvent] = []
    while not events or not isinstance(events[-1], (until, *FINAL_EVENTS)):
        events.append(answers.get(timeout=LIMIT_S))
    follower.close()
    return events


def test_a_run_is_followed_from_its_start_to_its_end(start: Start) -> None:
    job = start("finishes")
    assert follow(job, RunFinished) == [RunStarted("lung"), RunFinished("lung")]


def test_a_run_folder_holds_request_and_process(start: Start) -> None:
    job = start("waits")
    config = json.loads((job.folder / "config.json").read_text())
    assert config["data"] == "waits"
    assert "/" not in job.folder.name
    process = find_process(job.folder)
    assert process is not None
    assert process.pid != os.getpid()


def test_a_run_stops_when_asked_and_names_its_best_model(start: Start) -> None:
    job = start("waits")
    follow(job, RunStarted)
    request_stop(job.folder)
    assert follow(TrainingJob(job.folder), RunStopped)[-1] == RunStopped("lung")


def test_a_run_that_dies_without_a_word_is_reported(start: Start) -> None:
    job = start("dies")
    last = follow(job, RunFailed)[-1]
    assert isinstance(last, RunFailed)
    assert "exit status 7" in last.message
    assert "No epoch had ended" in last.message
    assert "log.txt in its run folder may say why" in last.message
    assert (job.folder / "log.txt").read_text() == "hello\n"


def test_a_death_promises_only_what_is_there(tmp_path: Path) -> None:
    job = TrainingJob(tmp_path)
    assert "checkpoint" not in job.death_message()
    assert "log.txt" not in job.death_message()
    (tmp_path / "checkpoint.json").touch()
    (tmp_path / "log.txt").touch()
    assert "last checkpoint is kept" in job.death_message()
    assert "No epoch" not in job.death_message()
    assert "log.txt" not in job.death_message()


def test_the_reason_that_a_run_printed_is_reported(start: Start) -> None:
    last = follow(start("refuses"), RunFailed)[-1]
    assert last == RunFailed("There is already a model 'lung'.")


def test_a_killed_run_is_reported(start: Start) -> None:
    job = start("waits")
    follow(job, RunStarted)
    job.kill()
    last = follow(job, RunFailed)[-1]
    assert isinstance(last, RunFailed)
    assert "killed" in last.message


def test_a_run_is_found_again_while_it_lives(start: Start, runs: Path) -> None:
    job = start("waits")
    assert find_running(runs) == [job.folder]
    found = TrainingJob(job.folder)
    assert found.is_alive()
    found.kill()
    job.kill()
    assert find_running(runs) == []


def test_a_second_training_at_once_is_refused(start: Start) -> None:
    start("waits")
    with pytest.raises(TrainingError, match="is still running"):
        start("finishes")


def test_a_run_lives_in_a_session_of_its_own(start: Start) -> None:
    job = start("waits")
    process = find_process(job.folder)
    assert process is not None
    assert os.getsid(process.pid) == process.pid


def test_a_process_id_that_was_given_away_is_not_taken_for_the_run(
    tmp_path: Path,
) -> None:
    write_process_file(tmp_path)
    assert find_process(tmp_path) is not None
    started = psutil.Process().create_time() - 100
    (tmp_path / "process.json").write_text(
        json.dumps({"pid": os.getpid(), "start_time": started})
    )
    assert find_process(tmp_path) is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"pid": "x", "start_time": 1}'])
def test_a_broken_process_file_means_no_process(tmp_path: Path, text: str) -> None:
    (tmp_path / "process.json").write_text(text)
    assert find_process(tmp_path) is None


def test_an_absent_folder_has_no_runs(tmp_path: Path) -> None:
    assert find_running(tmp_path / "nothing") == []


def test_a_run_folder_that_cannot_be_made_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="run folder"):
        start_training(TrainRequest("d"), tmp_path / "file" / "runs")


def test_a_program_that_is_missing_is_a_training_error(runs: Path) -> None:
    with pytest.raises(TrainingError, match="could not be started"):
        start_training(TrainRequest("d"), runs, ["/nothing/python"])
    assert list(runs.iterdir()) == []


def test_the_request_becomes_the_arguments_of_the_command_line(tmp_path: Path) -> None:
    request = TrainRequest("d", name="lung", set_name="c18", splits=("train", "val"))
    arguments = train_arguments(request, tmp_path)
    assert arguments[0] == "d"
    assert {"--name=lung", "--set=c18", "--split=train,val", "--patience=5"} <= set(
        arguments
    )
    assert f"--run-folder={tmp_path}" in arguments
