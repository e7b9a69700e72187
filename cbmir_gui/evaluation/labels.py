"""Who is relevant to whom: classes, diagnoses, groups and identities as numbers."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEVELS = ("class", "diagnosis", "modality")

Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """What is known of a list of images, in its order."""

    image_ids: Sequence[str]
    classes: Sequence[str]
    """At modality level the modality; empty where not known."""
    diagnoses: Sequence[str]
    groups: Sequence[str]
    """Empty where not known."""

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.image_ids)

    def targets(self, level: str) -> list[Hashable | None]:
        """Return what must be equal for two images to be relevant to each other.

        The class, or at diagnosis level class and diagnosis; None where not known.
        """
        if level != "diagnosis":
            return [name or None for name in self.classes]
        return [
            (name, diagnosis) if name and diagnosis else None
            for name, diagnosis in zip(self.classes, self.diagnoses, strict=True)
        ]


@dataclass(frozen=True, slots=True, eq=False)
class Relation:
    """How each query (q) relates to each image of a database (n)."""

    relevant: NDArray[np.bool_]
    """(q, n) same target; an unknown target is relevant to nothing."""
    excluded: NDArray[np.bool_]
    """(q, n) the query itself, or of its group."""


class Relevance:
    """Compares queries with a database, some at a time.

    Parameters
    ----------
    queries, database : Labels
    level : str
        One of `LEVELS`.
    """

    def __init__(self, queries: Labels, database: Labels, level: str) -> None:
        self._targets = _encode(queries.targets(level), database.targets(level))
        self._identities = _encode(queries.image_ids, database.image_ids)
        self._groups = _encode(
            [group or None for group in queries.groups],
            [group or None for group in database.groups],
        )

    def of(self, rows: Codes) -> Relation:
        """Return the relation of some queries, by their rows (q,)."""
        excluded = self._equal(self._identities, rows)
        excluded |= self._equal(self._groups, rows)
        return Relation(self._equal(self._targets, rows), excluded)

    @staticmethod
    def _equal(codes: tuple[Codes, Codes], rows: Codes) -> NDArray[np.bool_]:
        of_queries, of_database = codes
        return np.asarray(of_queries[rows, np.newaxis] == of_database, np.bool_)


def _encode(
    queries: Sequence[Hashable | None], database: Sequence[Hashable | None]
) -> tuple[Codes, Codes]:
    """Give equal values equal numbers; what is None equals nothing."""
    code_of: dict[Hashable | None, int] = {}
    for value in (*queries, *database):
        code_of.setdefault(value, len(code_of))
    codes = [
        [missing if value is None else code_of[value] for value in values]
        for values, missing in ((queries, -1), (database, -2))
    ]
    return np.array(codes[0], np.int64), np.array(codes[1], np.int64)
