"""The decoder process: file in, pixels out, under limits of memory and time.

It loads no TensorFlow and no Qt, and its image libraries only when the first file
needs them. A file that hangs or kills it costs nothing but a restart.
"""

import argparse
import contextlib
import importlib
import logging
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from cbmir_gui.core.errors import CbmirError, EngineError, ImageTooLargeError
from cbmir_gui.core.privacy import forbid_memory_images, keep_private
from cbmir_gui.engine.file_questions import FILE_QUESTIONS
from cbmir_gui.engine.messages import (
    DataclassInstance,
    Message,
    Payload,
    encode_record,
    read_message,
    write_message,
)
from cbmir_gui.engine.process import claim_standard_streams, limit_own_memory

Answer = tuple[Payload, tuple[NDArray[np.uint8], ...]]

GRACE_S = 10.0
"""The client kills a decoder that is late; only an orphan lives to this alarm."""


def main() -> None:
    """Answer calls until the input ends."""
    parser = argparse.ArgumentParser(prog="cbmir-decoder")
    parser.add_argument("--memory-bytes", type=int, default=0)
    memory_bytes = parser.parse_args().memory_bytes
    source, target = claim_standard_streams()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the parent's business
    limit_own_memory(memory_bytes)
    keep_private()
    forbid_memory_images()
    logging.disable(logging.CRITICAL)  # libraries log values of patient data
    with contextlib.suppress(BrokenPipeError):  # the parent is gone
        write_message(target, Message(0, "ready"))
        serve(source, target)


def serve(source: BinaryIO, target: BinaryIO) -> None:
    """Answer each call on `source` with one message on `target`."""
    while (message := read_message(source)) is not None:
        if message.kind == "call":
            write_message(target, answer(message))
        elif message.kind == "warm":
            load_libraries()


def load_libraries() -> None:
    """Load what the first file would have to wait for."""
    for module in ("cbmir_gui.imaging.dicom", "cbmir_gui.imaging.thumbnails"):
        importlib.import_module(module)


def answer(call: Message) -> Message:
    """Do with a file what `call` asks; an error becomes a message."""
    arguments: Payload = call.payload.get("args", {})
    try:
        with _alarm(float(arguments.get("time_limit_s", 0)) + GRACE_S):
            payload, blobs = _answer_of(str(call.payload.get("op")))(arguments)
    except MemoryError:
        error = ImageTooLargeError(
            Path(str(arguments.get("path"))).name,
            "it needs more memory than the decoder may use",
            "Export it with fewer pixels.",
        )
        return _error_message(call.ticket, error)
    except CbmirError as error:
        return _error_message(call.ticket, error)
    return Message(call.ticket, "result", payload, blobs)


def _decode(arguments: Payload) -> Answer:
    # Imported here: "ready" is sent before NumPy's slow friends are loaded.
    from cbmir_gui.imaging.preview import read_preview

    image = read_preview(
        Path(arguments["path"]),
        frame=int(arguments["frame"]),
        window=str(arguments["window"]),
        max_side_px=int(arguments["max_side_px"]),
        thumbnail=bool(arguments["thumbnail"]),
        as_stored=bool(arguments["as_stored"]),
        overlays=bool(arguments["overlays"]),
    )
    thumbnail = np.frombuffer(image.thumbnail, dtype=np.uint8)
    return {"info": encode_record(image.info)}, (image.pixels, thumbnail)


def _deidentify(arguments: Payload) -> Answer:
    from cbmir_gui.imaging.deidentify import deidentify

    key = bytes.fromhex(str(arguments["key"]))
    file = deidentify(Path(arguments["path"]), key)
    return {"burned_in": file.burned_in}, (np.frombuffer(file.data, dtype=np.uint8),)


_ANSWERS: dict[str, Callable[[Payload], Answer]] = {
    "decode": _decode,
    "deidentify": _deidentify,
}
"""What can be done with a file, besides answering `FILE_QUESTIONS`."""


def _answer_of(op: str) -> Callable[[Payload], Answer]:
    if op in FILE_QUESTIONS:
        return lambda arguments: (
            {"record": encode_record(read_about(op, arguments))},
            (),
        )
    if op not in _ANSWERS:
        raise EngineError(f"The decoder does not know '{op}'.")
    return _ANSWERS[op]


def read_about(question: str, arguments: Payload) -> DataclassInstance:
    """Answer one of `FILE_QUESTIONS`."""
    path = Path(arguments["path"])
    if question == "describe":
        from cbmir_gui.imaging.description import describe_file

        return describe_file(path)
    if question == "references":
        from cbmir_gui.imaging.dicomdir import read_references

        return read_references(path)
    if question == "patient":
        from cbmir_gui.imaging.patient import read_patient

        return read_patient(path)
    from cbmir_gui.imaging.dicom_tags import read_tags

    return read_tags(path, bool(arguments["show_patient_data"]))


def _error_message(ticket: int, error: CbmirError) -> Message:
    payload = {"name": type(error).__name__, "message": str(error)}
    return Message(ticket, "error", payload)


@contextlib.contextmanager
def _alarm(limit_s: float) -> Iterator[None]:
    """End this process if the block takes longer, even inside native code."""
    if not hasattr(signal, "setitimer"):  # Windows
        yield
        return
    signal.setitimer(signal.ITIMER_REAL, limit_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


if __name__ == "__main__":
    main()
