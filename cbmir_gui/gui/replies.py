"""Hands each answer of `Tasks` to the one who asked, by ticket."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Slot

from cbmir_gui.gui.tasks import Tasks


def _ignore(*_: object) -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True)
class _Expected:
    on_result: Callable[[object], None]
    on_failed: Callable[[str], None]
    on_cancelled: Callable[[], None]
    on_progress: Callable[[int, int, str], None]


class Replies(QObject):
    """Follow the tickets of one asker; every other answer is dropped here.

    An answer may already be queued when its question has become pointless, so the
    decision falls here, in the thread of the window: `forget` and it is dropped.
    """

    def __init__(self, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._expected: dict[int, _Expected] = {}
        self.failure_kind = ""
        """Class name in `core.errors` of the failure that was told last."""
        tasks.preview_done.connect(self._finish)
        tasks.search_done.connect(self._finish)
        tasks.index_done.connect(self._finish)
        tasks.info_done.connect(self._finish)
        tasks.reply.connect(self._finish_reply)
        tasks.failed.connect(self._fail)
        tasks.cancelled.connect(self._cancel)
        tasks.progress.connect(self._report)

    def expect(
        self,
        ticket: int,
        on_result: Callable[..., None],
        on_failed: Callable[[str], None] = _ignore,
        on_cancelled: Callable[[], None] = _ignore,
        on_progress: Callable[[int, int, str], None] = _ignore,
    ) -> int:
        """Call one of the functions when `ticket` is answered; returns the ticket."""
        self._expected[ticket] = _Expected(
            on_result, on_failed, on_cancelled, on_progress
        )
        return ticket

    def forget(self, ticket: int) -> None:
        """Drop the answer to `ticket`; unknown tickets are fine."""
        self._expected.pop(ticket, None)

    def drop(self, ticket: int) -> None:
        """Forget `ticket`, and stop what is done for it."""
        self.forget(ticket)
        self._tasks.cancel(ticket)

    def is_expected(self, ticket: int) -> bool:
        """Return whether `ticket` still waits for its answer."""
        return ticket in self._expected

    @Slot(int, object)
    def _finish(self, ticket: int, value: object) -> None:
        if expected := self._expected.pop(ticket, None):
            expected.on_result(value)

    @Slot(int, str, object)
    def _finish_reply(self, ticket: int, _operation: str, value: object) -> None:
        self._finish(ticket, value)

    @Slot(int, str, str)
    def _fail(self, ticket: int, message: str, kind: str) -> None:
        if expected := self._expected.pop(ticket, None):
            self.failure_kind = kind
            expected.on_failed(message)

    @Slot(int)
    def _cancel(self, ticket: int) -> None:
        if expected := self._expected.pop(ticket, None):
            expected.on_cancelled()

    @Slot(int, int, int, str)
    def _report(self, ticket: int, done: int, total: int, text: str) -> None:
        if expected := self._expected.get(ticket):
            expected.on_progress(done, total, text)
