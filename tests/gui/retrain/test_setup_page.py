"""Choosing images and options for a training, with a stand-in for the worker."""

import base64
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from cbmir_gui.core.records import FailedFile, ModelInfo
from cbmir_gui.engine.operation_answers import (
    DataLook,
    DataSummary,
    ExampleImage,
    LookedImage,
    LookedImages,
)
from cbmir_gui.gui.retrain.class_model import EXAMPLES_ROLE, ClassModel
from cbmir_gui.gui.retrain.findings_list import FindingsList, PicturesDialog
from cbmir_gui.gui.retrain.look_bar import MAX_UNASKED
from cbmir_gui.gui.retrain.setup_page import SetupPage

NOTHING = DataLook((), (), (), ())
MODELS = tuple(
    ModelInfo(name, architecture, f"/models/{name}", (), (), "", "", "", {})
    for name, architecture in (
        ("vgg16-c18", "vgg16"),
        ("mine", "vgg16"),
        ("ae", "autoencoder"),
        ("gray", "dcnn"),
    )
)


def summary(num_images: int = 200) -> DataSummary:
    half = num_images // 2
    return DataSummary(num_images, {"a": half, "b": half}, {"": 1}, 0, True, ())


def looked(*names: str, class_name: str = "a") -> LookedImages:
    return tuple(LookedImage(f"/x/{name}", 2, class_name) for name in names)


@pytest.fixture
def page(qtbot: QtBot, tasks: Any) -> SetupPage:
    page = SetupPage(tasks, "")
    qtbot.addWidget(page)
    page.refresh()
    tasks.answer("models", MODELS)
    page.show()
    return page


def choose(page: SetupPage, tasks: Any, num_images: int = 200) -> None:
    page.data.set_data_path("/images/lungs")
    tasks.answer("inspect_data", summary(num_images))


def buttons(widget: QWidget) -> dict[str, QPushButton]:
    return {
        button.text().replace("&", ""): button
        for button in widget.findChildren(QPushButton)
        if button.isVisible()
    }


def test_the_images_are_opened_in_the_background_once_they_are_counted(
    page: SetupPage, tasks: Any
) -> None:
    choose(page, tasks)
    assert tasks.last("look_at_data").arguments.data == "/images/lungs"
    assert buttons(page)["Start"].isEnabled()
    tasks.progress.emit(tasks.last("look_at_data").ticket, 40, 200, "")
    assert page.data.look.text() == "Opening the images: 40 of 200"
    tasks.answer("look_at_data", NOTHING)
    assert "nothing is wrong" in page.data.look.text()


def test_many_images_are_only_opened_when_asked_for(
    page: SetupPage, tasks: Any
) -> None:
    choose(page, tasks, 2 * MAX_UNASKED)
    assert tasks.count("look_at_data") == 0
    buttons(page.data)["Look closer"].click()
    assert tasks.count("look_at_data") == 1


def test_opening_the_images_can_be_cancelled_and_begun_again(
    page: SetupPage, tasks: Any
) -> None:
    choose(page, tasks)
    buttons(page.data)["Cancel"].click()
    assert tasks.last("look_at_data").ticket in tasks.cancelled_tickets
    tasks.confirm_cancel("look_at_data")
    assert page.data.look.text() == "Not all images were opened."
    buttons(page.data)["Look closer"].click()
    assert tasks.count("look_at_data") == 2


def test_other_images_void_what_was_found_in_the_first_ones(
    page: SetupPage, tasks: Any
) -> None:
    choose(page, tasks)
    first = tasks.last("look_at_data").ticket
    page.data.set_data_path("/images/bones")
    assert first in tasks.cancelled_tickets
    bad = DataLook((), (FailedFile("/a.png", "It is empty."),), (), ())
    tasks.answer("look_at_data", bad, first)
    assert page.data.warnings() == []


def test_a_start_ends_the_opening_of_the_images(page: SetupPage, tasks: Any) -> None:
    choose(page, tasks)
    buttons(page)["Start"].click()
    assert tasks.last("look_at_data").ticket in tasks.cancelled_tickets


