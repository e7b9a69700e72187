"""Prepare the next batches on another thread while the network works on this one."""

import queue
import threading
from collections.abc import Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")
_END = object()


def prefetch(items: Iterable[Item], depth: int = 4) -> Iterator[Item]:
    """Yield the items in order, up to `depth` of them prepared ahead.

    An error of `items` is raised here. Leaving the loop early ends the thread.
    """
    ready: queue.Queue[object] = queue.Queue(depth)
    stop = threading.Event()

    def offer(entry: object) -> bool:
        while not stop.is_set():
            try:
                ready.put(entry, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False

    def work() -> None:
        try:
            for item in items:
                if not offer(item):
                    return
            offer(_END)
        except Exception as error:  # noqa: BLE001 - raised again by the reader
            offer(_Failure(error))

    thread = threading.Thread(target=work, name="prefetch", daemon=True)
    thread.start()
    try:
        while (entry := ready.get()) is not _END:
            if isinstance(entry, _Failure):
                raise entry.error
            yield entry  # type: ignore[misc]  # the queue holds Items, _END, _Failure
    finally:
        stop.set()
        thread.join()


class _Failure:
    def __init__(self, error: Exception) -> None:
        self.error = error
