"""Files in folders, and folders of class folders.

::

    data/                       or with a split of its own:   data/
      brain_mri/  a.png ...                                     train/  brain_mri/ ...
      chest_ct/   b.dcm ...                                     test/   brain_mri/ ...
"""

import logging
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from cbmir_gui.core.errors import DataError
from cbmir_gui.core.records import FailedFile, ImageSource

SPLITS = ("train", "val", "test")
LEFT_BEHIND = frozenset({"thumbs.db", "desktop.ini"})
"""By file managers."""
_NEVER_IMAGES = LEFT_BEHIND | {"dicomdir"}
_DOCUMENTS = frozenset({".csv", ".html", ".json", ".md", ".pdf", ".txt", ".xml"})
_LOGGER = logging.getLogger(__name__)

OnFailed = Callable[[FailedFile], None]


def log_failed(failed: FailedFile) -> None:
    """Write one warning without the name: it may be a patient's."""
    _LOGGER.warning("A file was skipped: %s.", failed.reason)


def find_files(
    paths: Iterable[Path],
    on_failed: OnFailed = log_failed,
    passed_over: frozenset[str] = _NEVER_IMAGES,
) -> Iterator[Path]:
    """Yield the files at and below `paths`, each folder's in the order of their names.

    Hidden entries and the files that file managers leave behind are skipped. A link
    to a folder is followed once, so that a loop of links ends.

    Parameters
    ----------
    paths
        Files and folders.
    on_failed
        Told about each path that is missing and each folder that cannot be read.
    passed_over
        Names, in small letters, of files in folders that are not wanted.
    """
    visited: set[tuple[int, int]] = set()
    for path in paths:
        if _is_folder(path):
            yield from _walk(path, visited, on_failed, passed_over)
        elif not _is_missing(path):
            yield path.absolute()
        else:
            on_failed(FailedFile(str(path), "there is no such file or folder"))


def is_passed_over(name: str) -> bool:
    """Tell whether a path names what is hidden, or left behind by a file manager."""
    parts = name.split("/")
    is_hidden = any(part[:1] == "." and part[1:2] not in {"", "."} for part in parts)
    return is_hidden or "__MACOSX" in parts or parts[-1].lower() in LEFT_BEHIND


def has_class_folders(folder: Path) -> bool:
    """Tell whether a folder is laid out as class folders (see the module).

    It is if it holds at least two folders and no files but documents such as a
    manifest or a read-me, and these folders hold files but no folders of their own.
    A tree of patients, studies and series is none.
    """
    try:
        if _split_folders(folder):
            return True
        entries = [
            entry
            for entry in _visible_entries(folder)
            if entry.suffix.lower() not in _DOCUMENTS or entry.is_dir()
        ]
        return len(entries) > 1 and all(_is_leaf_folder(entry) for entry in entries)
    except (OSError, DataError):
        return False


def class_folders(folder: Path) -> dict[Path, str]:
    """Return the class folders of a folder that has some, with their classes.

    Raises
    ------
    DataError
        The folder cannot be read.
    """
    splits = _split_folders(folder)
    roots = [folder / split for split in splits] or [folder]
    return {
        entry: _as_text(entry.name) for root in roots for entry in _class_folders(root)
    }


def read_class_folders(
    folder: Path, on_failed: OnFailed = log_failed
) -> list[ImageSource]:
    """Return the images of a folder of class folders, by class and file name.

    Raises
    ------
    DataError
        It has no class folders, or no files in them.
    """
    splits = _split_folders(folder)
    roots = [(split, folder / split) for split in splits] or [("", folder)]
    sources = [
        ImageSource(str(path), class_name=_as_text(class_folder.name), split=split)
        for split, root in roots
        for class_folder in _class_folders(root)
        for path in find_files([class_folder], on_failed)
    ]
    if not sources:
        raise DataError(
            f"'{folder.name}' holds no labelled images: expected one folder per class "
            f"with the class's images in it. Arrange the images so, or use a CSV "
            f"manifest with the columns file and class."
        )
    return sources


def empty_class_folders(folder: Path) -> list[str]:
    """Return the classes, sorted, whose folders hold no files in any split.

    Raises
    ------
    DataError
        The folder cannot be read.
    """
    num_files = Counter[str]()
    for class_folder, name in class_folders(folder).items():
        has_files = next(find_files([class_folder], lambda _: None), None) is not None
        num_files[name] += has_files
    return sorted(name for name, num in num_files.items() if not num)


def _walk(
    folder: Path,
    visited: set[tuple[int, int]],
    on_failed: OnFailed,
    passed_over: frozenset[str],
) -> Iterator[Path]:
    try:
        status = folder.stat()
        entries = _visible_entries(folder, passed_over)
    except OSError as error:
        reason = error.strerror or "the folder cannot be read"
        on_failed(FailedFile(str(folder), reason))
        return
    identity = (status.st_dev, status.st_ino)
    if identity in visited:
        return
    visited.add(identity)
    for entry in entries:
        if _is_folder(entry):
            yield from _walk(entry, visited, on_failed, passed_over)
        else:
            yield entry


def _visible_entries(
    folder: Path, passed_over: frozenset[str] = _NEVER_IMAGES
) -> list[Path]:
    names = sorted(os.listdir(folder))  # noqa: PTH208 - names sort faster than paths
    root = folder.absolute()
    return [
        root / name
        for name in names
        if not name.startswith(".") and name.lower() not in passed_over
    ]


def _class_folders(folder: Path) -> list[Path]:
    try:
        return [entry for entry in _visible_entries(folder) if _is_folder(entry)]
    except OSError as error:
        raise DataError(
            f"The folder '{folder.name}' cannot be read: {error.strerror}. "
            f"Check that it exists and that you may read it."
        ) from error


def _split_folders(folder: Path) -> list[str]:
    """Return the splits if all class folders stand below train, val, test; else []."""
    names = [entry.name for entry in _class_folders(folder)]
    if not names or not set(names) <= set(SPLITS):
        return []
    holds_classes = any(_class_folders(folder / name) for name in names)
    return [split for split in SPLITS if split in names] if holds_classes else []


def _as_text(name: str) -> str:
    """Replace what no text can hold: names need not be UTF-8 on Linux."""
    return os.fsencode(name).decode(errors="replace")


def _is_leaf_folder(path: Path) -> bool:
    if not _is_folder(path):
        return False
    entries = _visible_entries(path)
    return bool(entries) and not any(_is_folder(entry) for entry in entries)


def _is_missing(path: Path) -> bool:
    try:
        return not path.exists()
    except OSError:
        return False


def _is_folder(path: Path) -> bool:
    """Whether it is a folder; what may not be looked at is none.

    Whoever reads it as a file is told that there is no permission.
    """
    try:
        return path.is_dir()
    except OSError:
        return False
