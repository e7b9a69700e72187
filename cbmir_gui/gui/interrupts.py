"""Lets Ctrl-C and a request to terminate close the window as the user would."""

import signal
import socket
from collections.abc import Callable
from types import FrameType

from PySide6.QtCore import QObject, QSocketNotifier

_NUMBERS = (signal.SIGINT, signal.SIGTERM)


class Interrupts(QObject):
    """Call `close` in the event loop when the process is asked to end.

    Python runs signal handlers only between its own instructions, and an idle event
    loop has none; a byte through a socket wakes it.
    """

    def __init__(self, close: Callable[[], object], parent: QObject) -> None:
        super().__init__(parent)
        self._close = close
        self._receiver, self._sender = socket.socketpair()
        self._receiver.setblocking(False)
        self._sender.setblocking(False)
        signal.set_wakeup_fd(self._sender.fileno())
        self._former = {number: signal.signal(number, _note) for number in _NUMBERS}
        self._notifier = QSocketNotifier(
            self._receiver.fileno(), QSocketNotifier.Type.Read, self
        )
        self._notifier.activated.connect(self._receive)

    def _receive(self) -> None:
        numbers = self._receiver.recv(64)
        if set(numbers) & set(_NUMBERS):
            self._close()

    def stop(self) -> None:
        """Leave signals to whom they belonged before."""
        signal.set_wakeup_fd(-1)
        for number, handler in self._former.items():
            signal.signal(number, handler)
        self._notifier.setEnabled(False)
        self._sender.close()
        self._receiver.close()


def _note(_number: int, _frame: FrameType | None) -> None:
    """Keep Python from raising; the byte in the socket says the rest."""