def test_what_was_found_is_said_and_can_be_looked_at(
    page: SetupPage, tasks: Any
) -> None:
    choose(page, tasks)
    look = DataLook(
        (),
        (FailedFile("/x/bad.png", "'bad.png' cannot be read: it is empty."),),
        (looked("1.png", "2.png", "3.png"),),
        (looked("4.png", "5.png"),),
    )
    tasks.answer("look_at_data", look)
    lines = page.data.warnings()
    assert lines[0].startswith("1 pair looks nearly the same")
    assert lines[1].startswith("1 image cannot be read")
    assert lines[2].startswith("2 images are copies")
    (shown,) = page.findChildren(FindingsList)
    show = [each for each in shown.findChildren(QPushButton) if each.isVisible()]
    assert len(show) == 3
    show[0].click()
    (dialog,) = shown.findChildren(PicturesDialog)
    pictures = dialog.grid.pictures()
    assert [each.file_name for each in pictures] == ["4.png", "5.png"]
    assert [each.frame for each in pictures] == [2, 2]
    assert pictures[0].caption == "1. a\n4.png"


def test_the_same_picture_twice_is_told_by_what_becomes_of_it(
    page: SetupPage, tasks: Any
) -> None:
    choose(page, tasks)
    pair = looked("1.png", "2.png")
    conflict = (*looked("1.png"), *looked("2.png", class_name="b"))
    look = DataLook(
        (),
        (),
        (pair,),
        (),
        conflicts=(conflict, conflict),
        copies=(pair,),
        other_copies=(conflict,),
        tested_otherwise=(conflict,),
    )
    tasks.answer("look_at_data", look)
    starts = [
        "2 pictures stand in more than one class; a network",
        "1 picture to test with stands in another class, too",
        "1 image to validate with is a copy of one to learn from; it is left out",
        "1 image to validate with is a copy of one to learn from; a network that",
        "1 image is a copy of another, pixel by pixel; it counts twice",
    ]
    lines = page.data.warnings()
    assert len(lines) == len(starts)
    assert all(map(str.startswith, lines, starts))
    assert "nothing is wrong" not in page.data.look.text()


def test_a_missing_file_is_told_once(page: SetupPage, tasks: Any) -> None:
    page.data.set_data_path("/images/lungs")
    tasks.answer("inspect_data", replace(summary(), num_missing=1))
    assert page.data.warnings() == ["1 of 200 files are missing and will be skipped."]
    failed = FailedFile("/x/gone.png", "'gone.png' cannot be read: it is not there.")
    tasks.answer("look_at_data", DataLook((), (failed,), (), ()))
    assert page.data.warnings() == ["1 image cannot be read and will be skipped."]


@pytest.mark.parametrize("network", ["vgg16", "autoencoder"])
def test_what_a_training_would_refuse_cannot_be_started(
    page: SetupPage, tasks: Any, network: str
) -> None:
    page.options.choose_architecture(network)
    page.data.set_data_path("/images/lungs")
    empty = "An empty class."
    tasks.answer("inspect_data", replace(summary(), problem=empty, class_problem=empty))
    assert page.hint() == "An empty class."
    assert not buttons(page)["Start"].isEnabled()
    tasks.answer("look_at_data", NOTHING)
    assert "nothing is wrong" not in page.data.look.text()


def test_what_stops_an_autoencoder_need_not_stop_a_classifier(
    page: SetupPage, tasks: Any
) -> None:
    choose(page, tasks)
    tasks.answer("look_at_data", replace(NOTHING, problem="No image is left."))
    assert buttons(page)["Start"].isEnabled()
    page.options.choose_architecture("autoencoder")
    assert page.hint() == "No image is left."
    assert not buttons(page)["Start"].isEnabled()


def test_what_is_left_out_may_leave_nothing_to_learn(
    page: SetupPage, tasks: Any
) -> None:
    choose(page, tasks)
    assert buttons(page)["Start"].isEnabled()
    look = replace(NOTHING, class_problem="The class 'b' has no usable image.")
    tasks.answer("look_at_data", look)
    assert page.hint() == "The class 'b' has no usable image."
    assert not buttons(page)["Start"].isEnabled()
    page.options.choose_architecture("autoencoder")
    assert buttons(page)["Start"].isEnabled()


def test_a_look_that_a_passing_fault_spoilt_can_be_tried_again(
    page: SetupPage, tasks: Any
) -> None:
    choose(page, tasks)
    locked = FailedFile("/x/1.png", "'1.png' cannot be read: it is locked.")
    refused = "The class 'b' has no usable image."
    look = replace(NOTHING, unreadable=(locked,), class_problem=refused)
    tasks.answer("look_at_data", look)
    assert page.data.look.text() == "Not all images could be opened."
    buttons(page.data)["Try again"].click()
    assert tasks.count("look_at_data") == 2
    assert not buttons(page)["Start"].isEnabled()
    tasks.answer("look_at_data", NOTHING)
    assert page.hint() == ""
    assert buttons(page)["Start"].isEnabled()
    assert page.data.warnings() == []
    assert "nothing is wrong" in page.data.look.text()
    assert "Try again" not in buttons(page.data)


