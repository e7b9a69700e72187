import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from cbmir_gui.core.records import ModelInfo
from cbmir_gui.engine.operation_answers import DataSummary
from cbmir_gui.gui.evaluation.dialog import EvaluationDialog
from cbmir_gui.gui.library.session import LibrarySession
from cbmir_gui.gui.settings_store import SettingsStore

MakeDocument = Callable[..., dict[str, Any]]
MODELS = (
    ModelInfo("good", "vgg16", "", (), ("flatten", "fc1"), "fc1", "cosine", "", {}),
    ModelInfo("broken", "vgg16", "", (), ("a",), "a", "cosine", "", {}, "damaged"),
)
SUMMARY = DataSummary(20, {"ct_head": 9, "mr_brain": 11}, {}, 0, True, ("c18", "m4"))


@pytest.fixture
def library(tasks: Any, make: Any, library_folder: Path) -> LibrarySession:
    session = LibrarySession(tasks)
    session.open(str(library_folder))
    tasks.answer("library_info", make.info(library_folder))
    return session


@pytest.fixture
def dialog(
    qtbot: QtBot, tasks: Any, make: Any, library: LibrarySession, store: SettingsStore
) -> EvaluationDialog:
    dialog = EvaluationDialog(tasks, library, store)
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.refresh()
    tasks.answer("models", MODELS)
    tasks.answer("list_libraries", (make.info("/libraries/other"),))
    return dialog


@pytest.fixture
def ready(dialog: EvaluationDialog, tasks: Any) -> EvaluationDialog:
    dialog.queries.chooser.set_path("/data/manifest.csv")
    tasks.answer("inspect_data", SUMMARY)
    return dialog


@pytest.fixture
def evaluated(ready: EvaluationDialog, tasks: Any, document: str) -> EvaluationDialog:
    ready.run()
    tasks.answer("evaluate", document)
    return ready


def choose(combo: Any, value: str) -> None:
    assert combo.findData(value) >= 0
    combo.setCurrentIndex(combo.findData(value))


def texts(dialog: EvaluationDialog) -> list[str]:
    return [message.text for message in dialog.messages.messages()]


def test_nothing_can_be_run_before_the_queries_are_known(
    dialog: EvaluationDialog, tasks: Any
) -> None:
    assert not dialog.run_button.isEnabled()
    dialog.run()
    assert tasks.count("evaluate") == 0
    dialog.queries.chooser.set_path("/data/none")
    tasks.fail("inspect_data", "There is no 'none'.")
    assert dialog.queries.state_text() == "There is no 'none'."
    assert not dialog.run_button.isEnabled()
    dialog.queries.chooser.set_path("/data/manifest.csv")
    tasks.answer("inspect_data", SUMMARY)
    assert dialog.queries.state_text() == "20 images of 2 classes"
    assert dialog.run_button.isEnabled()


def test_what_is_chosen_is_asked_for(ready: EvaluationDialog, tasks: Any) -> None:
    choose(ready.queries.set, "c18")
    choose(ready.queries.split, "val")
    choose(ready.search.model, "good")
    choose(ready.search.layer, "flatten")
    choose(ready.search.distance, "euclidean")
    choose(ready.search.level, "diagnosis")
    choose(ready.search.filter, "predicted")
    ready.run()
    arguments = tasks.last("evaluate").arguments
    assert arguments.queries == "/data/manifest.csv"
    assert (arguments.set_name, arguments.splits) == ("c18", ("val",))
    assert (arguments.model, arguments.layer) == ("good", "flatten")
    assert (arguments.metric, arguments.level) == ("euclidean", "diagnosis")
    assert (arguments.class_filter, arguments.library) == ("predicted", "")


def test_models_that_cannot_be_used_are_not_offered(ready: EvaluationDialog) -> None:
    assert ready.search.model.findData("broken") == -1


