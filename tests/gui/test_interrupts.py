import os
import signal

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from cbmir_gui.gui.interrupts import Interrupts


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_request_to_end_closes_the_window_from_the_event_loop(
    qtbot: QtBot, number: int
) -> None:
    former = signal.getsignal(number)
    closed: list[bool] = []
    parent = QObject()
    interrupts = Interrupts(lambda: closed.append(True), parent)
    os.kill(os.getpid(), number)
    qtbot.waitUntil(lambda: closed == [True])
    interrupts.stop()
    assert signal.getsignal(number) is former
