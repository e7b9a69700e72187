"""The Retrain dialog with a stand-in for the worker and one for the trainer."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton, QWidget
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from cbmir_gui.core.records import EpochReport, TrainRequest
from cbmir_gui.core.settings import Settings
from cbmir_gui.engine import jobs
from cbmir_gui.engine.operation_answers import DataSummary
from cbmir_gui.engine.run_events import RunFailed, RunFinished, RunStarted
from cbmir_gui.gui import trainings as trainings_module
from cbmir_gui.gui.retrain.class_table import ClassModel
from cbmir_gui.gui.retrain.data_warnings import blocking_problem, data_warnings
from cbmir_gui.gui.retrain.dialog import RetrainDialog
from cbmir_gui.gui.retrain.duration import duration_text
from cbmir_gui.gui.tasks import Tasks

LIMIT_MS = 60_000

FAKE_WORKER = """
from cbmir_gui.core.records import ModelInfo
from cbmir_gui.engine.messages import (
    Message, encode_record, read_message, write_message)
from cbmir_gui.engine.operations import DataLook, DataSummary, LibraryList, ModelList
from cbmir_gui.engine.process import claim_standard_streams

source, target = claim_standard_streams()
write_message(target, Message(0, "ready"))
model = ModelInfo("vgg16-c18", "vgg16", "/models/vgg16-c18", (), (), "", "", "", {})
while (call := read_message(source)) is not None:
    if call.kind != "call":
        continue
    args = call.payload["args"]
    if call.payload["op"] == "models":
        answer = encode_record(ModelList((model,)))
    elif call.payload["op"] == "list_libraries":
        answer = encode_record(LibraryList(()))
    elif call.payload["op"] == "look_at_data":
        answer = encode_record(DataLook((), (), (), ()))
    elif call.payload["op"] not in ("inspect_data",):
        error = {"name": "ModelError", "message": "There is no such model."}
        write_message(target, Message(call.ticket, "error", error))
        continue
    elif args["data"].endswith("nothing"):
        error = {"name": "DataError", "message": "There are no images."}
        write_message(target, Message(call.ticket, "error", error))
        continue
    else:
        classes = {"a": 40, "b": 60}
        if args["set_name"] == "one" or args["data"].endswith("one"):
            classes = {"a": 40}
        sets = ("one", "two") if args["data"].endswith(".csv") else ()
        problem = "There must be at least 2 classes." if len(classes) < 2 else ""
        answer = encode_record(DataSummary(
            sum(classes.values()), classes, {"": 100}, 0, False, sets,
            class_problem=problem))
    write_message(target, Message(call.ticket, "result", answer))
"""

FAKE_TRAINER = """
import sys, time
from pathlib import Path

folder = next(Path(a.partition("=")[2]) for a in sys.argv if "--run-folder" in a)
with (folder / "progress.jsonl").open("a", buffering=1) as progress:
    progress.write('{"event": "started", "name": "lung", "num_epochs": 5}\\n')
    while not (folder / "stop").exists():
        time.sleep(0.01)
    progress.write('{"event": "stopped", "model": "lung"}\\n')
