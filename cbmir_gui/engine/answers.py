"""Turns what a process answered into calls of those who asked."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cbmir_gui.core.errors import CbmirError, restore_error
from cbmir_gui.engine.messages import Message, decode_record
from cbmir_gui.engine.operations import OPERATIONS


def ignore(*_values: object) -> None:
    """Ignore a report that nobody asked for."""


@dataclass(frozen=True, slots=True)
class Callbacks:
    """Who wants to know what becomes of one request."""

    op: str
    on_result: Callable[[Any], None]
    on_error: Callable[[CbmirError], None]
    on_progress: Callable[[int, int, str], None]
    on_cancelled: Callable[[], None]


def deliver(callbacks: Callbacks, message: Message) -> None:
    """Make the one call that `message` stands for."""
    payload = message.payload
    match message.kind:
        case "progress":
            callbacks.on_progress(
                int(payload["done"]), int(payload["total"]), str(payload["text"])
            )
        case "result":
            try:
                answer = decode_record(OPERATIONS[callbacks.op].answer, payload)
            except CbmirError as error:
                callbacks.on_error(error)
            else:
                callbacks.on_result(answer)
        case "error":
            name, text = str(payload.get("name")), str(payload.get("message"))
            callbacks.on_error(restore_error(name, text))
        case _:
            callbacks.on_cancelled()
