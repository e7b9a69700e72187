"""Files decoded and prepared ahead of the network, on threads of their own.

Decoding waits for another process and computing for the processor, so the two overlap.
Only what the network takes is kept of an image: full pixels of many images would not
fit into memory.
"""

import contextlib
import os
import queue
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np

from cbmir_gui.core.errors import ImageReadError
from cbmir_gui.core.records import (
    MIDDLE_FRAME,
    DecodedImage,
    ExtractorInfo,
    FloatArray,
    ImageInfo,
)
from cbmir_gui.engine.decoder_client import DecoderClient
from cbmir_gui.engine.messages import DataclassInstance
from cbmir_gui.features.base import Extractor

NUM_DECODERS = max(1, min(2, (os.cpu_count() or 1) - 1))
NUM_AHEAD = 32
BATCH_IMAGES = 16
_POLL_S = 0.1

Item = TypeVar("Item")
Result = TypeVar("Result")


class Decoder(Protocol):
    """What is needed of `engine.decoder_client.DecoderClient`."""

    def decode(
        self,
        path: Path,
        frame: int = MIDDLE_FRAME,
        window: str = "first",
        max_side_px: int = 0,
        thumbnail: bool = False,
    ) -> DecodedImage:
        """Read one image, or raise an `ImageReadError`."""

    def ask(self, question: str, path: Path, **options: bool) -> DataclassInstance:
        """Read something else than pixels, or raise an `ImageReadError`."""


@dataclass(frozen=True, slots=True, eq=False)
class PreparedImage:
    """One image, ready for the network."""

    info: ImageInfo
    thumbnail: bytes
    network_input: FloatArray


@contextlib.contextmanager
def decoders_or_own(decoders: Sequence[Decoder]) -> Iterator[Sequence[Decoder]]:
    """Lend `decoders`; where there are none, new ones that end with the block."""
    with contextlib.ExitStack() as stack:
        yield decoders or [
            stack.enter_context(DecoderClient()) for _ in range(NUM_DECODERS)
        ]


def prepare(
    extractor: Extractor, decoder: Decoder, path: Path, frame: int
) -> PreparedImage:
    """Decode one image and bring it to the extractor's input.

    Raises
    ------
    ImageReadError
        The file cannot be read.
    """
    image = decoder.decode(path, frame=frame, thumbnail=True)
    return PreparedImage(
        image.info, image.thumbnail, extractor.preprocess(image.pixels)
    )


def decode_ahead(
    items: Iterable[Item],
    decoders: Sequence[Decoder],
    work: Callable[[Decoder, Item], Result],
    while_waiting: Callable[[], None],
) -> Generator[tuple[Item, Result | ImageReadError], None, None]:
    """Yield each item with the result of `work`, or why its file cannot be read.

    In the order of `items`, which is read in the calling thread, a few ahead.

    Parameters
    ----------
    items
        What is to be decoded.
    decoders
        Each is used by one thread at a time.
    work
        Called in threads.
    while_waiting
        Called several times a second while nothing is ready; may raise `Cancelled`.
    """
    idle: queue.SimpleQueue[Decoder] = queue.SimpleQueue()
    for decoder in decoders:
        idle.put(decoder)

    def run(item: Item) -> Result | ImageReadError:
        decoder = idle.get()
        try:
            return work(decoder, item)
        except ImageReadError as error:
            return error
        finally:
            idle.put(decoder)

    pool = ThreadPoolExecutor(len(decoders), thread_name_prefix="decode")
    waiting: deque[tuple[Item, Future[Result | ImageReadError]]] = deque()
    try:
        for item in items:
            waiting.append((item, pool.submit(run, item)))
            if len(waiting) >= NUM_AHEAD:
                yield _oldest(waiting, while_waiting)
        while waiting:
            yield _oldest(waiting, while_waiting)
    finally:
        # A hanging file must not hold up a cancelled run until its time is over.
        pool.shutdown(wait=not waiting, cancel_futures=True)


class FeatureBatches:
    """Features of images that come one by one, computed in batches."""

    def __init__(self, extractor: Extractor) -> None:
        self._extractor = extractor
        self._inputs: list[FloatArray] = []
        self._features: list[FloatArray] = []

    @property
    def extractor_info(self) -> ExtractorInfo:
        """Who computes them."""
        return self._extractor.info

    def append(self, network_input: FloatArray) -> None:
        """Take one more image; every few of them are computed at once."""
        self._inputs.append(network_input)
        if len(self._inputs) >= BATCH_IMAGES:
            self._extract()

    def take(self) -> FloatArray:
        """Return the features of all images since the last call, in their order.

        (num_images, feature_dim)
        """
        self._extract()
        feature_dim = self._extractor.info.feature_dim
        empty = np.empty((0, feature_dim), dtype=np.float32)
        features = np.concatenate([empty, *self._features])
        self._features = []
        return features

    def _extract(self) -> None:
        if self._inputs:
            batch = np.stack(self._inputs)
            self._features.append(self._extractor.extract(batch).features)
            self._inputs = []


def await_result(future: Future[Result], while_waiting: Callable[[], None]) -> Result:
    """Return the result of a future, or raise what its work raised.

    `while_waiting` is called several times a second until it is there.
    """
    while not wait([future], _POLL_S).done:
        while_waiting()
    return future.result()


def _oldest(
    waiting: deque[tuple[Item, Future[Result]]], while_waiting: Callable[[], None]
) -> tuple[Item, Result]:
    item, future = waiting[0]  # it stays there while it is waited for
    result = await_result(future, while_waiting)
    waiting.popleft()
    return item, result
