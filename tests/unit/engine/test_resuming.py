"""Runs that go on after their process has ended, with a stand-in for the trainer."""

import queue
import sys
from pathlib import Path

import pytest

from cbmir_gui.core.errors import TrainingError
from cbmir_gui.core.records import TrainRequest
from cbmir_gui.engine.jobs import TrainingJob, resume_training, start_training
from cbmir_gui.engine.run_events import (
    FINAL_EVENTS,
    RunEvent,
    RunFailed,
    RunFinished,
    RunStarted,
)
from cbmir_gui.engine.run_folder import can_resume, is_paused, request_pause
from cbmir_gui.engine.training_follower import TrainingFollower

LIMIT_S = 60.0

FAKE_TRAINER = """
import sys, time
from pathlib import Path

folder = next(Path(a.partition("=")[2]) for a in sys.argv if "--run-folder" in a)
if "--resume" in sys.argv:
    if sys.argv[1] == "refuses":
        sys.exit("cbmir: There is already a model 'lung'.")
    time.sleep(0.2)
    with (folder / "progress.jsonl").open("a") as progress:
        progress.write('{"event": "started", "name": "again"}\\n')
        progress.flush()
        time.sleep(0.2)
        progress.write('{"event": "finished", "model": "lung"}\\n')
else:
    (folder / "checkpoint.json").touch()
    with (folder / "progress.jsonl").open("a") as progress:
        progress.write('{"event": "started", "name": "lung"}\\n')
        progress.write('{"event": "failed", "message": "Interrupted."}\\n')
"""


@pytest.fixture
def command(tmp_path: Path) -> tuple[str, str]:
    script = tmp_path / "fake_trainer.py"
    script.write_text(FAKE_TRAINER)
    return (sys.executable, str(script))


def follow(job: TrainingJob) -> list[RunEvent]:
    answers: queue.Queue[RunEvent] = queue.Queue()
    follower = TrainingFollower(job, answers.put, poll_s=0.01)
    follower.start()
    events: list[RunEvent] = []
    while not events or not isinstance(events[-1], FINAL_EVENTS):
        events.append(answers.get(timeout=LIMIT_S))
    follower.close()
    return events


def test_a_run_that_goes_on_is_followed_past_its_former_end(
    tmp_path: Path, command: tuple[str, str]
) -> None:
    job = start_training(TrainRequest("lungs"), tmp_path / "runs", command)
    assert follow(job)[-1] == RunFailed("Interrupted.")
    assert can_resume(job.folder)
    request_pause(job.folder)
    events = follow(resume_training(job.folder, command))
    assert events == [RunStarted("lung"), RunStarted("again"), RunFinished("lung")]
    assert not is_paused(job.folder)


def test_a_run_that_cannot_go_on_says_why(
    tmp_path: Path, command: tuple[str, str]
) -> None:
    job = start_training(TrainRequest("refuses"), tmp_path / "runs", command)
    follow(job)
    ended = follow(resume_training(job.folder, command))[-1]
    assert ended == RunFailed("There is already a model 'lung'.")


def test_a_folder_without_a_run_cannot_go_on(tmp_path: Path) -> None:
    assert not can_resume(tmp_path)
    with pytest.raises(TrainingError, match="not a training run"):
        resume_training(tmp_path)
