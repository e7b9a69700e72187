"""Queries and databases of an evaluation: labels beside features."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from cbmir_gui.core.errors import DataError
from cbmir_gui.core.records import FloatArray, ImageRecord
from cbmir_gui.evaluation.labels import Codes, Labels
from cbmir_gui.index.exact import ExactIndex
from cbmir_gui.services.feature_cache import CachedImages
from cbmir_gui.services.labelled_data import group_of_record
from cbmir_gui.services.ranking import Database, QuerySet


@dataclass(frozen=True, slots=True, eq=False)
class LabelledFeatures:
    """A database before it is indexed."""

    labels: Labels
    features: FloatArray
    """(num_images, feature_dim)"""
    paths: Sequence[str] = ()
    """Of a database that is read from files."""
    num_unreadable: int = 0

    def database(self) -> Database:
        """Return it ready to be searched."""
        return Database(self.labels, ExactIndex(self.features))

    def with_images(self, image_ids: Sequence[str]) -> Self:
        """Return it with those of the named images that it has."""
        wanted = set(image_ids)
        has = [image_id in wanted for image_id in self.labels.image_ids]
        return self if all(has) else self.part(np.flatnonzero(has))

    def part(self, rows: Codes) -> Self:
        """Return some of its images."""
        return replace(
            self,
            labels=part_of_labels(self.labels, rows),
            features=self.features[rows],
            paths=_pick(self.paths, rows) if self.paths else (),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Queries:
    """Queries that could be read, in the order of their sources."""

    images: CachedImages
    searched: QuerySet

    def part(self, rows: Codes) -> QuerySet:
        """Return some of them, to be searched for."""
        whole = self.searched
        probabilities = whole.probabilities
        return replace(
            whole,
            labels=part_of_labels(whole.labels, rows),
            features=whole.features[rows],
            predicted=_pick(whole.predicted, rows) if whole.predicted else None,
            probabilities=None if probabilities is None else probabilities[rows],
        )


def require_same(queries: Queries, others: Queries) -> None:
    """Check that two systems read the same queries.

    Raises
    ------
    DataError
        A file was changed, or became unreadable, in between.
    """
    if queries.images.image_ids != others.images.image_ids:
        raise DataError(
            "The queries changed while they were evaluated. Start the evaluation again."
        )


def groups_of(labels: Labels) -> list[str]:
    """Return what is drawn by the bootstrap; an image without a group is its own."""
    return [
        f"group {group}" if group else image_id
        for group, image_id in zip(labels.groups, labels.image_ids, strict=True)
    ]


def part_of_labels(labels: Labels, rows: Codes) -> Labels:
    """Return what is known of some images."""
    return Labels(
        image_ids=_pick(labels.image_ids, rows),
        classes=_pick(labels.classes, rows),
        diagnoses=_pick(labels.diagnoses, rows),
        groups=_pick(labels.groups, rows),
    )


def _pick(names: Sequence[str], rows: Codes) -> list[str]:
    return [names[int(row)] for row in rows]


def labels_of_sources(
    images: CachedImages, group_key: Callable[[str], str] = str
) -> Labels:
    """Return what the manifest says of images.

    Parameters
    ----------
    group_key
        What the database has in the place of a group, see `library.patient_keys`.
    """
    return Labels(
        image_ids=images.image_ids,
        classes=[source.class_name for source in images.sources],
        diagnoses=[source.diagnosis for source in images.sources],
        groups=[group_key(source.group) for source in images.sources],
    )


def labels_of_records(records: Sequence[ImageRecord], level: str) -> Labels:
    """Return what the library says of images."""
    by_modality = level == "modality"
    return Labels(
        image_ids=[record.image_id for record in records],
        classes=[
            (record.modality if by_modality else "") or record.class_name
            for record in records
        ],
        diagnoses=[record.diagnosis for record in records],
        groups=[group_of_record(record) for record in records],
    )
