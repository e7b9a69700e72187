"""What is compared: the image sets of a manifest, with their database and queries."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cbmir_gui.core.errors import DataError
from cbmir_gui.core.records import ImageSource
from cbmir_gui.sources.manifests import read_set_names, read_sources

DATABASE_SPLITS = ("train", "val")
QUERY_SPLITS = ("test",)


@dataclass(frozen=True, slots=True)
class Task:
    """One image set, and what is its class."""

    name: str
    title: str
    set_name: str
    """Empty: the manifest knows no sets, all of it is meant."""
    label: str
    """class or modality."""


SETS = (
    Task("c18", "18 classes", "c18", "class"),
    Task("c24", "24 classes", "c24", "class"),
    Task("m4", "four modalities", "m4", "modality"),
)
WHOLE = Task("all", "all classes", "", "class")


@dataclass(frozen=True, slots=True, eq=False)
class TaskData:
    """The images of one task."""

    task: Task
    database: tuple[ImageSource, ...]
    """Of the splits train and val."""
    queries: tuple[ImageSource, ...]
    """Of the split test."""
    sha256: str
    """Over contents, names, labels, groups and splits, in order."""


def find_tasks(manifest: Path) -> tuple[Task, ...]:
    """Return the known sets that the manifest has, or all of it as one task.

    Raises
    ------
    DataError
        The manifest cannot be read.
    """
    if not manifest.exists():
        raise DataError(
            f"There is no '{manifest.name}'. Name a manifest (.csv) or a folder of "
            f"class folders."
        )
    present = set(read_set_names(manifest))
    found = tuple(task for task in SETS if task.set_name in present)
    return found or (WHOLE,)


def read_task(manifest: Path, task: Task) -> TaskData:
    """Read who is in the database and who asks.

    Raises
    ------
    DataError
        The manifest cannot be used, or a side is empty.
    """

    def read(splits: Sequence[str]) -> tuple[ImageSource, ...]:
        sources = read_sources(manifest, task.set_name, splits, task.label)
        return tuple(source for source in sources if source.class_name)

    database, queries = read(DATABASE_SPLITS), read(QUERY_SPLITS)
    if not database or not queries:
        raise DataError(
            f"'{manifest.name}' has no labelled images of the set "
            f"'{task.name}' in train and val, or none in test. Check its columns."
        )
    return TaskData(task, database, queries, _hash_sources((*database, *queries)))


def _hash_file(path: Path) -> str:
    """Return the SHA-256 of a file; "" where it cannot be read."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""


def _hash_sources(sources: Iterable[ImageSource]) -> str:
    digest = hashlib.sha256()
    for source in sources:
        path = Path(source.path)
        parts = (
            *(path.name, _hash_file(path), source.class_name, source.diagnosis),
            *(source.group, source.split),
        )
        digest.update(("\t".join(parts) + "\n").encode("utf-8", "surrogateescape"))
    return digest.hexdigest()
