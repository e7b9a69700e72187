"""A new model beside the one in use, with a stand-in for the worker."""

import json
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from cbmir_gui.core.records import TrainRequest
from cbmir_gui.engine.operation_answers import DataSummary
from cbmir_gui.gui.measure_names import UNKNOWN
from cbmir_gui.gui.retrain.comparison_model import ComparisonModel
from cbmir_gui.gui.retrain.open_library import OpenLibrary, open_library
from cbmir_gui.gui.retrain.outcome_page import OutcomePage
from cbmir_gui.gui.retrain.outcome_report import (
    report_of_card,
    report_of_evaluation,
)

LIBRARY = OpenLibrary("/db/chest", "chest", "vgg16-c18", "fc1", 5400)
CARD = {
    "default_layer": "fc1",
    "metrics": {
        "val": {"fc1": {"figures": {"accuracy": 0.99}}},
        "test": {
            "fc1": {
                "figures": {"accuracy": 0.9, "precision_at_20": 0.8},
                "intervals": {"accuracy": [0.85, 0.95]},
                "num_queries": 40,
            }
        },
    },
}
REPORT = {
    "num_queries": 40,
    "accuracy": 0.95,
    "accuracy_interval": [0.9, 0.99],
    "precision_at_20": 0.75,
    "precision_at_20_interval": None,
    "confusion_matrix": {
        "of": "classifier",
        "classes": ["ct", "mr"],
        "matrix": [[18, 2], [0, 20]],
    },
    "misclassified": [
        {"path": "/x/1.png", "class": "ct", "predicted": "mr", "probability": 0.9},
        {"path": "/x/2.png", "class": "ct", "predicted": "mr", "probability": 0.6},
    ],
    "confused_pairs": [{"class": "ct", "predicted": "mr", "count": 2}],
}


@pytest.fixture
def page(qtbot: QtBot, tasks: Any) -> OutcomePage:
    page = OutcomePage(tasks)
    qtbot.addWidget(page)
    request = TrainRequest("/images", name="mine", set_name="c18", label="class")
    page.begin("mine", request, LIBRARY)
    page.show()
    return page


def summary(**splits: int) -> DataSummary:
    return DataSummary(100, {"ct": 50, "mr": 50}, splits or {"": 100}, 0, True, ())


def measure(tasks: Any, **changes: Any) -> None:
    """Answer all that the page asks, the model in use with worse figures."""
    tasks.answer("model_card", json.dumps(CARD))
    tasks.answer("inspect_data", summary())
    tasks.answer("evaluate", json.dumps(REPORT | changes))
    tasks.answer("evaluate", json.dumps({"num_queries": 40, "precision_at_20": 0.7}))


def press(page: OutcomePage, text: str) -> None:
    (button,) = (
        each
        for each in page.findChildren(QPushButton)
        if each.text().replace("&", "") == text
    )
    button.click()


def is_offered(page: OutcomePage, text: str) -> bool:
    return any(
        each.text().replace("&", "") == text and each.isVisible() and each.isEnabled()
        for each in page.findChildren(QPushButton)
    )


def test_the_figures_of_the_card_show_at_once(page: OutcomePage, tasks: Any) -> None:
    tasks.answer("model_card", json.dumps(CARD))
    rows = page.figures.texts()
    assert rows["Accuracy of the classifier"] == ("90.0 %", UNKNOWN, UNKNOWN)
    assert rows["Right among the first 20 (P@20)"][0] == "80.0 %"


def test_both_models_are_measured_on_the_test_images(
    page: OutcomePage, tasks: Any
) -> None:
    tasks.answer("inspect_data", summary())
    arguments = tasks.last("evaluate").arguments
    assert (arguments.model, arguments.layer) == ("mine", "")
    assert (arguments.queries, arguments.set_name) == ("/images", "c18")
    assert arguments.splits == ("test",)
    assert arguments.database_splits == ("train", "val")
    tasks.answer("evaluate", json.dumps(REPORT))
    arguments = tasks.last("evaluate").arguments
    assert (arguments.model, arguments.layer) == ("vgg16-c18", "fc1")
    assert page.state_text() == "Measuring “vgg16-c18” on the test images …"


def test_without_a_test_part_the_validation_images_serve(
    page: OutcomePage, tasks: Any
) -> None:
    tasks.answer("inspect_data", summary(train=80, val=20))
    assert tasks.last("evaluate").arguments.splits == ("val",)
    assert tasks.last("evaluate").arguments.database_splits == ("train",)


