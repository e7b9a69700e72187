"""Decode files in another process, which a hostile file may kill."""

import contextlib
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from cbmir_gui.core.errors import (
    DecoderCrashedError,
    DecoderTimeoutError,
    EngineError,
)
from cbmir_gui.core.records import MIDDLE_FRAME, DecodedImage
from cbmir_gui.engine.decoder_answers import (
    decoded_image,
    not_an_answer,
    restored_error,
)
from cbmir_gui.engine.file_questions import FILE_QUESTIONS
from cbmir_gui.engine.messages import (
    DataclassInstance,
    Message,
    Payload,
    decode_record,
    read_message,
    write_message,
)
from cbmir_gui.engine.process import ChildProcess, killed_after

DEFAULT_TIMEOUT_S = 20.0
DEFAULT_MEMORY_BYTES = 3 * 2**30
START_LIMIT_S = 60.0
DECODER_MODULE = "cbmir_gui.worker.decoder"
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""One decoder is one core's work: more threads only take memory."""
_CLOSED = "The decoder was closed while it was reading a file. Read the file again."


class DecoderClient:
    """One decoder process; started when first needed, restarted after a crash.

    Safe to use from several threads: one file is decoded at a time. Take several
    clients to decode in parallel.

    Parameters
    ----------
    timeout_s : float
        Longest time for one file, in seconds.
    memory_bytes : int
        Address space of the decoder, where the platform can limit it.
    """

    def __init__(
        self,
        timeout_s: float = DEFAULT_TIMEOUT_S,
        memory_bytes: int = DEFAULT_MEMORY_BYTES,
    ) -> None:
        self._timeout_s = timeout_s
        self._memory_bytes = memory_bytes
        self._lock = threading.Lock()
        self._child: ChildProcess | None = None
        self._ticket = 0
        self._closed = threading.Event()

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
        """Process id of the running decoder; 0 where there is none."""
        child = self._child
        return child.pid if child is not None and child.is_running else 0

    def start(self) -> None:
        """Start the decoder, so that the first file need not wait for it.

        Its image libraries load on while this returns.

        Raises
        ------
        EngineError
            It could not be started.
        """
        with self._lock, contextlib.suppress(OSError):  # the next file restarts it
            write_message(self._running_child().stdin, Message(0, "warm"))

    def decode(
        self,
        path: Path,
        frame: int = MIDDLE_FRAME,
        window: str = "first",
        max_side_px: int = 0,
        thumbnail: bool = False,
        as_stored: bool = False,
        overlays: bool = False,
    ) -> DecodedImage:
        """Read one image.

        Parameters
        ----------
        path : Path
            The file; the decoder reads it.
        frame : int
            From 1, or `MIDDLE_FRAME`.
        window : str
            ``first``, ``minmax``, ``voi:N`` or ``CENTER,WIDTH`` (DICOM gray values).
        max_side_px : int
            Shrink the pixels to at most this side length; 0 keeps them.
        thumbnail : bool
            Also make a JPEG thumbnail.
        as_stored : bool
            Leave PET and planar scintigrams light on dark, and pixels that are not
            square as they are.
        overlays : bool
            Paint DICOM overlay planes over the image.

        Raises
        ------
        ImageReadError
            The file cannot be read, took too long, or killed the decoder.
        EngineError
            The decoder could not be started, or the client was closed.
        """
        arguments: Payload = {
            "path": str(path.absolute()),
            "frame": frame,
            "window": window,
            "max_side_px": max_side_px,
            "thumbnail": thumbnail,
            "as_stored": as_stored,
            "overlays": overlays,
            "time_limit_s": self._timeout_s,
        }
        with self._lock:
            reply = self._call("decode", arguments, path.name)
            if reply.kind != "error":
                return self._decoded_image(reply, path.name)
        raise restored_error(reply)

    def ask(self, question: str, path: Path, **options: bool) -> DataclassInstance:
        """Read something else than pixels: one of `FILE_QUESTIONS`.

        Raises
        ------
        ImageReadError, EngineError
            As `decode`.
        """
        reply = self.send(question, path, **options)
        record: Any = reply.payload.get("record")
        try:
            return decode_record(FILE_QUESTIONS[question], record)
        except EngineError as error:
            with self._lock:
                self._discard()
            raise not_an_answer(path.name) from error

    def send(self, op: str, path: Path, **options: str | bool) -> Message:
        """Have something done with a file: an operation of `worker.decoder`.

        Raises
        ------
        ImageReadError, EngineError
            As `decode`.
        """
        arguments: Payload = {
            "path": str(path.absolute()),
            "time_limit_s": self._timeout_s,
            **options,
        }
        with self._lock:
            reply = self._call(op, arguments, path.name)
        if reply.kind == "error":
            raise restored_error(reply)
        return reply

    def interrupt(self, patience_s: float) -> None:
        """Give up the file that another thread is decoding, if it takes longer.

        That thread is told that the decoder has stopped; the next file starts it anew.

        Parameters
        ----------
        patience_s : float
            What the file may still take: a new decoder takes about a second.
        """
        if self._lock.acquire(timeout=patience_s):
            self._lock.release()
            return
        child = self._child
        if child is None:
            return
        child.kill()
        with self._lock:
            if self._child is child:
                self._discard()

    def close(self) -> None:
        """End the decoder; a file being decoded in another thread is given up."""
        self._closed.set()
        child = self._child
        if child is not None:
            child.kill()
        with self._lock:
            self._discard()

    def _call(self, op: str, arguments: Payload, file_name: str) -> Message:
        child = self._running_child()
        self._ticket += 1
        call = Message(self._ticket, "call", {"op": op, "args": arguments})
        timed_out = threading.Event()
        reply: Message | None = None
        try:
            # A broken pipe is the child's death, as the end of its output is.
            with (
                killed_after(child, self._timeout_s, timed_out),
                contextlib.suppress(OSError, EngineError),
            ):
                write_message(child.stdin, call)
                reply = read_message(child.stdout)
        except BaseException:  # what it still says must not be the next one's answer
            self._discard()
            raise
        if reply is not None and reply.ticket == self._ticket:
            if timed_out.is_set():
                self._discard()
            return reply
        self._discard()
        if self._closed.is_set():
            raise EngineError(_CLOSED)
        if timed_out.is_set():
            raise DecoderTimeoutError(file_name, self._timeout_s)
        raise DecoderCrashedError(file_name)

    def _decoded_image(self, reply: Message, file_name: str) -> DecodedImage:
        """Return the image; a decoder whose answer is none is not asked again."""
        try:
            return decoded_image(reply)
        except (EngineError, ValueError) as error:
            self._discard()
            raise not_an_answer(file_name) from error

    def _running_child(self) -> ChildProcess:
        if self._closed.is_set():
            raise EngineError("The decoder is closed. Make a new one to read files.")
        if self._child is not None and self._child.is_running:
            return self._child
        self._discard()
        child = ChildProcess(
            DECODER_MODULE, ["--memory-bytes", str(self._memory_bytes)], _ENVIRONMENT
        )
        self._child = child
        if self._closed.is_set():  # `close` may have looked before there was a child
            child.kill()
        ready: Message | None = None
        with (
            killed_after(child, START_LIMIT_S, threading.Event()),
            contextlib.suppress(OSError, EngineError),
        ):
            ready = read_message(child.stdout)
        if ready is None or ready.kind != "ready":
            self._discard()
            if self._closed.is_set():
                raise EngineError(_CLOSED)
            raise EngineError(
                "The decoder process could not be started. "
                "Run 'cbmir doctor' to see what is missing."
            )
        return child

    def _discard(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.close()
