"""Labelled images as the training loop takes them: tables, and batches of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from cbmir_gui.core.records import ImageArray, ImageSource
from cbmir_gui.training.augmentation import augment, centre_view

NetworkInput = NDArray[Any]
"""Pixels (uint8), or features where only what follows them learns (float32)."""
LabelArray = NDArray[np.int64]
FeatureArray = NDArray[np.float32]


class Batch(NamedTuple):
    """What one training step sees."""

    views: NetworkInput
    """(num_images, size_px, size_px, 3) or (num_images, feature_dim): changed at
    random."""
    plain: NetworkInput
    """The same images unchanged."""
    labels: LabelArray
    fine_labels: LabelArray
    teacher: FeatureArray
    """(num_images, teacher_dim); teacher_dim is 0 without a teacher."""


class Table(Protocol):
    """The images of one split, as whatever the network takes."""

    @property
    def labels(self) -> LabelArray:
        """(num_images,): position in the ordered classes; -1 where unlabelled."""

    @property
    def fine_labels(self) -> LabelArray:
        """(num_images,): position in the finer classes; -1 where unlabelled."""

    @property
    def teacher(self) -> FeatureArray | None:
        """(num_images, teacher_dim): unit vectors to imitate."""

    def __len__(self) -> int:
        """Return the number of images."""

    def plain(self, row: int, size_px: int) -> NetworkInput:
        """Return one image, unchanged but for its size."""

    def changed(self, row: int, size_px: int, rng: np.random.Generator) -> NetworkInput:
        """Return a random view of one image."""


class LearningData(Protocol):
    """What the loop needs of its images."""

    @property
    def train(self) -> Table:
        """What is learned."""

    @property
    def validation(self) -> Table:
        """What decides which epoch is best."""

    @property
    def manifest_sha256(self) -> str:
        """Hash over the images' names, labels and splits."""

    @property
    def base_sha256(self) -> str:
        """Hash over the frozen layers that the images passed through; or empty."""


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

    def plain(self, row: int, size_px: int) -> ImageArray:
        """Return (size_px, size_px, 3)."""
        return centre_view(self.pixels[row], size_px)

    def changed(self, row: int, size_px: int, rng: np.random.Generator) -> ImageArray:
        """Return (size_px, size_px, 3)."""
        return augment(self.pixels[row], size_px, rng)


def training_batches(
    table: Table,
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
        rows = order[start : start + batch_size].tolist()
        plain = np.stack([table.plain(row, size_px) for row in rows])
        views = plain
        if change:
            changes = [np.random.default_rng([seed, epoch, row]) for row in rows]
            views = np.stack(
                [
                    table.changed(row, size_px, rng)
                    for row, rng in zip(rows, changes, strict=True)
                ]
            )
        yield _make_batch(table, rows, views, plain)


def plain_batches(table: Table, batch_size: int, size_px: int) -> Iterator[Batch]:
    """Yield all images in order, unchanged but for their size."""
    for start in range(0, len(table), batch_size):
        rows = list(range(start, min(start + batch_size, len(table))))
        plain = np.stack([table.plain(row, size_px) for row in rows])
        yield _make_batch(table, rows, plain, plain)


def _make_batch(
    table: Table,
    rows: list[int],
    views: NetworkInput,
    plain: NetworkInput,
) -> Batch:
    teacher = np.zeros((len(rows), 0), np.float32)
    if table.teacher is not None:
        teacher = table.teacher[rows]
    return Batch(views, plain, table.labels[rows], table.fine_labels[rows], teacher)
