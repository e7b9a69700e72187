"""One row of the comparison: a system on a task, and how it is measured."""

import hashlib
import json
from dataclasses import dataclass
from typing import Protocol

from cbmir_gui.services.compare.embedding import Embedding, Tools
from cbmir_gui.services.compare.measuring import PROTOCOL_VERSION, Document, measure
from cbmir_gui.services.compare.tasks import Task, TaskData
from cbmir_gui.services.search_choices import NO_FILTER


class System(Protocol):
    """Anything that turns the images of a task into features."""

    def fingerprint(self) -> str:
        """Name what the features depend on: weights, settings, budget.

        Raises
        ------
        CbmirError
            The system is not there, e.g. its weights are missing.
        """

    def embed(self, data: TaskData, tools: Tools) -> Embedding:
        """Return the features of database and queries.

        Raises
        ------
        CbmirError
            It cannot be done.
        Cancelled
        """


class Measurement(Protocol):
    """What makes the figures of a row."""

    def fingerprint(self) -> str:
        """Name all that the figures depend on but the images; see `System`."""

    def run(
        self, data: TaskData, shared_files: frozenset[str] | None, tools: Tools
    ) -> Document:
        """Return the figures, JSON types.

        Parameters
        ----------
        shared_files
            Paths of the images whose patients may be on both sides of the split; None
            where that is not known.

        Raises
        ------
        CbmirError
            It cannot be measured.
        Cancelled
        """


@dataclass(frozen=True, slots=True)
class Retrieval:
    """The one protocol, for a system and a place where queries search."""

    system: System
    class_filter: str = NO_FILTER

    def fingerprint(self) -> str:
        """Return the system's, and where queries search."""
        return f"{self.system.fingerprint()} {self.class_filter}"

    def run(
        self, data: TaskData, shared_files: frozenset[str] | None, tools: Tools
    ) -> Document:
        """Extract, train where there is something to train, and measure."""
        embedding = self.system.embed(data, tools)
        by_diagnosis = data.task.label == "class"
        measured = measure(
            embedding, self.class_filter, shared_files, by_diagnosis, tools.progress
        )
        cost = embedding.cost
        return {
            "metric": embedding.metric,
            "search": self.class_filter,
            **measured,
            "num_parameters": cost.num_parameters,
            "size_mb": cost.size_mb,
            "epochs": cost.epochs,
            "train_seconds": cost.train_seconds,
            "image_size_px": cost.image_size_px,
            "inference_ms": cost.inference_ms,
            "note": cost.note,
        }


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the report."""

    system: str
    """e.g. vgg16-c18/flatten, lbp+svm, alexnet."""
    title: str
    kind: str
    """model, network, handcrafted, imagenet, control or robustness."""
    task: Task
    measurement: Measurement

    @property
    def name(self) -> str:
        """What the row is called in reports, in the cache and on the command line."""
        return f"{self.system}@{self.task.name}"


def row_key(row: Row, data: TaskData, shared_files: frozenset[str] | None) -> str:
    """Return a hash over all that the figures of a row depend on.

    Parameters
    ----------
    shared_files
        As in `Measurement.run`.

    Raises
    ------
    CbmirError
        The system is not there.
    """
    shared = None
    if shared_files is not None:
        shared = [query.path in shared_files for query in data.queries]
    made_by = row.measurement.fingerprint()
    parts = [PROTOCOL_VERSION, row.name, made_by, data.sha256, shared]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
