from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from cbmir_gui.core.records import MIDDLE_FRAME
from cbmir_gui.gui.query.query import Query
from cbmir_gui.gui.query.session import SearchSession


@pytest.fixture
def session(tasks: Any) -> SearchSession:
    session = SearchSession(tasks)
    session.set_options(library="/library")
    return session


def test_a_query_asks_for_its_picture_and_its_like_at_once(
    session: SearchSession, tasks: Any
) -> None:
    session.open(Query("/images/a.dcm", frame=3))
    assert tasks.last("preview").arguments[:2] == ("/images/a.dcm", 3)
    request = tasks.last("search").arguments
    assert (request.query_path, request.frame) == ("/images/a.dcm", 3)
    assert request.query_image_id == ""


def test_an_image_of_the_library_is_searched_by_its_id(
    session: SearchSession, tasks: Any
) -> None:
    session.open(Query("/images/a.dcm", "abc:1"))
    request = tasks.last("search").arguments
    assert (request.query_path, request.query_image_id) == ("", "abc:1")


def test_a_stale_answer_never_reaches_the_grid(
    session: SearchSession, tasks: Any, make: Any
) -> None:
    shown: list[Any] = []
    session.results_ready.connect(shown.append)
    session.open(Query("/images/first.dcm"))
    first = tasks.last("search").ticket
    session.open(Query("/images/second.dcm"))
    # The first answer was on its way already.
    tasks.answer("search", make.results(query_name="first.dcm"), first)
    assert shown == []
    assert first in tasks.cancelled_tickets
    tasks.answer("search", make.results(query_name="second.dcm"))
    assert [results.query_name for results in shown] == ["second.dcm"]


def test_a_picture_that_nobody_waits_for_is_not_read(
    session: SearchSession, tasks: Any
) -> None:
    session.open(Query("/images/first.dcm"))
    first = tasks.last("preview").ticket
    session.show_preview("minmax")
    second = tasks.last("preview").ticket
    assert first in tasks.cancelled_tickets
    session.clear()
    assert second in tasks.cancelled_tickets


def test_a_stale_picture_is_never_shown(
    session: SearchSession, tasks: Any, make: Any
) -> None:
    shown: list[Any] = []
    session.preview_ready.connect(shown.append)
    session.open(Query("/images/first.dcm"))
    first = tasks.last("preview").ticket
    session.open(Query("/images/second.dcm"))
    tasks.answer("preview", make.image(file_name="first.dcm"), first)
    assert shown == []


def test_a_new_query_voids_the_results_of_the_last(
    session: SearchSession, tasks: Any, make: Any
) -> None:
    session.open(Query("/images/a.dcm"))
    tasks.answer("search", make.results())
    session.open(Query("/images/b.dcm"))
    assert session.results is None


def test_changing_an_option_searches_again_and_repeating_it_does_not(
    session: SearchSession, tasks: Any
) -> None:
    session.open(Query("/images/a.dcm"))
    session.set_options(top=50)
    session.set_options(top=50)
    assert tasks.count("search") == 2
    assert tasks.last("search").arguments.top == 50


def test_without_a_library_only_the_picture_is_asked_for(tasks: Any) -> None:
    session = SearchSession(tasks)
    session.open(Query("/images/a.dcm"))
    assert tasks.count("search") == 0
    session.set_options(library="/library")
    assert tasks.count("search") == 1


def test_another_library_leaves_a_query_that_was_an_image_of_the_last(
    qtbot: QtBot, session: SearchSession, tasks: Any
) -> None:
    session.open(Query("/images/a.dcm", "abc:1"))
    with qtbot.waitSignal(session.query_changed):
        session.set_options(library="/other")
    assert session.query is None


def test_cancelling_ends_the_search_but_keeps_the_query(
    qtbot: QtBot, session: SearchSession, tasks: Any
) -> None:
    session.open(Query("/images/a.dcm"))
    session.cancel()
    assert tasks.cancelled_tickets == [tasks.last("search").ticket]
    with qtbot.waitSignals([session.search_cancelled, session.busy_changed]):
        tasks.confirm_cancel("search")
    assert session.query is not None
    assert not session.is_busy


def test_a_failed_search_says_why_and_can_be_tried_again(
    qtbot: QtBot, session: SearchSession, tasks: Any
) -> None:
    session.open(Query("/images/a.dcm"))
    with qtbot.waitSignal(session.search_failed) as failed:
        tasks.fail("search", "The library is damaged.")
    assert failed.args == ["The library is damaged.", "CbmirError"]
    session.search_again()
    assert session.is_busy


def test_another_frame_is_a_query_by_file() -> None:
    query = Query("/images/a.dcm", "abc:1").at_frame(4)
    assert (query.image_id, query.frame) == ("", 4)


def test_the_window_is_kept_for_further_frames_but_not_for_other_files(
    session: SearchSession, tasks: Any
) -> None:
    query = Query("/images/a.dcm")
    session.open(query)
    session.show_preview("40,80")
    session.open(query.at_frame(2))
    assert tasks.last("preview").arguments[1:3] == (2, "40,80")
    session.open(Query("/images/b.dcm"))
    assert tasks.last("preview").arguments[1:3] == (MIDDLE_FRAME, "first")


def test_overlays_are_kept_for_further_frames_but_not_for_other_files(
    session: SearchSession, tasks: Any
) -> None:
    query = Query("/images/a.dcm")
    session.open(query)
    assert tasks.last("preview").arguments[4] is False
    num_searches = tasks.count("search")
    session.show_preview("voi:2")
    session.show_overlays(True)
    assert tasks.last("preview").arguments[2:] == ("voi:2", 1024, True)
    assert tasks.count("search") == num_searches, "they are only shown"
    session.open(query.at_frame(2))
    assert tasks.last("preview").arguments[4] is True
    session.open(Query("/images/b.dcm"))
    assert tasks.last("preview").arguments[4] is False