def test_a_library_is_searched_with_the_features_that_it_has(
    ready: EvaluationDialog, library: LibrarySession, tasks: Any
) -> None:
    choose(ready.search.database, library.folder)
    assert ready.search.model.findData("good") == -1
    choose(ready.search.model, "vgg16-c18")
    layers = [
        ready.search.layer.itemData(row) for row in range(ready.search.layer.count())
    ]
    assert layers == ["", "flatten", "pool"]
    assert ready.search.database.findData("/libraries/other") > 0
    ready.run()
    arguments = tasks.last("evaluate").arguments
    assert (arguments.library, arguments.model) == (library.folder, "vgg16-c18")


def test_an_evaluation_shows_its_progress_and_can_be_stopped(
    ready: EvaluationDialog, tasks: Any
) -> None:
    ready.run()
    assert not ready.run_button.isEnabled()
    assert ready.activity.isVisible()
    ticket = tasks.last("evaluate").ticket
    tasks.progress.emit(ticket, 5, 20, "Reading images")
    ready.activity.findChild(QPushButton).click()
    assert tasks.cancelled_tickets == [ticket]
    tasks.confirm_cancel("evaluate")
    assert ready.run_button.isEnabled()
    assert not ready.activity.isVisible()
    assert not ready.is_report_shown()


def test_a_failure_is_told_and_leaves_with_the_next_run(
    ready: EvaluationDialog, tasks: Any
) -> None:
    ready.run()
    tasks.fail("evaluate", "There is no query with a diagnosis.")
    assert texts(ready) == ["There is no query with a diagnosis."]
    ready.run()
    assert texts(ready) == []


def test_the_figures_are_shown_with_intervals_and_curves(
    evaluated: EvaluationDialog,
) -> None:
    assert evaluated.is_report_shown()
    figures = evaluated.report.figures
    assert figures.table.texts() == [
        ["Accuracy", "0.9000", "0.850 to 1.000", "\N{EN DASH}"],
        ["P@1", "0.9500", "0.900 to 1.000", "\N{EN DASH}"],
        ["P@20", "0.8000", "0.750 to 1.000", "0.9500"],
    ]
    ceiling, found = figures.ranks.curves()
    assert (found.xs, found.ys) == ([1, 20], [0.95, 0.8])
    assert (ceiling.xs, ceiling.ys) == ([20], [0.95])
    assert figures.recall.curves()[0].ys == (1.0, 0.9, 0.6)


def test_shared_patients_have_a_column_of_their_own(
    ready: EvaluationDialog, tasks: Any, make_document: MakeDocument
) -> None:
    part = {"num_queries": 4, "accuracy": 0.5, "accuracy_interval": [0.4, 0.6]}
    ready.run()
    tasks.answer("evaluate", json.dumps(make_document(not_patient_disjoint=part)))
    table = ready.report.figures.table
    title = table.model().headerData(4, Qt.Orientation.Horizontal)
    assert title == "Patients shared"
    assert [row[4] for row in table.texts()] == ["0.5000", *["\N{EN DASH}"] * 2]


def test_classes_are_sorted_by_any_figure(evaluated: EvaluationDialog) -> None:
    table = evaluated.report.classes.table
    assert [row[0] for row in table.texts()] == ["mr brain", "ct head"]
    table.sortByColumn(2, Qt.SortOrder.AscendingOrder)
    assert [row[:3] for row in table.texts()] == [
        ["ct head", "9", "0.8000"],
        ["mr brain", "11", "1.0000"],
    ]


def test_a_cell_of_the_matrix_lists_its_images_and_one_is_shown(
    evaluated: EvaluationDialog, tasks: Any, make: Any
) -> None:
    page = evaluated.report.confusions
    assert page.heading().startswith("2 images taken for another class")
    page.matrix.cell_activated.emit("mr_brain", "mr_brain")
    assert page.heading() == "mr brain taken for mr brain: 11 images, all right"
    assert page.table.texts() == []
    page.matrix.cell_activated.emit("ct_head", "mr_brain")
    assert page.heading() == "ct head taken for mr brain: 2 of 2 images"
    page.table.sortByColumn(3, Qt.SortOrder.AscendingOrder)
    assert [row[0] for row in page.table.texts()] == ["unsure.png", "sure.png"]
    page.table.setCurrentIndex(page.table.model().index(0, 0))
    assert tasks.last("preview").arguments[0] == "/images/unsure.png"
    tasks.answer("preview", make.image())
    assert page.image.image().width() == 64


