"""Open every image of DATA before a training: examples, damage, copies, leaks.

A copy of a training image among the validation images makes a network look better than
it is. Copies need not be the same file: fingerprints of what images look like find
those that were scaled, compressed or lightened too.
"""

import base64
import contextlib
import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cbmir_gui.core.errors import ImageReadError
from cbmir_gui.core.progress import Progress, no_progress
from cbmir_gui.core.records import FailedFile, ImageArray, ImageSource
from cbmir_gui.engine.operation_answers import DataLook, ExampleImage
from cbmir_gui.engine.operations import LookArguments
from cbmir_gui.imaging.perceptual_hash import (
    NEAR_BITS,
    Hashes,
    hash_distances,
    perceptual_hash,
)
from cbmir_gui.imaging.thumbnails import make_thumbnail
from cbmir_gui.services.decode_ahead import Decoder, decode_ahead, decoders_or_own
from cbmir_gui.services.labelled_data import read_labelled
from cbmir_gui.sources.splits import DEFAULT_FRACTIONS

EXAMPLE_PX = 96
MAX_EXAMPLES = 600
"""In all: one answer carries them."""
_BLOCK_DISTANCES = 4_000_000


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is kept of one opened image."""

    digest: bytes
    """Of its pixels."""
    fingerprint: int
    thumbnail: bytes
    """JPEG; empty where the image is no example."""


def look_at_data(
    arguments: LookArguments,
    decoders: Sequence[Decoder] = (),
    progress: Progress = no_progress,
) -> DataLook:
    """Open every image; splits are those that a training would use, drawn or given.

    Parameters
    ----------
    decoders
        To decode with, in parallel; none: own ones.

    Returns
    -------
    DataLook
        Examples are spread evenly over each class. Of images that nearly look the
        same, each is paired with its nearest one of another split, nearest first.

    Raises
    ------
    DataError, LibraryError
        DATA cannot be used.
    EngineError
        The decoder cannot be started.
    Cancelled
        `progress` asked to stop.
    """
    sources = read_labelled(
        arguments.data, arguments.set_name, tuple(DEFAULT_FRACTIONS), arguments.label
    )
    with decoders_or_own(decoders) as ready:
        wanted = _choose_examples(sources, arguments.per_class)
        seen, unreadable = _open_all(sources, wanted, ready, progress)
    readable = [source for source in sources if source.path in seen]
    return DataLook(
        examples=tuple(_examples(readable, seen)),
        unreadable=tuple(unreadable),
        duplicates=tuple(_duplicates(readable, seen)),
        across_splits=tuple(_across_splits(readable, seen, progress)),
    )


def _choose_examples(sources: Sequence[ImageSource], per_class: int) -> set[str]:
    by_class: dict[str, list[str]] = defaultdict(list)
    for source in sources:
        by_class[source.class_name].append(source.path)
    per_class = min(per_class, max(MAX_EXAMPLES // len(by_class), 1))
    chosen = [
        paths[position]
        for paths in by_class.values()
        for position in np.linspace(0, len(paths) - 1, per_class).astype(int)
    ]
    return set(chosen[:MAX_EXAMPLES])


def _open_all(
    sources: Sequence[ImageSource],
    wanted: set[str],
    decoders: Sequence[Decoder],
    progress: Progress,
) -> tuple[dict[str, _Seen], list[FailedFile]]:
    """Return what was seen by path, and the files that cannot be read."""
    seen: dict[str, _Seen] = {}
    unreadable: list[FailedFile] = []

    def report(text: str = "") -> None:
        progress(len(seen) + len(unreadable), len(sources), text)

    def work(decoder: Decoder, source: ImageSource) -> _Seen:
        image = decoder.decode(Path(source.path), source.frame)
        return _look_at(image.pixels, source.path in wanted)

    line = decode_ahead(sources, decoders, work, report)
    with contextlib.closing(line):
        for source, outcome in line:
            if isinstance(outcome, ImageReadError):
                unreadable.append(FailedFile(source.path, str(outcome)))
            else:
                seen[source.path] = outcome
            report(Path(source.path).name)
    return seen, unreadable


def _look_at(pixels: ImageArray, is_example: bool) -> _Seen:
    digest = hashlib.sha256(str(pixels.shape).encode())
    digest.update(np.ascontiguousarray(pixels).data)
    thumbnail = make_thumbnail(pixels, EXAMPLE_PX) if is_example else b""
    return _Seen(digest.digest(), perceptual_hash(pixels), thumbnail)


def _examples(
    sources: Sequence[ImageSource], seen: dict[str, _Seen]
) -> Iterator[ExampleImage]:
    for source in sources:
        thumbnail = seen[source.path].thumbnail
        if thumbnail:
            text = base64.b64encode(thumbnail).decode("ascii")
            yield ExampleImage(source.class_name, source.path, text)


def _duplicates(
    sources: Sequence[ImageSource], seen: dict[str, _Seen]
) -> Iterator[tuple[str, ...]]:
    by_pixels: dict[bytes, list[str]] = defaultdict(list)
    for source in sources:
        by_pixels[seen[source.path].digest].append(source.path)
    yield from (tuple(paths) for paths in by_pixels.values() if len(paths) > 1)


def _across_splits(
    sources: Sequence[ImageSource], seen: dict[str, _Seen], progress: Progress
) -> list[tuple[str, str]]:
    """Pair images with their nearest of another split, if it is near, nearest first."""
    hashes: Hashes = np.array(
        [seen[source.path].fingerprint for source in sources], np.uint64
    )
    splits = np.array([source.split for source in sources])
    found: dict[tuple[int, int], int] = {}
    step = max(_BLOCK_DISTANCES // max(len(hashes), 1), 1)
    for start in range(0, len(hashes), step):
        progress(start, len(hashes), "Comparing images")
        rows = slice(start, start + step)
        distances = hash_distances(hashes[rows], hashes)
        distances[splits[rows, np.newaxis] == splits] = np.iinfo(np.uint8).max
        nearest = distances.argmin(axis=1)
        for row in np.flatnonzero(distances.min(axis=1) <= NEAR_BITS):
            first, second = start + int(row), int(nearest[row])
            pair = (min(first, second), max(first, second))
            found[pair] = int(distances[row, second])
    return [
        (sources[first].path, sources[second].path)
        for first, second in sorted(found, key=lambda pair: (found[pair], pair))
    ]
