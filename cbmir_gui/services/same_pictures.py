"""Which images show the same picture, and what a training does about it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from cbmir_gui.core.records import ImageSource
from cbmir_gui.training.conflicts import find_conflicts, find_copies

Group = tuple[int, ...]
"""Positions of images with one picture, in order."""


@dataclass(slots=True)
class SamePictures:
    """Groups of images; a training leaves out those of the first two kinds."""

    conflicts: list[Group] = field(default_factory=list)
    """To learn from and to validate with, in several classes."""
    copies: list[Group] = field(default_factory=list)
    """The first is learned from, the others would have validated."""
    tested_otherwise: list[Group] = field(default_factory=list)
    """Some are to test with, and not all are of one class."""
    repeated: list[Group] = field(default_factory=list)
    """On the same side: they count more than once."""


def find_same_pictures(
    sources: Sequence[ImageSource], digests: Sequence[bytes]
) -> SamePictures:
    """Compare images by `training.conflicts`, as a training that learns classes does.

    Images without a class count only where none has one.

    Parameters
    ----------
    sources
        With their splits.
    digests : (num_images,)
        Of `training.conflicts.picture_digest`.
    """
    has_classes = any(source.class_name for source in sources)
    positions = [
        position
        for position, source in enumerate(sources)
        if source.class_name or not has_classes
    ]
    conflicting, copied = _left_out(sources, digests, positions)
    by_picture: dict[bytes, list[int]] = defaultdict(list)
    for position in positions:
        by_picture[digests[position]].append(position)
    found = SamePictures()
    for members in by_picture.values():
        in_conflict = [p for p in members if p in conflicting]
        if in_conflict:
            found.conflicts.append(tuple(in_conflict))
        copies = [p for p in members if p in copied]
        if copies:
            first = next(p for p in members if sources[p].split == "train")
            found.copies.append((first, *copies))
        remaining = [p for p in members if p not in conflicting and p not in copied]
        if len({sources[p].class_name for p in remaining}) > 1:
            found.tested_otherwise.append(tuple(remaining))
        for split in ("train", "val", "test"):
            same_side = [p for p in remaining if sources[p].split == split]
            if len(same_side) > 1:
                found.repeated.append(tuple(same_side))
    return found


def find_all_copies(
    sources: Sequence[ImageSource], digests: Sequence[bytes]
) -> list[Group]:
    """Return `SamePictures.copies` as a training that learns no classes sees them.

    It uses images without a class, and leaves out none for its class.

    Parameters
    ----------
    sources, digests
        As in `find_same_pictures`.
    """
    train = [p for p, source in enumerate(sources) if source.split == "train"]
    both = train + [p for p, source in enumerate(sources) if source.split == "val"]
    both_digests = [digests[p] for p in both]
    groups = {digests[p]: [p] for p in reversed(train)}
    for row in sorted(find_copies([sources[p] for p in train], both_digests)):
        groups[both_digests[row]].append(both[row])
    return sorted(tuple(group) for group in groups.values() if len(group) > 1)


def _left_out(
    sources: Sequence[ImageSource], digests: Sequence[bytes], positions: Sequence[int]
) -> tuple[set[int], set[int]]:
    """Return the positions that conflict, and others whose picture is learned."""
    train = [p for p in positions if sources[p].split == "train"]
    both = train + [p for p in positions if sources[p].split == "val"]
    both_sources = [sources[p] for p in both]
    both_digests = [digests[p] for p in both]
    conflicts = find_conflicts(both_sources, both_digests)
    copies = find_copies(both_sources[: len(train)], both_digests)
    return (
        {both[row] for row in conflicts},
        {both[row] for row in copies.keys() - conflicts.keys()},
    )
