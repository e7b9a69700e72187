"""Read single files for the eye, one after the other, in a thread of its own.

The decoder here is apart from the search process, so that an image shows at once even
while that process is still loading its network.
"""

import itertools
import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cbmir_gui.core.errors import CbmirError, EngineError
from cbmir_gui.core.records import MIDDLE_FRAME
from cbmir_gui.engine.decoder_client import DecoderClient

_PATIENCE_S = 1.0
"""What a file that nobody waits for may still take before its decoder is ended."""
_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PreviewRequest:
    """One image of a file, as `DecoderClient.decode` takes it."""

    path: str
    frame: int = MIDDLE_FRAME
    window: str = "first"
    max_side_px: int = 1024
    overlays: bool = False


@dataclass(frozen=True, slots=True)
class TagsRequest:
    """The elements of a DICOM file."""

    path: str
    show_patient_data: bool = False
    """Also values that may tell who the patient is."""


@dataclass(frozen=True, slots=True)
class PatientRequest:
    """Whose a file is."""

    path: str


FileRequest = PreviewRequest | TagsRequest | PatientRequest


@dataclass(frozen=True, slots=True)
class _Pending:
    request: FileRequest
    on_result: Callable[[Any], None]
    on_error: Callable[[CbmirError], None]
    on_cancelled: Callable[[], None]


class PreviewClient:
    """Previews in the order they were asked for; nothing runs before the first.

    Every ticket is answered exactly once: `on_result`, `on_error` or `on_cancelled`,
    in the client's thread or, when cancelled, in the caller's.
    """

    def __init__(self) -> None:
        self._decoder = DecoderClient()
        self._numbers = itertools.count(1)
        self._condition = threading.Condition()
        self._pending: dict[int, _Pending] = {}
        self._waiting: deque[int] = deque()
        self._running = 0
        self._is_interrupting = False
        self._thread: threading.Thread | None = None
        self._closed = False

    def submit(
        self,
        request: FileRequest,
        *,
        on_result: Callable[[Any], None],
        on_error: Callable[[CbmirError], None],
        on_cancelled: Callable[[], None],
    ) -> int:
        """Ask about a file; returns the ticket, for `cancel`.

        `on_result` is given the `DecodedImage`, `TagTable` or `PatientData`.
        """
        ticket = next(self._numbers)
        with self._condition:
            closed = self._closed
            if not closed:
                self._pending[ticket] = _Pending(
                    request, on_result, on_error, on_cancelled
                )
                self._waiting.append(ticket)
                self._start_thread()
                self._condition.notify_all()
        if closed:
            on_cancelled()
        return ticket

    def cancel(self, ticket: int) -> None:
        """Give up a preview; a ticket that was answered already is passed over.

        A file that is being read is given up soon, so that the next need not wait.
        """
        with self._condition:
            pending = self._pending.pop(ticket, None)
            is_running = ticket == self._running
        if pending is None:
            return
        if is_running:
            threading.Thread(
                target=self._interrupt, args=(ticket,), name="preview-stop", daemon=True
            ).start()
        pending.on_cancelled()

    def close(self) -> None:
        """Cancel all previews and end the decoder."""
        with self._condition:
            self._closed = True
            abandoned = list(self._pending.values())
            self._pending.clear()
            self._waiting.clear()
            self._condition.notify_all()
        for pending in abandoned:
            pending.on_cancelled()
        self._decoder.close()
        if self._thread is not None:
            self._thread.join()

    def _start_thread(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._work, name="previews", daemon=True
            )
            self._thread.start()

    def _take(self, ticket: int) -> _Pending | None:
        with self._condition:
            return self._pending.pop(ticket, None)

    def _interrupt(self, ticket: int) -> None:
        """End the decoder if it is still reading the file of a ticket."""

        def is_over() -> bool:
            return self._running != ticket or self._closed

        with self._condition:
            if self._condition.wait_for(is_over, _PATIENCE_S):
                return
            self._is_interrupting = True  # the next file is not read meanwhile
        self._decoder.interrupt(0)
        with self._condition:
            self._is_interrupting = False
            self._condition.notify_all()

    def _can_go_on(self) -> bool:
        return self._closed or (bool(self._waiting) and not self._is_interrupting)

    def _work(self) -> None:
        while True:
            with self._condition:
                self._running = 0
                self._condition.notify_all()
                self._condition.wait_for(self._can_go_on)
                if self._closed:
                    return
                self._running = ticket = self._waiting.popleft()
                pending = self._pending.get(ticket)
            if pending is not None:
                self._answer(ticket, pending.request)

    def _answer(self, ticket: int, request: FileRequest) -> None:
        outcome: object
        try:
            outcome = self._read(request)
        except CbmirError as error:
            outcome = error
        except Exception:
            _LOGGER.exception("A preview failed.")
            outcome = EngineError(
                "The image could not be shown; there was perhaps not enough memory. "
                "Close other programs, then open it again."
            )
        pending = self._take(ticket)
        if pending is None:
            return
        if isinstance(outcome, CbmirError):
            pending.on_error(outcome)
        else:
            pending.on_result(outcome)

    def _read(self, request: FileRequest) -> object:
        path = Path(request.path)
        match request:
            case PatientRequest():
                return self._decoder.ask("patient", path)
            case TagsRequest():
                options = {"show_patient_data": request.show_patient_data}
                return self._decoder.ask("tags", path, **options)
        return self._decoder.decode(
            path,
            request.frame,
            request.window,
            request.max_side_px,
            overlays=request.overlays,
        )
