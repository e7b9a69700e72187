"""The window tells of trainings that run, and of those that ended without it."""

import json
from pathlib import Path
from typing import Any

import psutil
import pytest
from PySide6.QtWidgets import QMenu, QPushButton
from pytestqt.qtbot import QtBot

from cbmir_gui.core.paths import runs_dir
from cbmir_gui.core.records import IndexSummary, ModelInfo, TrainRequest
from cbmir_gui.engine.jobs import TrainingJob
from cbmir_gui.engine.operation_answers import DataSummary
from cbmir_gui.engine.run_events import (
    RunEvent,
    RunFailed,
    RunFinished,
    RunStarted,
    encode_event,
)
from cbmir_gui.engine.run_folder import write_request
from cbmir_gui.gui import trainings
from cbmir_gui.gui.main_window import MainWindow
from cbmir_gui.gui.retrain.dialog import RetrainDialog

LIMIT_MS = 60_000
MODELS = (ModelInfo("mine", "vgg16", "/m/mine", (), ("a",), "a", "cosine", "", {}),)


def ended_run(*events: RunEvent) -> Path:
    """Make the folder of a run that a window started and whose process is gone."""
    folder = runs_dir() / "20261121-lungs"
    folder.mkdir(parents=True)
    write_request(folder, TrainRequest("/images", name="lungs"))
    (folder / "log.txt").touch()
    gone = {"pid": psutil.Process().pid, "start_time": 1.0}
    (folder / "process.json").write_text(json.dumps(gone))
    text = "".join(encode_event(event) for event in events)
    (folder / "progress.jsonl").write_text(text)
    return folder


def texts(window: MainWindow) -> list[str]:
    return [message.text for message in window.messages.messages()]


def shown_dialog(window: MainWindow) -> RetrainDialog:
    (dialog,) = window.findChildren(RetrainDialog)
    return dialog


def test_a_training_that_ended_without_a_window_is_told_of_once(
    open_window: MainWindow,
) -> None:
    ended_run(RunStarted("lungs", 5), RunFinished("lungs"))
    open_window.retraining.find_running()
    assert texts(open_window) == ["The model 'lungs' is trained."]
    open_window.messages.messages()[0].closed.emit()
    open_window.retraining.find_running()
    assert texts(open_window) == []


def test_its_model_can_be_judged_then(open_window: MainWindow, qtbot: QtBot) -> None:
    ended_run(RunStarted("lungs", 5), RunFinished("lungs"))
    open_window.retraining.find_running()
    open_window.messages.messages()[0].press("Show")
    dialog = shown_dialog(open_window)
    qtbot.waitUntil(dialog.is_judging, timeout=LIMIT_MS)
    assert dialog.outcome_page.model == "lungs"
    assert dialog.run_page.progress.num_epochs == 5
    assert texts(open_window) == []


def test_images_that_could_not_be_used_are_counted_and_listed(
    open_window: MainWindow, qtbot: QtBot
) -> None:
    folder = ended_run(RunStarted("lungs", 5, num_failed=3), RunFinished("lungs"))
    open_window.retraining.find_running()
    open_window.messages.messages()[0].press("Show")
    dialog = shown_dialog(open_window)
    qtbot.waitUntil(dialog.is_judging, timeout=LIMIT_MS)
    (text,) = dialog.outcome_page.message_texts()
    assert text.startswith("3 images could not be used and were left out")
    assert text.endswith(f"see {folder / 'left-out.csv'}.")


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ((RunFailed("The disk is full."),), "The disk is full."),
        ((RunStarted("lungs", 5),), "was interrupted"),
    ],
)
def test_a_training_without_a_model_is_told_of_too(
    open_window: MainWindow, events: tuple[RunEvent, ...], words: str
) -> None:
    ended_run(*events)
    open_window.retraining.find_running()
    (text,) = texts(open_window)
    assert "'lungs'" in text
    assert words in text


def test_a_training_that_ends_beside_a_window_without_dialog_is_told_of(
    open_window: MainWindow, tasks: Any
) -> None:
    folder = ended_run(RunFinished("lungs"))
    tasks.trainings.happened.emit(str(folder), RunFinished("lungs"))
    open_window.messages.messages()[0].press("Use it for this library")
    assert tasks.last("adopt_model").arguments.model == "lungs"


