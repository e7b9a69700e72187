"""A library changes to a new model and back while it goes on being searched."""

from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from cbmir_gui.core.errors import LibraryOutdatedError
from cbmir_gui.core.records import IndexSummary
from cbmir_gui.gui.main_window import MainWindow
from cbmir_gui.gui.query.features_choice import FeaturesChoice
from cbmir_gui.gui.query.query import Query


@pytest.fixture
def searched(open_window: MainWindow, tasks: Any, make: Any) -> MainWindow:
    """Return a window with the results of a search with the model chosen last."""
    open_window._store.update(model="vgg16-c18", layer="pool")
    open_window.library.refresh()
    tasks.answer("library_info", make.info(open_window.library.folder))
    open_window.search.open(Query("/images/query.dcm"))
    tasks.answer("search", make.results())
    return open_window


def texts(window: MainWindow) -> list[str]:
    return [message.text for message in window.messages.messages()]


def adopt(
    window: MainWindow, tasks: Any, make: Any, *, cancelled: bool = False
) -> None:
    folder = window.library.folder
    window.library_controller.adopt_model("mine")
    summary = IndexSummary(folder, 240, 0, 0, (), 9.0, 26.0, cancelled)
    tasks.answer("adopt_model", summary)
    tasks.answer("library_info", make.info(folder))


def test_the_old_features_serve_until_the_new_ones_are_there(
    searched: MainWindow, tasks: Any
) -> None:
    searched.library_controller.adopt_model("mine")
    assert searched.activity.isVisible()
    searched.search.search_again()
    assert tasks.last("search").arguments.layer == "pool"


def test_after_adopting_the_next_query_uses_the_library_s_new_default(
    searched: MainWindow, tasks: Any, make: Any
) -> None:
    adopt(searched, tasks, make)
    request = tasks.last("search").arguments
    assert (request.model, request.layer) == ("", "")
    assert texts(searched) == ["The library uses the model 'mine' from now on."]
    assert not searched.activity.isVisible()


def test_adopting_can_be_rolled_back(
    searched: MainWindow, tasks: Any, make: Any
) -> None:
    adopt(searched, tasks, make)
    searched.messages.messages()[0].press("Roll back")
    assert tasks.last("roll_back").arguments.library == searched.library.folder
    num_searches = tasks.count("search")
    tasks.answer("roll_back", make.info(searched.library.folder))
    assert tasks.count("search") == num_searches + 1
    assert "former model" in texts(searched)[0]


def fail_outdated(tasks: Any) -> None:
    error = LibraryOutdatedError("vgg16-c18")
    tasks.fail("search", str(error), type(error).__name__)


@pytest.mark.parametrize(
    ("chosen", "extracted"),
    [(("", ""), ("vgg16-c18", "flatten")), (("vgg16-c18", "pool"),) * 2],
)
def test_features_of_an_earlier_version_of_the_model_are_extracted_again(
    searched: MainWindow,
    tasks: Any,
    make: Any,
    chosen: tuple[str, str],
    extracted: tuple[str, str],
) -> None:
    searched.menus.features.features_chosen.emit(FeaturesChoice(*chosen))
    searched.search.search_again()
    fail_outdated(tasks)
    assert "earlier version of the model 'vgg16-c18'" in texts(searched)[0]
    searched.results.page.press("Extract features again")
    arguments = tasks.last("adopt_model").arguments
    assert (arguments.model, arguments.layer) == extracted
    folder = searched.library.folder
    num_searches = tasks.count("search")
    tasks.answer("adopt_model", IndexSummary(folder, 240, 0, 0, (), 9.0, 26.0))
    tasks.answer("library_info", make.info(folder))
    assert tasks.count("search") == num_searches + 1


def test_of_combined_features_none_is_extracted_unasked(
    searched: MainWindow, tasks: Any
) -> None:
    searched.search.set_options(also=("vgg16-c18/flatten",))
    fail_outdated(tasks)
    assert searched.results.page.actions_shown()[0] == "Try again"


def test_extracting_the_default_anew_makes_it_the_default_anew(
    searched: MainWindow, tasks: Any
) -> None:
    searched.library_controller.use_model("vgg16-c18", "flatten")
    assert tasks.count("extract_missing") == 0
    assert tasks.last("adopt_model").arguments.layer == "flatten"


def test_a_cancelled_adoption_changes_nothing(
    searched: MainWindow, tasks: Any, make: Any
) -> None:
    adopt(searched, tasks, make, cancelled=True)
    assert tasks.last("search").arguments.layer == "pool"
    assert "keeps its model" in texts(searched)[0]
    assert not searched.library.can_undo


def close_while_adopting(window: MainWindow, tasks: Any) -> None:
    tasks.answer("warm", 240)
    window.library_controller.adopt_model("mine", "fc1")
    window.close()
    folder = window.library_controller._store.value.adopting[0]
    summary = IndexSummary(folder, 9, 0, 0, (), 9.0, 26.0, cancelled=True)
    tasks.answer("adopt_model", summary)


@pytest.mark.parametrize("answer", ["Go on", "Keep its former model"])
def test_an_adoption_that_the_end_of_the_program_cut_short_can_go_on(
    open_window: MainWindow, tasks: Any, make: Any, qtbot: QtBot, answer: str
) -> None:
    folder, store = open_window.library.folder, open_window._store
    close_while_adopting(open_window, tasks)
    assert store.value.adopting == (folder, "mine", "fc1")
    later = MainWindow(tasks, store, open_window.reader)
    qtbot.addWidget(later)
    for _ in range(2):
        later.library.open(folder)
        tasks.answer("library_info", make.info(folder))
    later.library.refresh()
    tasks.answer("library_info", make.info(folder))
    (message,) = later.messages.messages()
    assert "prepared for the model 'mine'" in message.text
    message.press(answer)
    if answer == "Go on":
        arguments = tasks.last("adopt_model").arguments
        assert (arguments.model, arguments.layer) == ("mine", "fc1")
        tasks.answer("adopt_model", IndexSummary(folder, 9, 0, 0, (), 9.0, 26.0))
    assert store.value.adopting == ()


@pytest.mark.parametrize("is_failure", [True, False])
def test_an_adoption_that_was_given_up_is_not_gone_on_with(
    open_window: MainWindow, tasks: Any, is_failure: bool
) -> None:
    open_window.library_controller.adopt_model("mine", "fc1")
    if is_failure:
        tasks.fail("adopt_model", "The disk is full.")
    else:
        tasks.confirm_cancel("adopt_model")
    assert open_window._store.value.adopting == ()


def test_a_library_opened_meanwhile_is_not_taken_for_the_adopting_one(
    searched: MainWindow, tasks: Any, make: Any, tmp_path: Path
) -> None:
    searched.library_controller.adopt_model("mine")
    searched.library.open(str(tmp_path))
    summary = IndexSummary(str(tmp_path / "chest"), 240, 0, 0, (), 9.0, 26.0)
    tasks.answer("adopt_model", summary)
    assert not searched.library.can_undo