"""


@pytest.fixture
def tasks(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Tasks]:
    (tmp_path / "fake_worker.py").write_text(FAKE_WORKER)
    (tmp_path / "fake_trainer.py").write_text(FAKE_TRAINER)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    def start(request: TrainRequest, runs: Path) -> jobs.TrainingJob:
        command = (sys.executable, str(tmp_path / "fake_trainer.py"))
        return jobs.start_training(request, runs, command)

    monkeypatch.setattr(trainings_module, "start_training", start)
    tasks = Tasks(worker_module="fake_worker")
    yield tasks
    tasks.trainings.end()
    tasks.close()


@pytest.fixture
def dialog(tasks: Tasks, qtbot: QtBot) -> RetrainDialog:
    dialog = RetrainDialog(tasks, Settings())
    qtbot.addWidget(dialog)
    with qtbot.waitSignal(tasks.idle, timeout=LIMIT_MS):
        dialog.show()
    return dialog


def choose(dialog: RetrainDialog, tasks: Tasks, qtbot: QtBot, path: Path) -> None:
    with qtbot.waitSignal(tasks.idle, timeout=LIMIT_MS):
        dialog.setup_page.data.set_data_path(str(path))


def button(widget: QWidget, text: str) -> QPushButton:
    found = [
        entry
        for entry in widget.findChildren(QPushButton)
        if entry.text().replace("&", "") == text
    ]
    assert len(found) == 1
    return found[0]


def press(widget: QWidget, text: str, qtbot: QtBot) -> None:
    qtbot.mouseClick(button(widget, text), Qt.MouseButton.LeftButton)


def open_question() -> QMessageBox:
    boxes = [
        widget
        for widget in QApplication.topLevelWidgets()
        if isinstance(widget, QMessageBox) and widget.isVisible()
    ]
    assert len(boxes) == 1
    return boxes[0]


def test_nothing_can_be_started_before_images_are_chosen(
    dialog: RetrainDialog,
) -> None:
    assert not button(dialog.setup_page, "Start").isEnabled()
    assert not dialog.isModal()


def test_choosing_a_folder_is_enough_for_a_sound_request(
    dialog: RetrainDialog, tasks: Tasks, qtbot: QtBot, tmp_path: Path
) -> None:
    choose(dialog, tasks, qtbot, tmp_path / "my lungs")
    dialog.setup_page.start_requested.disconnect()
    with qtbot.waitSignal(dialog.setup_page.start_requested) as started:
        press(dialog.setup_page, "Start", qtbot)
    assert started.args == [
        TrainRequest(
            data=str(tmp_path / "my lungs"),
            architecture="vgg16",
            name="vgg16-my-lungs",
            weights="/models/vgg16-c18",
            trainable="head",
            epochs=25,
            patience=5,
        )
    ]


def test_images_that_cannot_be_used_are_explained(
    dialog: RetrainDialog, tasks: Tasks, qtbot: QtBot, tmp_path: Path
) -> None:
    choose(dialog, tasks, qtbot, tmp_path / "nothing")
    assert dialog.setup_page.data.state_text() == "There are no images."
    assert not button(dialog.setup_page, "Start").isEnabled()
    choose(dialog, tasks, qtbot, tmp_path / "one")
    assert "at least 2 classes" in dialog.setup_page.hint()
    assert not button(dialog.setup_page, "Start").isEnabled()


def test_a_manifest_can_be_narrowed_to_one_of_its_sets(
    dialog: RetrainDialog, tasks: Tasks, qtbot: QtBot, tmp_path: Path
) -> None:
    choose(dialog, tasks, qtbot, tmp_path / "m.csv")
    assert button(dialog.setup_page, "Start").isEnabled()
    with qtbot.waitSignal(tasks.idle, timeout=LIMIT_MS):
        dialog.setup_page.data.choose_set("one")
    assert dialog.setup_page.data.set_name() == "one"
    assert not button(dialog.setup_page, "Start").isEnabled()


def test_a_folder_can_be_dropped(
    dialog: RetrainDialog, tasks: Tasks, qtbot: QtBot, tmp_path: Path
) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path))])
    event = QDropEvent(
        QPoint(5, 5),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    with qtbot.waitSignal(tasks.idle, timeout=LIMIT_MS):
        dialog.setup_page.data.dropEvent(event)
    assert dialog.setup_page.data.data_path() == str(tmp_path)
    assert dialog.setup_page.data.summary is not None


def start(dialog: RetrainDialog, tasks: Tasks, qtbot: QtBot, tmp_path: Path) -> None:
    choose(dialog, tasks, qtbot, tmp_path / "lungs")
    with qtbot.waitSignal(tasks.trainings.happened, timeout=LIMIT_MS):
        press(dialog.setup_page, "Start", qtbot)


def test_a_started_training_is_watched_and_can_be_stopped(
    dialog: RetrainDialog, tasks: Tasks, qtbot: QtBot, tmp_path: Path
) -> None:
    start(dialog, tasks, qtbot, tmp_path)
    assert dialog.is_watching()
    assert dialog.run_page.progress.name == "lung"
    press(dialog.run_page, "Stop …", qtbot)
    press(open_question(), "Go on", qtbot)
    assert not tasks.trainings.is_stopping()
    press(dialog.run_page, "Stop …", qtbot)
    press(open_question(), "Stop", qtbot)
    qtbot.waitUntil(dialog.is_judging, timeout=LIMIT_MS)
    assert dialog.outcome_page.model == "lung"
    press(dialog.outcome_page, "Curves", qtbot)
    press(dialog.run_page, "Train another …", qtbot)
    assert not dialog.is_watching()


def test_closing_asks_and_the_training_can_go_on(
    dialog: RetrainDialog, tasks: Tasks, qtbot: QtBot, tmp_path: Path
) -> None:
    start(dialog, tasks, qtbot, tmp_path)
    dialog.close()
    assert dialog.isVisible()
    press(open_question(), "Cancel", qtbot)
    assert dialog.isVisible()
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    press(open_question(), "Go on", qtbot)
    assert not dialog.isVisible()
    assert tasks.trainings.folder()


def test_closing_can_stop_the_training(
    dialog: RetrainDialog, tasks: Tasks, qtbot: QtBot, tmp_path: Path
) -> None:
    start(dialog, tasks, qtbot, tmp_path)
    dialog.close()
    press(open_question(), "Stop it", qtbot)
    assert not dialog.isVisible()
    qtbot.waitUntil(lambda: not tasks.trainings.folder(), timeout=LIMIT_MS)
    assert dialog.run_page.progress.model == "lung"


def test_a_dialog_that_is_opened_later_shows_the_running_training(
    dialog: RetrainDialog, tasks: Tasks, qtbot: QtBot, tmp_path: Path
) -> None:
    start(dialog, tasks, qtbot, tmp_path)
    later = RetrainDialog(tasks, Settings())
    qtbot.addWidget(later)
    with qtbot.waitSignal(tasks.trainings.happened, timeout=LIMIT_MS):
        assert later.is_watching()
    assert later.run_page.progress.name == "lung"


def test_without_a_training_the_dialog_closes_at_once(dialog: RetrainDialog) -> None:
    dialog.close()
    assert not dialog.isVisible()


def test_a_failed_run_is_explained_calmly(dialog: RetrainDialog) -> None:
    page = dialog.run_page
    page.begin("/runs/lung")
    page.add(RunFailed("The loss is not a number."))
    assert page.message_texts() == ("The loss is not a number.",)
    assert button(page, "Train another …").isVisibleTo(page)


def test_the_figures_of_a_run_are_shown(dialog: RetrainDialog) -> None:
    page = dialog.run_page
    page.begin("/runs/lung")
    page.add(RunStarted("lung", 10, 200))
    page.add(EpochReport(1, 10, 2.0, 1.5, 0.4, 0.5, 60.0, 42.0, 96, 1))
    figures = page.figures
    assert figures.text("epoch") == "1 of 10"
    assert figures.text("left") == "9 min"
    assert figures.text("best") == "1"
    assert figures.text("accuracy") == "50.0 %"
    page.add(RunFinished("lung"))
    assert "“lung” is ready" in page.message_texts()[0]


def test_an_autoencoder_shows_no_accuracy(dialog: RetrainDialog) -> None:
    page = dialog.run_page
    page.begin("/runs/lung")
    page.add(EpochReport(1, 10, 2.0, 1.5, -1.0, -1.0, 60.0, 42.0, 224, 1))
    assert page.figures.text("accuracy") == "\N{EN DASH}"


def test_the_class_model_keeps_qt_s_rules(qtmodeltester: ModelTester) -> None:
    model = ClassModel()
    qtmodeltester.check(model)
    model.set_classes({"b": 300, "a": 7})
    qtmodeltester.check(model)
    assert model.index(0, 0).data() == "a"
    assert model.index(1, 1).data() == "300"


def test_each_doubt_about_the_images_is_said() -> None:
    summary = DataSummary(320, {"a": 310, "b": 10}, {}, 3, False, ())
    lines = data_warnings(summary)
    assert len(lines) == 4
    assert "3 of 320 files" in lines[0]
    assert "b (10)" in lines[1]
    assert "31 times" in lines[2]
    assert "patient" in lines[3]
    sound = DataSummary(200, {"a": 100, "b": 100}, {}, 0, True, ())
    assert data_warnings(sound) == []


def test_images_without_a_class_and_classes_only_tested_are_said() -> None:
    classes = {"a": 100, "b": 100, "c": 50}
    lines = data_warnings(
        DataSummary(270, classes, {}, 0, True, (), 20, only_tested=("c",))
    )
    assert lines == [
        "20 images have no class; a network that learns classes leaves them out.",
        "Only for testing, so never learned: c.",
    ]


def test_what_only_a_classifier_lacks_is_no_problem_for_others() -> None:
    classes = {"a": 100}
    summary = DataSummary(100, classes, {}, 0, True, (), class_problem="One class.")
    assert blocking_problem(summary, learns_classes=True) == "One class."
    assert blocking_problem(summary, learns_classes=False) == ""
    summary = DataSummary(100, classes, {}, 0, True, (), problem="An empty class.")
    assert blocking_problem(summary, learns_classes=False) == "An empty class."


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.2, "1 s"), (38, "40 s"), (700, "12 min"), (7500, "2 h 05 min")],
)
def test_a_duration_is_said_no_more_exactly_than_it_is(
    seconds: float, text: str
) -> None:
    assert duration_text(seconds) == text
