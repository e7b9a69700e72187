"""Training runs as the window sees them, with a stand-in for the trainer."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from cbmir_gui.core.errors import TrainingError
from cbmir_gui.core.records import TrainRequest
from cbmir_gui.engine import jobs
from cbmir_gui.engine.run_events import RunFailed, RunStarted, RunStopped
from cbmir_gui.gui import trainings as trainings_module
from cbmir_gui.gui.trainings import Trainings

LIMIT_MS = 60_000

FAKE_TRAINER = """
import sys, time
from pathlib import Path

folder = next(Path(a.partition("=")[2]) for a in sys.argv if "--run-folder" in a)
with (folder / "progress.jsonl").open("a", buffering=1) as progress:
    progress.write('{"event": "started", "name": "lung"}\\n')
    while not (folder / "stop").exists():
        time.sleep(0.01)
    progress.write('{"event": "stopped", "model": "lung"}\\n')
"""


@pytest.fixture
def trainings(qtbot: QtBot) -> Iterator[Trainings]:
    trainings = Trainings()
    yield trainings
    trainings.end()
    trainings.close()


@pytest.fixture
def trainer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "fake_trainer.py"
    script.write_text(FAKE_TRAINER)

    def start(request: TrainRequest, runs: Path) -> jobs.TrainingJob:
        command = (sys.executable, str(script))
        return jobs.start_training(request, runs, command)

    monkeypatch.setattr(trainings_module, "start_training", start)


@pytest.mark.usefixtures("trainer")
def test_a_training_is_followed_until_it_stops(
    trainings: Trainings, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(trainings.happened, timeout=LIMIT_MS) as started:
        folder = trainings.start(TrainRequest("data"))
    assert started.args == [folder, RunStarted("lung")]
    assert trainings.folder() == folder
    with pytest.raises(TrainingError, match="still running"):
        trainings.start(TrainRequest("data"))
    with qtbot.waitSignal(trainings.happened, timeout=LIMIT_MS) as stopped:
        trainings.stop()
    assert stopped.args == [folder, RunStopped("lung")]
    assert trainings.folder() == ""


@pytest.mark.usefixtures("trainer")
def test_a_training_outlives_the_window_and_is_found_again(
    trainings: Trainings, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(trainings.happened, timeout=LIMIT_MS):
        folder = trainings.start(TrainRequest("data"))
    trainings.close()
    later = Trainings()
    with qtbot.waitSignal(later.happened, timeout=LIMIT_MS) as found:
        assert later.find() == folder
        assert later.find() == folder
    assert found.args == [folder, RunStarted("lung")]
    with qtbot.waitSignal(later.happened, timeout=LIMIT_MS) as ended:
        later.end()
    assert isinstance(ended.args[1], RunFailed)
    later.close()


def test_without_a_training_there_is_none_to_find_or_stop(trainings: Trainings) -> None:
    assert trainings.find() == ""
    trainings.stop()
    trainings.end()