def test_a_look_that_failed_can_be_tried_again(page: SetupPage, tasks: Any) -> None:
    choose(page, tasks)
    tasks.fail("look_at_data", "The decoder cannot be started.")
    assert page.data.look.text() == "The decoder cannot be started."
    buttons(page.data)["Try again"].click()
    assert tasks.count("look_at_data") == 2
    tasks.confirm_cancel("look_at_data")
    assert "Look closer" in buttons(page.data)


def test_images_that_could_not_be_counted_can_be_counted_again(
    page: SetupPage, tasks: Any
) -> None:
    page.data.set_data_path("/images/lungs")
    assert "Try again" not in buttons(page.data)
    tasks.fail("inspect_data", "The folder cannot be read.")
    assert page.data.state_text() == "The folder cannot be read."
    assert not buttons(page)["Start"].isEnabled()
    buttons(page.data)["Try again"].click()
    assert "Try again" not in buttons(page.data)
    tasks.answer("inspect_data", summary())
    assert buttons(page)["Start"].isEnabled()
    assert "Try again" not in buttons(page.data)


def test_a_labelled_library_can_be_picked(
    page: SetupPage, tasks: Any, make: Any
) -> None:
    tasks.answer("list_libraries", (make.info("/db/chest"), make.info("/db/new", 0)))
    entries = page.data.chooser.library_menu().actions()
    texts = [entry.text() for entry in entries if not entry.isSeparator()]
    assert texts == ["chest (240 images, 3 classes)", "Another library …"]
    entries[0].trigger()
    assert tasks.last("inspect_data").arguments.data == "/db/chest"


def test_the_active_model_is_where_a_training_starts(page: SetupPage) -> None:
    page.options.set_active_model("mine")
    request = page.options.request("/images", "", "class")
    assert (request.weights, request.trainable) == ("/models/mine", "head")
    page.options.set_active_model("ae")
    assert page.options.request("/images", "", "class").weights == "/models/vgg16-c18"


@pytest.mark.parametrize(
    ("name", "variant", "weights", "trainable"),
    [
        ("vgg16", "default", "/models/vgg16-c18", "head"),
        ("vgg16", "paper", "/models/vgg16-c18", "head"),
        ("dcnn", "default", "/models/gray", "head"),
        ("autoencoder", "default", "/models/ae", "all"),
    ],
)
def test_every_network_has_sound_defaults(
    page: SetupPage, name: str, variant: str, weights: str, trainable: str
) -> None:
    page.options.choose_architecture(name, variant)
    request = page.options.request("/images", "", "class")
    assert (request.architecture, request.variant) == (name, variant)
    assert (request.weights, request.trainable) == (weights, trainable)
    assert request.recipe == "ours"


def test_the_published_recipe_brings_its_own_epochs_and_start(page: SetupPage) -> None:
    page.options.choose_architecture("dcnn")
    page.options.advanced.recipe.setCurrentIndex(1)
    request = page.options.request("/images", "", "class")
    assert request.recipe == "published"
    assert (request.weights, request.trainable) == ("none", "all")
    assert request.epochs == 30


def test_a_weights_file_can_be_the_start(page: SetupPage) -> None:
    page.options.start.use_file("/weights/own.h5")
    request = page.options.request("/images", "", "class")
    assert (request.weights, request.trainable) == ("/weights/own.h5", "head")


def test_the_examples_of_a_class_are_pictures(
    qtmodeltester: ModelTester, make: Any
) -> None:
    model = ClassModel()
    model.set_classes({"b": 300, "a": 7})
    thumbnail = base64.b64encode(make.jpeg()).decode()
    model.set_examples(
        (
            ExampleImage("a", "/x/1.png", thumbnail),
            ExampleImage("a", "/x/2.png", "no base64!"),
        )
    )
    qtmodeltester.check(model)
    assert len(model.index(0, 2).data(EXAMPLES_ROLE)) == 1
    assert model.index(1, 2).data(EXAMPLES_ROLE) == []
    assert [each.path for each in model.examples(0)] == ["/x/1.png", "/x/2.png"]