def test_an_image_that_is_gone_is_said_in_its_place(
    evaluated: EvaluationDialog, tasks: Any
) -> None:
    page = evaluated.report.confusions
    page.table.setCurrentIndex(page.table.model().index(0, 0))
    tasks.fail("preview", "'sure.png' is no longer there.")
    assert page.image.image().isNull()


def test_the_protocol_has_words_and_definitions(evaluated: EvaluationDialog) -> None:
    text = evaluated.report.protocol.text()
    assert "20 queries of manifest.csv (test)" in text
    assert "relevant among the first k / k" in text


def test_a_report_is_saved_and_copied(
    evaluated: EvaluationDialog, tmp_path: Path
) -> None:
    evaluated.report.save(str(tmp_path / "figures.csv"))
    assert texts(evaluated) == ["Saved as figures.csv."]
    table = (tmp_path / "figures.csv").read_text(encoding="utf-8")
    assert table.startswith("class,measure,value")
    evaluated.report.save(str(tmp_path / "figures.json"))
    saved = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))
    assert saved["num_queries"] == 20
    evaluated.report.copy_markdown()
    assert QGuiApplication.clipboard().text().startswith("| Macro mean")


def test_a_report_that_cannot_be_saved_says_why(
    evaluated: EvaluationDialog, tmp_path: Path
) -> None:
    evaluated.report.save(str(tmp_path / "missing" / "figures.json"))
    assert len(texts(evaluated)) == 1
    assert "figures.json" in texts(evaluated)[0]


def test_the_choices_of_the_last_time_are_made_again(
    qtbot: QtBot,
    ready: EvaluationDialog,
    tasks: Any,
    make: Any,
    library: LibrarySession,
    store: SettingsStore,
) -> None:
    choose(ready.queries.set, "c18")
    choose(ready.search.database, "/libraries/other")
    choose(ready.search.model, "vgg16-c18")
    choose(ready.search.level, "modality")
    ready.run()
    former = ready.arguments()
    again = EvaluationDialog(tasks, library, store)
    qtbot.addWidget(again)
    again.refresh()
    tasks.answer("inspect_data", SUMMARY)
    assert tasks.last("inspect_data").arguments.set_name == "c18"
    tasks.answer("inspect_data", SUMMARY)
    tasks.answer("models", MODELS)
    tasks.answer("list_libraries", (make.info("/libraries/other"),))
    assert again.arguments() == former


def test_what_is_chosen_stays_when_the_page_is_opened_again(
    ready: EvaluationDialog, tasks: Any, make: Any
) -> None:
    choose(ready.search.database, "/libraries/other")
    choose(ready.search.level, "modality")
    chosen = ready.arguments()
    ready.refresh()
    tasks.answer("models", MODELS)
    tasks.answer("list_libraries", (make.info("/libraries/other"),))
    assert ready.arguments() == chosen


def test_every_box_can_be_reached_by_its_letter(dialog: EvaluationDialog) -> None:
    labels = [label for label in dialog.findChildren(QLabel) if "&" in label.text()]
    letters = [text[text.index("&") + 1].lower() for text in (x.text() for x in labels)]
    assert len(letters) == len(set(letters)) == 9
    for label in labels:
        assert label.buddy().focusPolicy() & Qt.FocusPolicy.TabFocus


def test_every_button_has_its_own_letter(evaluated: EvaluationDialog) -> None:
    texts = [
        button.text()
        for button in evaluated.findChildren(QPushButton)
        if button.isVisible()
    ]
    letters = [text[text.index("&") + 1].lower() for text in texts if "&" in text]
    assert len(letters) == len(set(letters)) >= 6
