"""A training while it runs, fed with its events."""

import pytest
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from cbmir_gui.core.records import EpochReport
from cbmir_gui.engine.run_events import (
    RunBatchSize,
    RunContinued,
    RunEvent,
    RunPaused,
    RunReading,
    RunSaving,
    RunStarted,
    RunStep,
    RunStopped,
)
from cbmir_gui.gui.retrain.learning_curves import LearningCurves
from cbmir_gui.gui.retrain.run_page import RunPage


@pytest.fixture
def page(qtbot: QtBot) -> RunPage:
    page = RunPage()
    qtbot.addWidget(page)
    page.begin("/runs/lung")
    page.add(RunStarted("lung", 10, 200))
    page.show()
    return page


def epoch(number: int, val_accuracy: float = 0.5) -> EpochReport:
    return EpochReport(number, 10, 2.0, 1.5, 0.4, val_accuracy, 60.0, 42.0, 96, 1)


def button(page: RunPage, text: str) -> QPushButton:
    (found,) = (
        each
        for each in page.findChildren(QPushButton)
        if each.text().replace("&", "") == text
    )
    return found


def open_question() -> QMessageBox:
    (box,) = (
        widget
        for widget in QApplication.topLevelWidgets()
        if isinstance(widget, QMessageBox) and widget.isVisible()
    )
    return box


def test_a_run_is_paused_and_goes_on(page: RunPage, qtbot: QtBot) -> None:
    with qtbot.waitSignal(page.pause_requested) as asked:
        button(page, "Pause").click()
    assert asked.args == [True]
    page.show_pausing()
    assert page.state_text() == "Pausing after this step …"
    assert not button(page, "Pause").isEnabled()
    page.add(RunPaused())
    assert page.state_text() == "Paused; nothing is lost"
    with qtbot.waitSignal(page.pause_requested) as asked:
        button(page, "Continue").click()
    assert asked.args == [False]
    page.show_pausing()
    page.add(RunContinued())
    assert page.state_text() == "Learning from 200 images"
    assert button(page, "Pause").isEnabled()


@pytest.mark.parametrize("started", [(), (RunStarted("lung", 10, 200),)])
def test_a_run_is_paused_while_its_images_are_looked_at(
    page: RunPage, qtbot: QtBot, started: tuple[RunStarted, ...]
) -> None:
    page.begin("/runs/lung")
    for event in (*started, RunReading(40, 200, 8.0)):
        page.add(event)
    qtbot.waitUntil(button(page, "Pause").isEnabled)
    with qtbot.waitSignal(page.pause_requested) as asked:
        button(page, "Pause").click()
    assert asked.args == [True]
    page.show_pausing()
    assert page.state_text() == "Pausing after these images …"


@pytest.mark.parametrize("phase", [RunReading(40, 200), RunStep(1, 1, 9), RunSaving()])
def test_a_paused_run_that_is_found_again_goes_on_from_any_phase(
    page: RunPage, qtbot: QtBot, phase: RunEvent
) -> None:
    page.begin("/runs/lung")
    for event in (RunStarted("lung", 10, 200), phase, RunPaused()):
        page.add(event)
    assert page.state_text() == "Paused; nothing is lost"
    with qtbot.waitSignal(page.pause_requested) as asked:
        button(page, "Continue").click()
    assert asked.args == [False]


def test_looking_at_the_images_has_a_speed_and_an_end(
    page: RunPage, qtbot: QtBot
) -> None:
    page.add(RunReading(100, 400, 50.0))
    qtbot.waitUntil(lambda: page.figures.text("speed") == "2.0")
    assert page.figures.text("left") == "2 min"
    assert page.figures.title("left") == "Until the learning begins"
    page.add(RunStep(1, 1, 9))
    qtbot.waitUntil(lambda: page.figures.title("left") == "Time left, at most")


def test_stopping_asks_and_says_what_is_left(page: RunPage, qtbot: QtBot) -> None:
    button(page, "Stop …").click()
    assert "no model" in open_question().informativeText()
    open_question().reject()
    page.add(epoch(1))
    button(page, "Stop …").click()
    box = open_question()
    assert "of epoch 1" in box.informativeText()
    with qtbot.waitSignal(page.stop_requested):
        next(each for each in box.buttons() if "Stop" in each.text()).click()


@pytest.mark.parametrize(
    ("events", "text"),
    [
        ((), "Stopping; there will be no new model …"),
        ((RunReading(40, 200),), "Stopping; there will be no new model …"),
        ((RunStep(1, 1, 9),), "Stopping; there will be no new model …"),
        ((epoch(1),), "Stopping; the best weights are being kept …"),
        ((epoch(1), RunSaving()), "Stopping; the best weights are being kept …"),
        # It goes on with an earlier process's epochs.
        ((epoch(1), RunReading(40, 200)), "Stopping; there will be no new model …"),
    ],
)
def test_only_weights_that_there_are_are_said_to_be_kept(
    page: RunPage, events: tuple[RunEvent, ...], text: str
) -> None:
    for event in events:
        page.add(event)
    page.show_stopping()
    assert page.state_text() == text


def test_a_run_stopped_before_it_goes_on_is_said_to_have_no_new_model(
    page: RunPage,
) -> None:
    for event in (epoch(1), RunReading(40, 200)):
        page.add(event)
    button(page, "Stop …").click()
    assert open_question().informativeText() == (
        "The learning has not gone on yet: there would be no new model. What was "
        "learned before is kept."
    )
    open_question().reject()


def test_the_curves_grow_with_the_run(page: RunPage) -> None:
    page.add(epoch(1, 0.5))
    page.add(epoch(2, 0.7))
    (curves,) = page.findChildren(LearningCurves)
    validation = curves.accuracy.curves()[1]
    assert list(validation.ys) == [0.5, 0.7]
    assert curves.loss.curves()[1].name == "training"


def test_many_steps_at_once_are_drawn_once(page: RunPage, qtbot: QtBot) -> None:
    page.add(epoch(1))
    for step in range(1, 200):
        page.add(RunStep(2, step, 200, 1.0))
    (curves,) = page.findChildren(LearningCurves)
    assert len(curves.loss.curves()[0].xs) == 0
    qtbot.waitUntil(lambda: len(curves.loss.curves()[0].xs) == 199)
    assert page.figures.text("epoch") == "2 of 10"


def test_smaller_batches_and_an_early_end_are_explained(page: RunPage) -> None:
    page.add(RunBatchSize(8))
    assert page.state_text().endswith("8 at once: there is no memory for more")
    page.add(RunStopped("lung", "", "The loss is not a number any more."))
    assert page.message_texts() == ("The loss is not a number any more.",)
    assert button(page, "Look at the model").isVisible()
