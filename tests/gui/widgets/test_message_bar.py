from types import SimpleNamespace

import pytest
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QLabel, QToolButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from cbmir_gui.gui.widgets.message_bar import MessageAction, MessageBar


@pytest.fixture
def bar(qtbot: QtBot) -> MessageBar:
    bar = MessageBar()
    qtbot.addWidget(bar)
    return bar


def texts(bar: MessageBar) -> list[str]:
    return [message.text for message in bar.messages()]


def test_the_bar_is_hidden_while_there_is_nothing_to_say(bar: MessageBar) -> None:
    assert bar.isHidden()
    message = bar.post("Something happened.")
    assert not bar.isHidden()
    bar.dismiss(message)
    assert bar.isHidden()


def test_the_newest_message_comes_first_and_the_oldest_leaves(bar: MessageBar) -> None:
    for text in ("one", "two", "three", "four"):
        bar.post(text)
    assert texts(bar) == ["four", "three", "two"]


def test_a_message_is_not_shown_twice(bar: MessageBar) -> None:
    bar.post("one")
    bar.post("two")
    bar.post("one")
    assert texts(bar) == ["one", "two"]


def test_a_button_acts_once_and_closes_its_message(bar: MessageBar) -> None:
    received: list[tuple[object, ...]] = []
    action = MessageAction("Undo", lambda *values: received.append(values))
    message = bar.post("Removed.", "success", (action,))
    message.press("Undo")
    assert received == [()]
    assert texts(bar) == []


@pytest.mark.parametrize("width_px", [320, 1280])
def test_long_words_are_shown_whole(qtbot: QtBot, width_px: int) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    bar = MessageBar()
    column = QVBoxLayout(page)
    column.addWidget(bar)
    column.addStretch()
    page.resize(width_px, 600)
    message = bar.post("The model is trained, but not measured. " * 10, "warning")
    with qtbot.waitExposed(page):
        page.show()
    label = next(each for each in message.findChildren(QLabel) if each.text())
    assert label.height() >= label.heightForWidth(label.width())


def test_a_screen_reader_is_told_of_a_message(
    bar: MessageBar, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[QAccessibleEvent] = []
    stand_in = SimpleNamespace(
        Event=QAccessible.Event, updateAccessibility=events.append
    )
    monkeypatch.setattr("cbmir_gui.gui.widgets.message_bar.QAccessible", stand_in)
    message = bar.post("one", "error")
    assert [event.type() for event in events] == [QAccessible.Event.Alert]
    assert events[0].object() is message


def test_the_cross_closes_a_message(bar: MessageBar) -> None:
    message = bar.post("one", "error")
    message.findChild(QToolButton).click()
    assert texts(bar) == []


def test_a_passing_message_leaves_by_itself(
    qtbot: QtBot, bar: MessageBar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cbmir_gui.gui.widgets.message_bar._PASSING_MS", 1)
    message = bar.post("Copied.", passing=True)
    qtbot.waitUntil(lambda: message not in bar.messages())


def test_dismissing_a_message_that_is_gone_is_fine(bar: MessageBar) -> None:
    message = bar.post("one")
    bar.dismiss(message)
    bar.dismiss(message)
    assert texts(bar) == []
