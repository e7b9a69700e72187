"""The same picture twice: under two classes, or on both sides of a split."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from cbmir_gui.core.records import ImageArray, ImageSource


def picture_digest(pixels: ImageArray) -> bytes:
    """Return a digest that two equal pictures share, whatever their files."""
    return hashlib.sha256(pixels.tobytes()).digest()


def find_conflicts(
    sources: Sequence[ImageSource], digests: Sequence[bytes]
) -> dict[int, str]:
    """Return the position of every image whose picture has another class, too.

    Parameters
    ----------
    digests : (num_images,)
        Of `picture_digest`.

    Returns
    -------
    The other classes as text, by position. Images without a class conflict with none.
    """
    classes_of: dict[bytes, set[str]] = defaultdict(set)
    for source, digest in zip(sources, digests, strict=True):
        if source.class_name:
            classes_of[digest].add(source.class_name)
    return {
        position: ", ".join(sorted(classes_of[digest] - {source.class_name}))
        for position, (source, digest) in enumerate(zip(sources, digests, strict=True))
        if source.class_name and len(classes_of[digest]) > 1
    }


def find_copies(
    train: Sequence[ImageSource], digests: Sequence[bytes]
) -> dict[int, str]:
    """Return the position of every other image whose picture is one of `train`'s.

    Parameters
    ----------
    digests : (num_images,)
        Of `picture_digest`; those of `train` come first.

    Returns
    -------
    The name of the training image's file, by position.
    """
    name_of = {
        digest: Path(source.path).name
        for source, digest in zip(train, digests, strict=False)
    }
    return {
        position: name_of[digest]
        for position, digest in enumerate(digests)
        if position >= len(train) and digest in name_of
    }
