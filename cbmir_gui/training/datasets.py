"""Labelled images in memory, as the training loop needs them."""

import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cbmir_gui.core.errors import DataError, ImageReadError
from cbmir_gui.core.progress import Progress
from cbmir_gui.core.records import FailedFile, ImageArray, ImageSource
from cbmir_gui.imaging.transforms import letterbox
from cbmir_gui.training.augmentation import augment, centre_view

_LOGGER = logging.getLogger(__name__)
TABLE_SIZE_PX = 224

Decode = Callable[[ImageSource], ImageArray]
LabelArray = NDArray[np.int64]
FeatureArray = NDArray[np.float32]


class Batch(NamedTuple):
    """What one training step sees."""

    views: ImageArray
    """(num_images, size_px, size_px, 3): changed at random."""
    plain: ImageArray
    """The same images unchanged."""
    labels: LabelArray
    fine_labels: LabelArray
    teacher: FeatureArray
    """(num_images, teacher_dim); teacher_dim is 0 without a teacher."""


@dataclass(frozen=True, slots=True, eq=False)
class ImageTable:
    """Decoded images of one split."""

    sources: tuple[ImageSource, ...]
    pixels: ImageArray
    """(num_images, size_px, size_px, 3), aspect kept, padded with black."""
    labels: LabelArray
    """(num_images,): position in the ordered classes; -1 where unlabelled."""
    fine_labels: LabelArray
    """(num_images,): position in `TrainingData.fine_classes`; -1 where unlabelled."""
    teacher: FeatureArray | None = None
    """(num_images, teacher_dim): unit vectors to imitate; None: there is no teacher."""

    def __len__(self) -> int:
        return len(self.sources)


@dataclass(frozen=True, slots=True, eq=False)
class TrainingData:
    """Everything one training needs to know of its images."""

    classes: tuple[str, ...]
    fine_classes: tuple[str, ...]
    """"class" or "class/diagnosis", for a second head."""
    train: ImageTable
    validation: ImageTable
    failed: tuple[FailedFile, ...]
    manifest_sha256: str
    """Hash over the names, labels and splits of the images."""


def load_training_data(
    sources: Sequence[ImageSource],
    decode: Decode,
    progress: Progress,
    min_classes: int = 2,
    companions: Sequence[ImageSource] = (),
    size_px: int = TABLE_SIZE_PX,
) -> TrainingData:
    """Decode the images of the splits train and val.

    An image that cannot be read is skipped, logged and listed in `failed`.

    Parameters
    ----------
    min_classes
        1 for a network that learns from images without a class, too; with 2 or more
        these are left out.
    companions
        Images whose classes only a second head learns.
    size_px
        Side of the squares that the images are fitted into.

    Raises
    ------
    DataError
        Fewer classes than `min_classes`, or a split without images.
    """
    chosen = [source for source in sources if source.split in {"train", "val"}]
    classes = tuple(sorted({source.class_name for source in chosen} - {""}))
    if len(classes) < min_classes:
        raise DataError(
            f"Training needs images of at least {min_classes} classes; found "
            f"{len(classes)}. "
            f"Choose a folder with one folder per class, or a manifest with labels."
        )
    if min_classes > 1:
        chosen = [source for source in chosen if source.class_name]
    chosen += [s for s in companions if s.split in {"train", "val"}]
    fine_classes = tuple(sorted({fine_class(s) for s in chosen if s.class_name}))
    kept: dict[str, list[ImageSource]] = {"train": [], "val": []}
    # Decoded into their place: the images of a large set are not in memory twice.
    pixels_of = {
        split: _empty_images(sum(source.split == split for source in chosen), size_px)
        for split in kept
    }
    failed = []
    for number, source in enumerate(chosen):
        progress(number, len(chosen), "Reading images")
        try:
            image = letterbox(decode(source), size_px)
        except ImageReadError as error:
            _LOGGER.warning("%s", error)
            failed.append(FailedFile(source.path, str(error)))
            continue
        pixels_of[source.split][len(kept[source.split])] = image
        kept[source.split].append(source)
    train, validation = (
        _make_table(kept[split], pixels_of[split], classes, fine_classes)
        for split in kept
    )
    _refuse_empty(train, validation, classes)
    sha256 = hash_sources(chosen)
    return TrainingData(classes, fine_classes, train, validation, tuple(failed), sha256)


def fine_class(source: ImageSource) -> str:
    """Return "class/diagnosis", or the class where there is no diagnosis."""
    parts = (source.class_name, source.diagnosis)
    return "/".join(part for part in parts if part)


def hash_sources(sources: Sequence[ImageSource]) -> str:
    """Return a SHA-256 over file names, classes, groups and splits, in order."""
    digest = hashlib.sha256()
    for source in sources:
        parts = (Path(source.path).name, source.class_name, source.group, source.split)
        # A file's name may hold bytes that are no text.
        line = "\t".join(parts) + "\n"
        digest.update(line.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def training_batches(
    table: ImageTable,
    batch_size: int,
    size_px: int,
    seed: int,
    epoch: int,
    *,
    change: bool,
) -> Iterator[Batch]:
    """Yield the batches of one epoch.

    Order and changes depend on `seed`, `epoch` and the image only, so that a resumed
    run sees what the unbroken one would have seen. Images that do not fill the last
    batch are left out of this epoch; fewer images than one batch make one batch.
    """
    order = np.random.default_rng([seed, epoch]).permutation(len(table))
    batch_size = min(batch_size, len(table))
    for start in range(0, len(table) - batch_size + 1, batch_size):
        rows = order[start : start + batch_size]
        plain = np.stack([centre_view(table.pixels[row], size_px) for row in rows])
        views = plain
        if change:
            views = np.stack(
                [
                    augment(
                        table.pixels[row],
                        size_px,
                        np.random.default_rng([seed, epoch, int(row)]),
                    )
                    for row in rows
                ]
            )
        yield _make_batch(table, rows, views, plain)


def plain_batches(table: ImageTable, batch_size: int, size_px: int) -> Iterator[Batch]:
    """Yield all images in order, unchanged but for their size."""
    for start in range(0, len(table), batch_size):
        rows = np.arange(start, min(start + batch_size, len(table)))
        plain = np.stack([centre_view(table.pixels[row], size_px) for row in rows])
        yield _make_batch(table, rows, plain, plain)


def _make_batch(
    table: ImageTable, rows: LabelArray, views: ImageArray, plain: ImageArray
) -> Batch:
    teacher = np.zeros((len(rows), 0), np.float32)
    if table.teacher is not None:
        teacher = table.teacher[rows]
    return Batch(views, plain, table.labels[rows], table.fine_labels[rows], teacher)


def _empty_images(num_images: int, size_px: int) -> ImageArray:
    return np.zeros((num_images, size_px, size_px, 3), np.uint8)


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


def _refuse_empty(
    train: ImageTable, validation: ImageTable, classes: Sequence[str]
) -> None:
    if not len(validation):
        raise DataError(
            "No image is left for validation. Add images, or mark some with the "
            "split 'val' in the manifest."
        )
    counts = Counter(int(label) for label in train.labels)
    missing = [name for number, name in enumerate(classes) if not counts[number]]
    if missing:
        raise DataError(
            f"The class '{missing[0]}' has no readable image to train on. Add images "
            f"to it or remove the class."
        )
