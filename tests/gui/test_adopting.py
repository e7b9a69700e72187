"""A library changes to a new model and back while it goes on being searched."""

from pathlib import Path
from typing import Any

import pytest

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


def test_a_library_opened_meanwhile_is_not_taken_for_the_adopting_one(
    searched: MainWindow, tasks: Any, make: Any, tmp_path: Path
) -> None:
    searched.library_controller.adopt_model("mine")
    searched.library.open(str(tmp_path))
    summary = IndexSummary(str(tmp_path / "chest"), 240, 0, 0, (), 9.0, 26.0)
    tasks.answer("adopt_model", summary)
    assert not searched.library.can_undo