def test_the_models_stand_side_by_side(page: OutcomePage, tasks: Any) -> None:
    measure(tasks)
    rows = page.figures.texts()
    assert rows["Right among the first 20 (P@20)"] == ("75.0 %", "70.0 %", "+5.0")
    assert rows["Accuracy of the classifier"] == ("95.0 %", UNKNOWN, UNKNOWN)
    assert page.state_text() == "Both models were measured on the same images."


def test_a_figure_that_small_classes_bound_says_so(
    page: OutcomePage, tasks: Any
) -> None:
    measure(tasks, ceilings={"precision_at_20": 0.8, "precision_at_1": 1.0})
    titles = list(page.figures.texts())
    assert "Right among the first 20 (P@20), at most 80.0 %" in titles
    assert "First hit is right (P@1)" in titles


def test_the_mistakes_can_be_looked_at(page: OutcomePage, tasks: Any) -> None:
    measure(tasks)
    assert page.mistakes.text().startswith("2 of 40 images were misclassified")
    pictures = page.mistakes.grid.pictures()
    assert [picture.file_name for picture in pictures] == ["1.png", "2.png"]
    assert pictures[0].caption == "ct\n→ mr 90%"
    assert not page.mistakes.choose_pair("mr", "ct")


def test_a_cell_of_the_matrix_leads_to_its_images(
    page: OutcomePage, tasks: Any
) -> None:
    other = {"path": "/x/3.png", "class": "mr", "predicted": "ct", "probability": 0.7}
    pairs = [*REPORT["confused_pairs"], {"class": "mr", "predicted": "ct", "count": 1}]
    wrong = [*REPORT["misclassified"], other]
    measure(tasks, misclassified=wrong, confused_pairs=pairs)
    page.new_matrix.view.cell_activated.emit("mr", "ct")
    assert [each.file_name for each in page.mistakes.grid.pictures()] == ["3.png"]


def test_matrices_and_mistakes_of_both_models_can_be_compared(
    page: OutcomePage, tasks: Any
) -> None:
    tasks.answer("inspect_data", summary())
    tasks.answer("evaluate", json.dumps(REPORT))
    switch = page.mistakes._active
    assert switch.isHidden()
    wrong = {"path": "/x/9.png", "class": "mr", "predicted": "ct", "probability": 0.7}
    matrix = {**REPORT["confusion_matrix"], "matrix": [[20, 0], [1, 19]]}  # type: ignore[dict-item]
    pairs = [{"class": "mr", "predicted": "ct", "count": 1}]
    active = {"confusion_matrix": matrix, "misclassified": [wrong]}
    answer = REPORT | active | {"confused_pairs": pairs, "precision_at_20": 0.82}
    tasks.answer("evaluate", json.dumps(answer))
    assert not switch.isHidden()
    assert "mr: 2 of 20" in page.new_matrix.view.cell_text((0, 1))
    assert "ct: 1 of 20" in page.active_matrix.view.cell_text((1, 0))
    page.active_matrix.view.cell_activated.emit("mr", "ct")
    assert switch.isChecked()
    assert [each.file_name for each in page.mistakes.grid.pictures()] == ["9.png"]
    assert page.figures.precision.area().y_axis.low == 0.7
    page.begin("mine", TrainRequest("/images"), OpenLibrary())
    assert page.active_matrix.isHidden()
    assert switch.isHidden()


def test_measuring_again_draws_each_model_once(page: OutcomePage, tasks: Any) -> None:
    for _ in range(2):
        tasks.answer("inspect_data", summary())
        tasks.answer("evaluate", json.dumps(REPORT))
        tasks.fail("evaluate", "Oh.")
        page.measure_again()
    assert len(page.figures.precision.curves()) == 1


def test_measuring_can_be_cancelled_and_begun_again(
    page: OutcomePage, tasks: Any
) -> None:
    tasks.answer("model_card", json.dumps(CARD))
    tasks.answer("inspect_data", summary())
    press(page, "Cancel")
    assert tasks.last("evaluate").ticket in tasks.cancelled_tickets
    assert page.state_text() == "Not everything was measured."
    tasks.answer("evaluate", json.dumps(REPORT))
    assert page.figures.texts()["Accuracy of the classifier"][0] == "90.0 %"
    press(page, "Measure")
    assert tasks.count("inspect_data") == 2