def test_adopting_from_the_dialog_is_followed_there(
    open_window: MainWindow, tasks: Any, make: Any
) -> None:
    open_window.retraining.show()
    dialog = shown_dialog(open_window)
    verdict = dialog.outcome_page.verdict
    request = TrainRequest("/images", name="lungs")
    dialog.outcome_page.begin("lungs", request, dialog._library)
    assert "“chest”" in verdict.text()
    verdict.adopt_requested.emit("lungs")
    assert "former features serve" in verdict.text()
    folder = open_window.library.folder
    tasks.answer("adopt_model", IndexSummary(folder, 240, 0, 0, (), 9.0, 26.0))
    assert "uses the new model" in verdict.text()
    verdict.adopt_requested.emit("lungs")
    tasks.fail("adopt_model", "The disk is full.")
    assert "still uses its former model" in verdict.text()


def test_adopting_from_the_dialog_waits_for_an_import(
    open_window: MainWindow, tasks: Any
) -> None:
    open_window.retraining.show()
    dialog = shown_dialog(open_window)
    dialog.outcome_page.begin("lungs", TrainRequest("/images"), dialog._library)
    open_window.library_controller.add(["/images/list.csv"])
    dialog.outcome_page.verdict.adopt_requested.emit("lungs")
    assert tasks.count("adopt_model") == 0
    assert "press Adopt once" in dialog.outcome_page.verdict.text()


def test_discarding_deletes_the_model(open_window: MainWindow, tasks: Any) -> None:
    open_window.retraining.show()
    dialog = shown_dialog(open_window)
    dialog.outcome_page.begin("lungs", TrainRequest("/images"), dialog._library)
    dialog.outcome_page.verdict.discard_requested.emit("lungs")
    tasks.fail("delete_model", "The library 'chest' uses it.")
    assert "The library 'chest' uses it." in dialog.outcome_page.message_texts()
    dialog.outcome_page.verdict.discard_requested.emit("lungs")
    tasks.answer("delete_model", None)
    tasks.answer("models", ())
    (message,) = dialog.setup_page.messages.messages()
    assert "was deleted" in message.text
    assert not dialog.is_judging()


def test_the_dialog_knows_what_has_changed_when_it_is_opened_again(
    open_window: MainWindow, tasks: Any, make: Any
) -> None:
    open_window.retraining.show()
    dialog = shown_dialog(open_window)
    tasks.answer("models", MODELS)
    dialog.setup_page.data.set_data_path(open_window.library.folder)
    tasks.answer("inspect_data", DataSummary(9, {"a": 4, "b": 5}, {}, 0, True, ()))
    options = dialog.setup_page.options
    options._layers.setCurrentIndex(1)
    layers = options._layers.currentText()
    dialog.close()
    open_window.retraining.show()
    counts = [tasks.count(op) for op in ("models", "list_libraries", "inspect_data")]
    assert counts == [2, 2, 2]
    tasks.answer("models", MODELS)
    assert options._layers.currentText() == layers


def test_where_a_kept_model_is_offered_is_a_menu_that_exists(
    open_window: MainWindow,
) -> None:
    open_window.retraining.show()
    verdict = shown_dialog(open_window).outcome_page.verdict
    verdict.keep_requested.emit("lungs")
    words = verdict.text().replace(" offer it.", "").split(". ", 1)[1]
    titles = {
        action.text().replace("&", "")
        for menu in open_window.findChildren(QMenu)
        for action in (menu.menuAction(), *menu.actions())
    }
    for path in words.replace(" and Search", "|Search").split("|"):
        assert set(path.split(" > ")) <= titles


def test_an_interrupted_training_goes_on(
    open_window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = ended_run(RunStarted("lungs", 5))
    (folder / "checkpoint.json").touch()
    open_window.retraining.find_running()
    open_window.messages.messages()[0].press("Show")
    dialog = shown_dialog(open_window)
    (go_on,) = (
        each
        for each in dialog.run_page.findChildren(QPushButton)
        if each.text() == "&Go on"
    )
    qtbot.waitUntil(go_on.isVisible, timeout=LIMIT_MS)
    resumed = []

    def resume(run: Path) -> TrainingJob:
        resumed.append(run)
        return TrainingJob(run)

    monkeypatch.setattr(trainings, "resume_training", resume)
    go_on.click()
    assert resumed == [folder]
    assert not go_on.isVisible()
    assert not (folder / "seen").exists()
    qtbot.waitUntil(lambda: not open_window._tasks.trainings.folder(), timeout=LIMIT_MS)
