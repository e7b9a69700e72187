"""Open every image of DATA before a training: examples, damage, copies, leaks.

A copy of a training image among the validation images makes a network look better than
it is. Copies need not be the same file: fingerprints of what images look like find
those that were scaled, compressed or lightened too.
"""

import base64
import contextlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cbmir_gui.core.errors import ImageReadError
from cbmir_gui.core.progress import Progress, no_progress
from cbmir_gui.core.records import FailedFile, ImageArray, ImageSource, TrainRequest
from cbmir_gui.engine.operation_answers import (
    DataLook,
    ExampleImage,
    LookedImage,
    LookedImages,
)
from cbmir_gui.engine.operations import LookArguments
from cbmir_gui.imaging.perceptual_hash import (
    NEAR_BITS,
    Hashes,
    hash_distances,
    perceptual_hash,
)
from cbmir_gui.imaging.thumbnails import make_thumbnail
from cbmir_gui.imaging.transforms import letterbox
from cbmir_gui.services.decode_ahead import Decoder, decode_ahead, decoders_or_own
from cbmir_gui.services.same_pictures import (
    Group,
    SamePictures,
    find_all_copies,
    find_same_pictures,
)
from cbmir_gui.services.training_data import draw_sources
from cbmir_gui.training.conflicts import picture_digest
from cbmir_gui.training.datasets import TABLE_SIZE_PX
from cbmir_gui.training.refusals import refusal_of

EXAMPLE_PX = 96
MAX_EXAMPLES = 600
"""In all: one answer carries them."""
_BLOCK_DISTANCES = 4_000_000


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is kept of one opened image."""

    digest: bytes
    """Of its picture."""
    fingerprint: int
    thumbnail: bytes
    """JPEG; empty where the image is no example."""


def look_at_data(
    arguments: LookArguments,
    decoders: Sequence[Decoder] = (),
    progress: Progress = no_progress,
) -> DataLook:
    """Open every image; splits are those that a training would use, drawn or given.

    The same pictures are found, and left out, as a training that learns classes would;
    what one without classes leaves out beyond that is told apart.

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
    sources = draw_sources(
        TrainRequest(arguments.data, set_name=arguments.set_name, label=arguments.label)
    )
    with decoders_or_own(decoders) as ready:
        wanted = _choose_examples(sources, arguments.per_class)
        seen, unreadable = _open_all(sources, wanted, ready, progress)
    readable = [sources[position] for position in seen]
    views = list(seen.values())
    digests = [view.digest for view in views]
    same = find_same_pictures(readable, digests)
    all_copies = find_all_copies(readable, digests)
    used = _used(readable, same)
    used_without_classes = _without(range(len(readable)), _spare(all_copies))
    other_copies = _beyond(all_copies, same.copies)
    # No training uses both of a pair that is told there.
    compared = _without(used, [*same.tested_otherwise, *_spare(other_copies)])
    return DataLook(
        examples=tuple(_examples(readable, views)),
        unreadable=tuple(unreadable),
        duplicates=_looked(readable, same.repeated),
        across_splits=tuple(_across_splits(readable, views, compared, progress)),
        conflicts=_looked(readable, same.conflicts),
        copies=_looked(readable, same.copies),
        other_copies=_looked(readable, other_copies),
        tested_otherwise=_looked(readable, same.tested_otherwise),
        problem=refusal_of(
            sources, [readable[p] for p in used_without_classes], min_classes=1
        ),
        class_problem=refusal_of(sources, [readable[p] for p in used], min_classes=2),
    )


def _choose_examples(sources: Sequence[ImageSource], per_class: int) -> set[int]:
    by_class: dict[str, list[int]] = defaultdict(list)
    for position, source in enumerate(sources):
        if source.class_name:
            by_class[source.class_name].append(position)
    per_class = min(per_class, max(MAX_EXAMPLES // max(len(by_class), 1), 1))
    chosen = [
        positions[number]
        for positions in by_class.values()
        for number in np.linspace(0, len(positions) - 1, per_class).astype(int)
    ]
    return set(chosen[:MAX_EXAMPLES])


def _open_all(
    sources: Sequence[ImageSource],
    wanted: set[int],
    decoders: Sequence[Decoder],
    progress: Progress,
) -> tuple[dict[int, _Seen], list[FailedFile]]:
    """Return what was seen by position, and the files that cannot be read."""
    seen: dict[int, _Seen] = {}
    unreadable: list[FailedFile] = []

    def report(text: str = "") -> None:
        progress(len(seen) + len(unreadable), len(sources), text)

    def work(decoder: Decoder, position: int) -> _Seen:
        source = sources[position]
        image = decoder.decode(Path(source.path), source.frame)
        return _look_at(image.pixels, position in wanted)

    line = decode_ahead(range(len(sources)), decoders, work, report)
    with contextlib.closing(line):
        for position, outcome in line:
            path = sources[position].path
            if isinstance(outcome, ImageReadError):
                unreadable.append(FailedFile(path, str(outcome)))
            else:
                seen[position] = outcome
            report(Path(path).name)
    return seen, unreadable


def _look_at(pixels: ImageArray, is_example: bool) -> _Seen:
    digest = picture_digest(letterbox(pixels, TABLE_SIZE_PX))
    thumbnail = make_thumbnail(pixels, EXAMPLE_PX) if is_example else b""
    return _Seen(digest, perceptual_hash(pixels), thumbnail)


def _examples(
    sources: Sequence[ImageSource], views: Sequence[_Seen]
) -> Iterator[ExampleImage]:
    for source, view in zip(sources, views, strict=True):
        if view.thumbnail:
            text = base64.b64encode(view.thumbnail).decode("ascii")
            yield ExampleImage(source.class_name, source.path, text, source.frame)


def _used(sources: Sequence[ImageSource], same: SamePictures) -> list[int]:
    """Return the positions of the images that a training does not leave out."""
    left_out = [*same.conflicts, *_spare(same.copies)]
    return _without(range(len(sources)), left_out)


def _spare(copies: Iterable[Group]) -> list[Group]:
    """Return what is left out of each group: all but the one that is learned."""
    return [group[1:] for group in copies]


def _beyond(copies: Iterable[Group], known: Iterable[Group]) -> list[Group]:
    """Return groups without the images that are left out of `known`, too."""
    told = {position for group in _spare(known) for position in group}
    beyond = [(group[0], *(p for p in group[1:] if p not in told)) for group in copies]
    return [group for group in beyond if len(group) > 1]


def _without(positions: Iterable[int], groups: Iterable[Group]) -> list[int]:
    dropped = {position for group in groups for position in group}
    return [position for position in positions if position not in dropped]


def _looked(
    sources: Sequence[ImageSource], groups: Iterable[Group]
) -> tuple[LookedImages, ...]:
    return tuple(tuple(_place(sources[row]) for row in group) for group in groups)


def _place(source: ImageSource) -> LookedImage:
    return LookedImage(source.path, source.frame, source.class_name)


def _across_splits(
    sources: Sequence[ImageSource],
    views: Sequence[_Seen],
    positions: Sequence[int],
    progress: Progress,
) -> list[tuple[LookedImage, LookedImage]]:
    """Pair images with their nearest of another split, if it is near, nearest first."""
    hashes: Hashes = np.array([views[p].fingerprint for p in positions], np.uint64)
    splits = np.array([sources[p].split for p in positions])
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
        (_place(sources[positions[first]]), _place(sources[positions[second]]))
        for first, second in sorted(found, key=lambda pair: (found[pair], pair))
    ]