def test_a_model_that_cannot_be_measured_does_not_hold_up_the_other(
    page: OutcomePage, tasks: Any
) -> None:
    tasks.answer("inspect_data", summary())
    tasks.answer("evaluate", json.dumps(REPORT))
    tasks.fail("evaluate", "The model 'vgg16-c18' is damaged.")
    assert page.message_texts() == ("The model 'vgg16-c18' is damaged.",)
    assert page.figures.texts()["Accuracy of the classifier"][0] == "95.0 %"
    assert is_offered(page, "Adopt")


def test_an_answer_that_is_no_report_is_said(page: OutcomePage, tasks: Any) -> None:
    tasks.answer("model_card", "[]")
    tasks.answer("inspect_data", summary())
    tasks.answer("evaluate", json.dumps({"misclassified": [{"path": "/x"}]}))
    assert page.message_texts() == (
        "The evaluation cannot be read.",
        "The card of the model cannot be read.",
    )


def test_the_model_in_use_is_not_compared_with_itself(
    page: OutcomePage, tasks: Any
) -> None:
    page.begin(
        "mine", TrainRequest("/images"), OpenLibrary("/db/x", "x", "mine", "", 9)
    )
    tasks.answer("inspect_data", summary())
    tasks.answer("evaluate", json.dumps(REPORT))
    assert page.state_text() == "The model was measured."
    assert page.figures.texts()["Accuracy of the classifier"] == ("95.0 %",)
    assert page.verdict.text() == "“x” uses this model."


def test_adopting_asks_for_it_and_waits(page: OutcomePage, qtbot: QtBot) -> None:
    with qtbot.waitSignal(page.verdict.adopt_requested) as asked:
        press(page, "Adopt")
    assert asked.args == ["mine"]
    page.verdict.show_adopting()
    page.set_library(LIBRARY)
    assert not is_offered(page, "Discard …")
    page.verdict.show_settled("Done.")
    assert page.verdict.text() == "Done."
    assert is_offered(page, "Discard …")


@pytest.mark.parametrize(
    ("library", "words"),
    [
        (OpenLibrary(), "Open a library"),
        (OpenLibrary("/db/x", "x", "m", "", 9, read_only=True), "read-only"),
        (OpenLibrary("/db/x", "x"), "Open a library"),
    ],
)
def test_a_library_that_cannot_adopt_says_why(
    page: OutcomePage, library: OpenLibrary, words: str
) -> None:
    page.set_library(library)
    assert not is_offered(page, "Adopt")
    assert words in page.verdict.text()


def test_discarding_asks_first(page: OutcomePage, qtbot: QtBot) -> None:
    press(page, "Discard …")
    (box,) = (
        widget
        for widget in QApplication.topLevelWidgets()
        if isinstance(widget, QMessageBox) and widget.isVisible()
    )
    delete = next(each for each in box.buttons() if "Delete" in each.text())
    with qtbot.waitSignal(page.verdict.discard_requested) as asked:
        delete.click()
    assert asked.args == ["mine"]


def test_the_card_s_test_figures_come_before_those_of_val() -> None:
    report = report_of_card(json.dumps(CARD))
    assert report.figures["accuracy"] == 0.9
    assert report.intervals == {"accuracy": (0.85, 0.95)}
    val_only = {**CARD, "metrics": {"val": CARD["metrics"]["val"]}}  # type: ignore[index]
    assert report_of_card(json.dumps(val_only)).figures == {"accuracy": 0.99}
    assert report_of_card("{}").figures == {}


def test_the_vote_of_the_hits_is_no_classifier() -> None:
    matrix = {"of": "majority class of the first hits", "classes": [], "matrix": []}
    document = json.dumps({"accuracy": None, "confusion_matrix": matrix})
    report = report_of_evaluation(document)
    assert report.is_vote
    assert report.figures == {}
    with pytest.raises(ValueError, match="object"):
        report_of_evaluation("3")


def test_the_table_keeps_qt_s_rules(qtmodeltester: ModelTester) -> None:
    model = ComparisonModel()
    qtmodeltester.check(model)
    model.set_names("new", "old")
    model.set_new(report_of_evaluation(json.dumps(REPORT)))
    qtmodeltester.check(model)
    assert model.columnCount() == 4
    assert "95 % interval: 90.0 % to 99.0 %" in model.index(0, 1).data(3)


def test_the_features_chosen_by_hand_count_where_the_library_has_them(
    make: Any,
) -> None:
    info = make.info("/db/chest")
    assert open_library(info, "", "").layer == "flatten"
    assert open_library(info, "vgg16-c18", "pool").layer == "pool"
    assert open_library(info, "other", "").model == "vgg16-c18"
    assert open_library(None, "other", "") == OpenLibrary()
