"""Ask the network and search process for work; answers come through callbacks."""

import itertools
import logging
import queue
import threading
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self

from cbmir_gui.core.errors import CbmirError, EngineError
from cbmir_gui.engine.answers import Callbacks, deliver, ignore
from cbmir_gui.engine.messages import (
    DataclassInstance,
    Message,
    encode_record,
    read_message,
    write_message,
)
from cbmir_gui.engine.operations import OPERATIONS
from cbmir_gui.engine.process import ChildProcess

NETWORK_MODULE = "cbmir_gui.worker.network"

_LOGGER = logging.getLogger(__name__)
_START = Message(0, "start")


class _Worker:
    """One running process and the tickets that were sent to it."""

    def __init__(self, child: ChildProcess) -> None:
        self.child = child
        self.tickets: set[int] = set()
        self.ready = False


class EngineClient:
    """One network and search process: started when needed, again after it died.

    No method but `close` waits for the process. Every ticket is answered exactly once:
    `on_result`, `on_error` or `on_cancelled`, in a thread of the client; what `close`
    cancels, or comes after it, is answered in the caller's.

    Parameters
    ----------
    module : str
        What the process runs.
    arguments : sequence of str
        Its command line.
    on_state : callable, optional
        Told ``starting``, ``ready`` and ``stopped``, in a thread of the client.
    """

    def __init__(
        self,
        module: str = NETWORK_MODULE,
        arguments: Sequence[str] = (),
        on_state: Callable[[str], None] = ignore,
    ) -> None:
        self._module = module
        self._arguments = tuple(arguments)
        self._on_state = on_state
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._pending: dict[int, Callbacks] = {}
        self._outbox: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._worker: _Worker | None = None
        self._threads: list[threading.Thread] = []
        self._sender: threading.Thread | None = None
        self._closed = False
        self._patience_s = 0.0

    def __enter__(self) -> Self:
        """Use the client in a with statement."""
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the client."""
        self.close()

    @property
    def pid(self) -> int:
        """Process id of the running worker; 0 where there is none."""
        worker = self._worker
        return worker.child.pid if worker is not None else 0

    def start(self) -> None:
        """Have the process started, so that the first request finds it warm."""
        self._send(_START)

    def submit(
        self,
        op: str,
        arguments: DataclassInstance,
        *,
        on_result: Callable[[Any], None],
        on_error: Callable[[CbmirError], None],
        on_progress: Callable[[int, int, str], None] = ignore,
        on_cancelled: Callable[[], None] = ignore,
    ) -> int:
        """Ask for the operation `op` of `engine.operations`.

        Parameters
        ----------
        arguments : record
            Of the class that the operation takes.
        on_result, on_error, on_cancelled : callable
            Exactly one is called, once; `on_result` with the operation's answer.
        on_progress : callable
            Called with done, total (0: not known) and a text.

        Returns
        -------
        int
            The ticket, for `cancel`.
        """
        expected = OPERATIONS[op].arguments
        if not isinstance(arguments, expected):
            received = type(arguments).__name__
            raise TypeError(f"{op} takes {expected.__name__}, received {received}")
        payload = {"op": op, "args": encode_record(arguments)}
        callbacks = Callbacks(op, on_result, on_error, on_progress, on_cancelled)
        ticket = next(self._numbers)
        with self._lock:
            self._pending[ticket] = callbacks
        self._send(Message(ticket, "call", payload))
        return ticket

    def cancel(self, ticket: int) -> None:
        """Ask to stop; the answer is `on_cancelled`, or the result if it was done."""
        with self._lock:
            is_pending = ticket in self._pending
        if is_pending:
            self._send(Message(ticket, "cancel"))

    def close(self, patience_s: float = 2.0) -> None:
        """End the process, and cancel what is still pending.

        Parameters
        ----------
        patience_s : float
            How long the process may take to reach a safe point; then it is killed.
        """
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._patience_s = patience_s
            abandoned = list(self._pending.values())
            self._pending.clear()
            sender = self._sender
        for callbacks in abandoned:
            callbacks.on_cancelled()
        if sender is None:
            return
        self._outbox.put(None)
        sender.join(patience_s + 1.0)
        worker = self._worker
        if worker is not None:  # stuck in a write that nobody reads
            worker.child.kill()
        sender.join()
        for thread in self._threads:
            thread.join()

    # The sender: one thread that starts the process and writes to it, so that neither
    # a slow start nor a full pipe can hold up the window.

    def _send(self, message: Message) -> None:
        with self._lock:
            if self._closed:
                refused = self._pending.pop(message.ticket, None)
            else:
                refused = None
                self._outbox.put(message)
                if self._sender is None:
                    self._sender = threading.Thread(
                        target=self._write_messages, name="engine-sender", daemon=True
                    )
                    self._sender.start()
        if refused is not None:
            refused.on_cancelled()

    def _write_messages(self) -> None:
        while (message := self._outbox.get()) is not None:
            if self._closed:
                continue  # its ticket is cancelled already
            try:
                self._write(message)
            except CbmirError as error:
                self._fail([message.ticket], error)
        with self._lock:
            worker = self._worker
        if worker is not None:
            worker.child.close(self._patience_s)

    def _write(self, message: Message) -> None:
        with self._lock:
            worker = self._worker
            if worker is not None:
                worker.tickets.add(message.ticket)
        if worker is None:
            if message.kind == "cancel":
                return  # the process that had this ticket is gone, and so is the ticket
            worker = self._start_worker(message.ticket)
        if message.kind == "start":
            return
        try:
            write_message(worker.child.stdin, message)
        except (OSError, ValueError):  # the pipe is broken, or closed by the reader
            _LOGGER.info("The worker ended while it was written to.")
            worker.child.kill()  # its reader answers the tickets

    def _start_worker(self, ticket: int) -> _Worker:
        self._on_state("starting")
        try:
            worker = _Worker(ChildProcess(self._module, self._arguments))
        except EngineError:
            self._on_state("stopped")
            raise
        worker.tickets.add(ticket)
        with self._lock:
            self._worker = worker
        reader = threading.Thread(
            target=self._read_messages,
            args=(worker,),
            name="engine-reader",
            daemon=True,
        )
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        self._threads.append(reader)
        reader.start()
        return worker

    # The reader: one thread per process that lives as long as the process.

    def _read_messages(self, worker: _Worker) -> None:
        try:
            while (message := read_message(worker.child.stdout)) is not None:
                self._receive(worker, message)
        except (CbmirError, OSError, ValueError):
            _LOGGER.exception("The worker sent something that is not an answer.")
            worker.child.kill()
        finally:
            self._bury(worker)

    def _receive(self, worker: _Worker, message: Message) -> None:
        if message.kind == "ready":
            worker.ready = True
            self._on_state("ready")
            return
        with self._lock:
            if message.kind == "progress":
                callbacks = self._pending.get(message.ticket)
            else:
                callbacks = self._pending.pop(message.ticket, None)
                worker.tickets.discard(message.ticket)
        if callbacks is not None:
            deliver(callbacks, message)

    def _bury(self, worker: _Worker) -> None:
        """Answer what the process left open, and say why."""
        with self._lock:
            if self._worker is worker:
                self._worker = None
            tickets = sorted(worker.tickets)
            closed = self._closed
        worker.child.close()
        if not closed:
            _LOGGER.error("The worker ended with status %s.", worker.child.exit_code)
        self._on_state("stopped")
        self._fail(tickets, EngineError(_death_message(worker)))

    def _fail(self, tickets: Sequence[int], error: CbmirError) -> None:
        with self._lock:
            failed = [self._pending.pop(ticket, None) for ticket in tickets]
        for callbacks in failed:
            if callbacks is not None:
                callbacks.on_error(error)


def _death_message(worker: _Worker) -> str:
    if not worker.ready:
        return (
            "The search process could not be started. "
            "Run 'cbmir doctor' to see what is missing, or look into Help > Open logs."
        )
    code = worker.child.exit_code
    cause = " (there was perhaps not enough memory)" if code == -9 else ""
    return (
        f"The search process stopped unexpectedly{cause}. What it was asked to do was "
        f"not finished; please try again: it is started anew. "
        f"Help > Open logs may say why."
    )
