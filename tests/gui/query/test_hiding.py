"""The switches that leave out what is related to the query."""

from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt

from cbmir_gui.gui.main_window import MainWindow

OWN = ("same-patient", "same-study")


def open_query(window: MainWindow, tasks: Any, make: Any) -> None:
    window.queries.open_file("/images/query.dcm")
    tasks.answer("preview", make.image())
    tasks.answer("search", make.results())


def test_one_switch_hides_the_own_patient_and_study(open_window, tasks, make) -> None:
    open_query(open_window, tasks, make)
    open_window.actions_.hide_own.trigger()
    assert tasks.last("search").arguments.hide == OWN
    open_window.actions_.hide_copies.trigger()
    assert tasks.last("search").arguments.hide == (*OWN, "near-duplicates")
    open_window.actions_.hide_own.trigger()
    assert tasks.last("search").arguments.hide == ("near-duplicates",)


def test_the_switches_are_remembered(qtbot, open_window, tasks, store, reader) -> None:
    open_window.actions_.hide_copies.trigger()
    assert store.value.hide_near_duplicates
    again = MainWindow(tasks, store, reader)
    qtbot.addWidget(again)
    assert again.actions_.hide_copies.isChecked()
    assert not again.actions_.hide_own.isChecked()
    assert again.search.options.hide == ("near-duplicates",)


def test_the_number_of_hidden_images_is_said(open_window, tasks, make) -> None:
    open_window.actions_.hide_own.trigger()
    open_query(open_window, tasks, make)
    tasks.answer("preview", make.image())
    open_window.search.search_again()
    tasks.answer("search", make.results(hide=OWN, num_hidden=7))
    assert open_window.results.subtitle().endswith("7 hidden")
    assert "7 hidden" in " ".join(open_window.status.texts())


def test_nothing_but_hidden_hits_can_be_shown_at_once(open_window, tasks, make) -> None:
    open_window.actions_.hide_own.trigger()
    window = open_window
    window.queries.open_file("/images/query.dcm")
    tasks.answer("search", make.results(0, hide=OWN, num_hidden=3))
    assert window.results.is_page_shown()
    window.queries.all_wanted.emit()
    assert tasks.last("search").arguments.hide == ()
    assert not window.actions_.hide_own.isChecked()


def test_a_query_with_text_in_its_picture_is_flagged(open_window, tasks, make) -> None:
    open_window.queries.open_file("/images/query.dcm")
    tasks.answer("preview", make.image(burned_in="yes"))
    assert "Text in the picture" in open_window.query_panel.caution()
    open_window.queries.open_file("/images/other.dcm")
    assert open_window.query_panel.caution() == ""
    tasks.answer("preview", make.image(burned_in="no"))
    assert open_window.query_panel.caution() == ""


def test_related_hits_are_marked_in_words(open_window, tasks, make) -> None:
    hits = (
        replace(make.hit(1), is_query=True, same_patient=True, same_study=True),
        replace(make.hit(2), same_patient=True, same_study=True),
        replace(make.hit(3), same_patient=True, near_duplicate=True),
        replace(make.hit(4), burned_in="likely"),
    )
    open_window.queries.open_file("/images/query.dcm")
    tasks.answer("search", make.results(hits=hits))
    model = open_window.results.model
    role = Qt.ItemDataRole.AccessibleTextRole
    said = [model.data(model.index(row), role) for row in range(4)]
    assert "the query itself" in said[0]
    assert "same" not in said[0]
    assert "same study" in said[1]
    assert "same patient, near-duplicate" in said[2]
    assert "Perhaps text in the picture" in said[3]
