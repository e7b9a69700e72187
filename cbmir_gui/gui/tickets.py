"""The tickets of the window's questions; each is answered exactly once, by a signal."""

import itertools
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal, Slot

# What the receiver wants of an answer that is a record with a single use.
_VALUE_OF: dict[str, str] = {
    "list_libraries": "libraries",
    "models": "models",
    "extractors": "extractors",
    "warm": "library_size",
    "remove_images": "undo",
    "restore_images": "restored",
    "relabel": "previous",
    "model_card": "card",
    "verify_model": "card",
    "export_model": "path",
    "import_model": "model",
    "evaluate": "document",
}


class Tickets(QObject):
    """Take answers from any thread, and tell them in the thread of the window."""

    preview_done = Signal(int, object)
    """Ticket and DecodedImage."""
    search_done = Signal(int, object)
    """Ticket and SearchResults."""
    index_done = Signal(int, object)
    """Ticket and IndexSummary, of `index`, `extract_missing` and `build_demo`."""
    info_done = Signal(int, object)
    """Ticket and LibraryInfo, of `library_info` and `create_library`."""
    reply = Signal(int, str, object)
    """Ticket, operation and value of every other operation."""
    progress = Signal(int, int, int, str)
    """Ticket, done, total (0: not known), text."""
    failed = Signal(int, str, str)
    """Ticket, a message that may be shown as it is, and the error's class name."""
    cancelled = Signal(int)
    idle = Signal()
    """No ticket is pending any more."""

    # From the threads of the clients; queued, so that the slots run in this thread.
    _arrived = Signal(int, str, object)
    _reported = Signal(int, int, int, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        queued = Qt.ConnectionType.QueuedConnection
        self._arrived.connect(self._receive, queued)
        self._reported.connect(self._receive_progress, queued)
        self._numbers = itertools.count(1)
        self._pending: dict[int, Callable[[], None]] = {}

    def cancel(self, ticket: int) -> None:
        """Ask to stop -> cancelled, or the result if it was on its way."""
        stop = self._pending.get(ticket)
        if stop is not None:
            stop()

    def cancel_all(self) -> None:
        """Ask to stop everything that is pending; trainings go on."""
        for stop in list(self._pending.values()):
            stop()

    def num_pending(self) -> int:
        """Return how many tickets wait for their answer."""
        return len(self._pending)

    def _new_ticket(self) -> int:
        return next(self._numbers)

    def _expect(self, ticket: int, stop: Callable[[], None]) -> int:
        """Wait for the answer to `ticket`, which `stop` cancels; return the ticket."""
        self._pending[ticket] = stop
        return ticket

    def _report_of(self, ticket: int) -> Callable[[int, int, str], None]:
        return lambda *report: self._reported.emit(ticket, *report)

    def _answers(self, ticket: int, kind: str) -> dict[str, Callable[..., None]]:
        return {
            "on_result": lambda value: self._arrived.emit(ticket, kind, value),
            "on_error": lambda error: self._arrived.emit(ticket, "failed", error),
            "on_cancelled": lambda: self._arrived.emit(ticket, "cancelled", None),
        }

    @Slot(int, str, object)
    def _receive(self, ticket: int, kind: str, value: Any) -> None:
        if self._pending.pop(ticket, None) is None:
            return
        match kind:
            case "failed":
                self.failed.emit(ticket, str(value), type(value).__name__)
            case "cancelled":
                self.cancelled.emit(ticket)
            case "preview":
                self.preview_done.emit(ticket, value)
            case "search":
                self.search_done.emit(ticket, value)
            case "index" | "extract_missing" | "build_demo":
                self.index_done.emit(ticket, value)
            case "library_info" | "create_library":
                self.info_done.emit(ticket, value)
            case _:
                field = _VALUE_OF.get(kind)
                self.reply.emit(ticket, kind, getattr(value, field) if field else value)
        if not self._pending:
            self.idle.emit()

    @Slot(int, int, int, str)
    def _receive_progress(self, ticket: int, done: int, total: int, text: str) -> None:
        if ticket in self._pending:
            self.progress.emit(ticket, done, total, text)
