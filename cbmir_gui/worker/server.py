"""Requests in, answers out, never deaf; knows nothing of what the work is.

One thread only reads requests, so that a cancel is heard at once. Work is done in
lanes: searches, quick questions about libraries and models, long work such as
indexing, labelled images, which may lie on a slow disk, and models as files.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import BinaryIO

from cbmir_gui.core.errors import Cancelled, CbmirError, EngineError
from cbmir_gui.core.progress import CancellableProgress, Progress
from cbmir_gui.engine.messages import (
    DataclassInstance,
    Message,
    Payload,
    decode_record,
    encode_record,
    read_message,
    write_message,
)
from cbmir_gui.engine.operations import OPERATIONS
from cbmir_gui.worker.lane import Job, Lane

SEARCH = "search"
QUICK = "quick"
LONG = "long"
DATA = "data"
MODELS = "models"
_LANES = {
    "search": SEARCH,
    "warm": SEARCH,
    "rebuild_image": SEARCH,
    "index": LONG,
    "build_demo": LONG,
    "extract_missing": LONG,
    "adopt_model": LONG,
    "repair_library": LONG,
    "export_index": LONG,
    "import_index": LONG,
    "evaluate": LONG,
    "check_library": DATA,
    "inspect_data": DATA,
    "look_at_data": DATA,
    "look_at_import": DATA,
    "deidentify": DATA,
    "verify_model": MODELS,
    "export_model": MODELS,
    "import_model": MODELS,
}
_WAITING = {
    "search": "Waiting for the search that is running",
    "warm": "Waiting for the library that is being read",
    "rebuild_image": "Waiting for the image that is being rebuilt",
    "index": "Waiting for the images that are being added",
    "build_demo": "Waiting for the demo library",
    "extract_missing": "Waiting for the features that are being extracted",
    "adopt_model": "Waiting for the library that adopts a model",
    "repair_library": "Waiting for the library that is being mended",
    "export_index": "Waiting for the index that is being written",
    "import_index": "Waiting for the index that is being read",
    "check_library": "Waiting for the library that is being checked",
    "evaluate": "Waiting for the evaluation",
    "inspect_data": "Waiting for the images that are being counted",
    "look_at_data": "Waiting for the images that are being looked at",
    "look_at_import": "Waiting for the files that are being looked at",
    "deidentify": "Waiting for the images that are being de-identified",
    "verify_model": "Waiting for the model that is being checked",
    "export_model": "Waiting for the model that is being written",
    "import_model": "Waiting for the model that is being taken over",
}
"""What is said to a request that stands in its lane behind one of these."""
# Less than the client waits before it kills this process.
_PATIENCE_S = 1.5
_REPORT_INTERVAL_S = 0.05

_LOGGER = logging.getLogger(__name__)

Handler = Callable[[DataclassInstance, Progress], DataclassInstance]


class Server:
    """Read requests from one stream and write their answers to another.

    Parameters
    ----------
    target : binary stream
        Where answers go; written to by every lane.
    handlers : dict of str to callable
        What does the work of each operation.
    """

    def __init__(self, target: BinaryIO, handlers: dict[str, Handler]) -> None:
        self._target = target
        self._handlers = handlers
        self._write_lock = threading.Lock()
        self._lanes = {name: Lane(name) for name in (SEARCH, QUICK, LONG, DATA, MODELS)}

    def serve(self, source: BinaryIO) -> None:
        """Answer until the input ends, i.e. until the parent closes it or dies."""
        self._send(Message(0, "ready"))
        while (message := read_message(source)) is not None:
            if message.kind == "call":
                self._accept(message)
            elif message.kind == "cancel":
                self._cancel_ticket(message.ticket)

    def close(self) -> bool:
        """Cancel all work and wait for it shortly; False if some does not end."""
        for lane in self._lanes.values():
            lane.close()
        end = time.monotonic() + _PATIENCE_S
        return all(
            lane.join(max(0.0, end - time.monotonic())) for lane in self._lanes.values()
        )

    def _accept(self, message: Message) -> None:
        op = str(message.payload.get("op"))
        try:
            if op not in OPERATIONS:
                raise EngineError(f"The search process does not know '{op}'.")
            arguments = decode_record(
                OPERATIONS[op].arguments, message.payload.get("args", {})
            )
        except CbmirError as error:
            self._send_error(message.ticket, error)
            return
        if op == "search":  # who asks anew does not wait for the former answer
            self._cancel(lambda job: job.op == "search")
        lane = self._lanes[_LANES.get(op, QUICK)]
        lane.put(
            self._make_job(message.ticket, op, arguments),
            lambda before: self._say_waiting(message.ticket, before),
        )

    def _say_waiting(self, ticket: int, before: Job) -> None:
        text = _WAITING.get(before.op)
        if text is not None:
            payload: Payload = {"done": 0, "total": 0, "text": text}
            self._send(Message(ticket, "progress", payload))

    def _cancel_ticket(self, ticket: int) -> None:
        self._cancel(lambda job: job.ticket == ticket)

    def _cancel(self, wanted: Callable[[Job], bool]) -> None:
        for lane in self._lanes.values():
            for job in lane.cancel(wanted):
                self._send(Message(job.ticket, "cancelled"))

    def _make_job(self, ticket: int, op: str, arguments: DataclassInstance) -> Job:
        progress = CancellableProgress(Reporter(ticket, self._send))
        return Job(
            ticket, op, progress, lambda: self._run(ticket, op, arguments, progress)
        )

    def _run(
        self, ticket: int, op: str, arguments: DataclassInstance, progress: Progress
    ) -> None:
        """Do the work of one ticket; whatever happens, the ticket is answered."""
        try:
            answer = self._handlers[op](arguments, progress)
            self._send(Message(ticket, "result", encode_record(answer)))
        except Cancelled:
            self._send(Message(ticket, "cancelled"))
        except CbmirError as error:
            self._send_error(ticket, error)
        except MemoryError:
            _LOGGER.exception("Not enough memory for '%s'.", op)
            self._send_error(
                ticket,
                EngineError(
                    "There is not enough memory for this. Close other programs, "
                    "or use a smaller library or model."
                ),
            )
        except Exception:
            _LOGGER.exception("The operation '%s' failed.", op)
            self._send_error(
                ticket,
                EngineError(
                    "Something unexpected went wrong, and this was not done. Nothing "
                    "else is affected. Help > Open logs has the details (worker.log)."
                ),
            )

    def _send_error(self, ticket: int, error: CbmirError) -> None:
        payload: Payload = {"name": type(error).__name__, "message": str(error)}
        self._send(Message(ticket, "error", payload))

    def _send(self, message: Message) -> None:
        try:
            with self._write_lock:
                write_message(self._target, message)
        except OSError:
            _LOGGER.info("The window is gone; its answer is dropped.")


class Reporter:
    """Send progress of one ticket, but no more often than can be seen."""

    def __init__(self, ticket: int, send: Callable[[Message], None]) -> None:
        self._ticket = ticket
        self._send = send
        self._last_s = -_REPORT_INTERVAL_S

    def __call__(self, done: int, total: int, text: str = "") -> None:
        """Send the report, unless one was sent a moment ago."""
        now = time.monotonic()
        is_last = done == total > 0
        if now - self._last_s < _REPORT_INTERVAL_S and not is_last:
            return
        self._last_s = now
        payload: Payload = {"done": done, "total": total, "text": text}
        self._send(Message(self._ticket, "progress", payload))
