"""Labelled images, decoded into memory for a training."""

import hashlib
import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cbmir_gui.core.errors import DataError, ImageReadError, UnusableImagesError
from cbmir_gui.core.progress import Progress
from cbmir_gui.core.records import ImageArray, ImageSource, LeftOutImage
from cbmir_gui.imaging.transforms import letterbox
from cbmir_gui.training.batches import ImageTable
from cbmir_gui.training.conflicts import find_conflicts, find_copies, picture_digest
from cbmir_gui.training.memory import empty_table
from cbmir_gui.training.refusals import learned_classes, refuse_empty_parts

_LOGGER = logging.getLogger(__name__)
_CLASS = re.compile(r"(?:\\.|[^\\/])*")
"""Up to the first "/" that is not escaped."""
TABLE_SIZE_PX = 224

Decode = Callable[[ImageSource], ImageArray]


@dataclass(frozen=True, slots=True, eq=False)
class TrainingData:
    """Everything one training needs to know of its images."""

    classes: tuple[str, ...]
    fine_classes: tuple[str, ...]
    """"class" or "class/diagnosis", for a second head."""
    train: ImageTable
    validation: ImageTable
    failed: tuple[LeftOutImage, ...]
    manifest_sha256: str
    """Hash over the names, labels and splits of the images."""
    base_sha256: str = ""
    """As in `HeadData`; no layers stand between the images and these."""


def load_training_data(
    sources: Sequence[ImageSource],
    decode: Decode,
    progress: Progress,
    min_classes: int = 2,
    companions: Sequence[ImageSource] = (),
    size_px: int = TABLE_SIZE_PX,
    continue_background: bool = False,
) -> TrainingData:
    """Decode the images of the splits train and val.

    An image that cannot be read is skipped, logged and listed in `failed`; so is one
    whose picture stands in two classes, if classes are learned, and one to validate
    with whose picture is learned.

    Parameters
    ----------
    min_classes
        1 for a network that learns from images without a class, too, even from them
        alone; with 2 or more these are left out.
    companions
        Images whose classes only a second head learns.
    size_px
        Side of the squares that the images are fitted into.
    continue_background
        See `imaging.transforms.letterbox`.

    Raises
    ------
    DataError
        Fewer classes than `min_classes`.
    UnusableImagesError
        A class or a split ends without images; it tells which could not be used.
    TrainingError
        There is not enough memory for the images.
    """
    chosen = choose_sources(sources, needs_class=False)
    classes = learned_classes(chosen, min_classes)
    if min_classes > 1:
        num_chosen = len(chosen)
        chosen = choose_sources(chosen, needs_class=True)
        if len(chosen) < num_chosen:
            _LOGGER.warning("%d images have no class.", num_chosen - len(chosen))
    chosen += choose_sources(companions, needs_class=False)
    fine_classes = tuple(sorted({fine_class(s) for s in chosen if s.class_name}))
    kept: dict[str, list[ImageSource]] = {"train": [], "val": []}
    # Decoded into their place: the images of a large set are not in memory twice.
    shape = (len(chosen), size_px, size_px, 3)
    pixels = empty_table(shape, np.uint8, f"{len(chosen)} images")
    num_train = sum(source.split == "train" for source in chosen)
    pixels_of = {"train": pixels[:num_train], "val": pixels[num_train:]}
    digests: dict[str, list[bytes]] = {"train": [], "val": []}
    failed = []
    for number, source in enumerate(chosen):
        progress(number, len(chosen), "Reading images")
        try:
            image = letterbox(decode(source), size_px, continue_background)
        except ImageReadError as error:
            failed.append(_left_out(source, str(error)))
            continue
        pixels_of[source.split][len(kept[source.split])] = image
        kept[source.split].append(source)
        digests[source.split].append(picture_digest(image))
    if failed:
        _LOGGER.warning("%d images could not be read.", len(failed))
    both = digests["train"] + digests["val"]
    reasons = {
        position: f"the same picture is learned, too: '{name}'"
        for position, name in find_copies(kept["train"], both).items()
    }
    if min_classes > 1:
        conflicts = find_conflicts(kept["train"] + kept["val"], both)
        reasons |= {
            position: f"the same picture stands in another class, too: {others}"
            for position, others in conflicts.items()
        }
    failed += _leave_out(reasons, kept, pixels_of)
    train, validation = (
        _make_table(kept[split], pixels_of[split], classes, fine_classes)
        for split in kept
    )
    needed = classes if min_classes > 1 else ()
    try:
        refuse_empty_parts(train.sources, validation.sources, needed)
    except DataError as error:
        raise UnusableImagesError(str(error), failed) from error
    sha256 = hash_sources(chosen)
    return TrainingData(classes, fine_classes, train, validation, tuple(failed), sha256)


def choose_sources(
    sources: Sequence[ImageSource], needs_class: bool
) -> list[ImageSource]:
    """Return the images of the splits train and val."""
    return [
        source
        for source in sources
        if source.split in {"train", "val"} and (source.class_name or not needs_class)
    ]


def fine_class(source: ImageSource) -> str:
    """Return "class/diagnosis", or the class where there is no diagnosis.

    A "/" of the class itself is escaped: no two pairs share a name.
    """
    name = escape_class(source.class_name)
    return f"{name}/{source.diagnosis}" if source.diagnosis else name


def escape_class(name: str) -> str:
    """Return a class as `fine_class` writes it."""
    return name.replace("\\", "\\\\").replace("/", "\\/")


def class_of(fine_name: str) -> str:
    """Return the class of what `fine_class` returned; its escapes stay."""
    found = _CLASS.match(fine_name)
    return found[0] if found else ""


def hash_sources(sources: Sequence[ImageSource]) -> str:
    """Return a SHA-256 over file names, classes, groups and splits, in order."""
    digest = hashlib.sha256()
    for source in sources:
        parts = (Path(source.path).name, source.class_name, source.group, source.split)
        # A file's name may hold bytes that are no text.
        line = "\t".join(parts) + "\n"
        digest.update(line.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _leave_out(
    reasons: dict[int, str],
    kept: dict[str, list[ImageSource]],
    pixels_of: dict[str, ImageArray],
) -> list[LeftOutImage]:
    """Take images out of both splits; positions count over train, then val."""
    left_out = []
    start = 0
    for split, sources in kept.items():
        remaining: list[ImageSource] = []
        for row, source in enumerate(sources):
            reason = reasons.get(start + row)
            if reason is None:
                # In place: a large table does not fit the memory twice.
                pixels_of[split][len(remaining)] = pixels_of[split][row]
                remaining.append(source)
                continue
            left_out.append(_left_out(source, reason))
        start += len(sources)
        kept[split] = remaining
    if left_out:
        _LOGGER.warning("%d images are learned twice or contradict.", len(left_out))
    return left_out


def _left_out(source: ImageSource, reason: str) -> LeftOutImage:
    return LeftOutImage(source.path, reason, source.frame)


def _make_table(
    kept: Sequence[ImageSource],
    pixels: ImageArray,
    classes: Sequence[str],
    fine_classes: Sequence[str],
) -> ImageTable:
    position = {name: number for number, name in enumerate(classes)}
    labels = [position.get(source.class_name, -1) for source in kept]
    fine_position = {name: number for number, name in enumerate(fine_classes)}
    fine_labels = [fine_position.get(fine_class(source), -1) for source in kept]
    return ImageTable(
        tuple(kept),
        pixels[: len(kept)],
        np.array(labels, np.int64),
        np.array(fine_labels, np.int64),
    )
