"""List, make, describe, check, clean and change libraries."""

import logging
from collections.abc import Sequence
from pathlib import Path

from cbmir_gui.core.errors import CbmirError, LibraryError
from cbmir_gui.core.paths import libraries_dir
from cbmir_gui.core.progress import Progress, no_progress
from cbmir_gui.core.records import LibraryInfo
from cbmir_gui.library.catalogue_schema import CATALOGUE_FILE
from cbmir_gui.library.entries import Moved, Removal
from cbmir_gui.library.library import Library
from cbmir_gui.services.staging import sweep_left_overs
from cbmir_gui.sources.class_names import class_name_problem

_LOGGER = logging.getLogger(__name__)


def list_libraries() -> tuple[LibraryInfo, ...]:
    """Describe the libraries that have a plain name; damaged ones are left out.

    What killed imports have left beside them is deleted.
    """
    sweep_left_overs()
    found = []
    for catalogue in sorted(libraries_dir().glob(f"*/{CATALOGUE_FILE}")):
        try:
            found.append(library_info(catalogue.parent))
        except CbmirError as error:
            _LOGGER.warning("A library is left out: %s", error)
    return tuple(found)


def create_library(folder: Path, name: str = "") -> LibraryInfo:
    """Make an empty library.

    Raises
    ------
    LibraryExistsError
        There is something in the folder.
    StorageError
        It cannot be written.
    """
    with Library.create(folder, name) as library:
        return library.info()


def library_info(folder: Path) -> LibraryInfo:
    """Describe a library.

    Raises
    ------
    LibraryError
        It cannot be read.
    """
    with Library.open(folder, read_only=True) as library:
        return library.info()


def compact_library(folder: Path, progress: Progress = no_progress) -> None:
    """Drop what was removed, for good; removals cannot be undone any more.

    Raises
    ------
    LibraryBusyError, LibraryDamagedError, StorageError
        The features of each extractor are compacted, or as they were.
    """
    with Library.open(folder) as library:
        library.compact(progress)


def relabel_images(
    folder: Path, image_ids: Sequence[str], class_name: str
) -> dict[str, str]:
    """Give images a class ("": none); return their former ones by image_id.

    Raises
    ------
    LibraryError, StorageError
        No class can have that name, or the library cannot be changed: nothing was.
    """
    problem = class_name_problem(class_name)
    if problem:
        raise LibraryError(f"No class can have a name {problem}. Choose another name.")
    with Library.open(folder) as library:
        return library.relabel(image_ids, class_name)


def remove_images(folder: Path, image_ids: Sequence[str]) -> Removal:
    """Remove images; their files are not touched.

    Raises
    ------
    LibraryBusyError, StorageError
        Nothing was changed.
    """
    with Library.open(folder) as library:
        return library.remove(image_ids)


def restore_images(folder: Path, undo: str) -> int:
    """Bring back what a removal took; return the number of images.

    Raises
    ------
    LibraryBusyError, StorageError
        Nothing was changed.
    """
    with Library.open(folder) as library:
        return library.restore(undo)


def move_images(folder: Path, old_root: Path, new_root: Path) -> Moved:
    """Tell a library that a folder of images was moved.

    Raises
    ------
    LibraryError
        The new folder is not there, or the library has no file below the old one.
    LibraryBusyError, StorageError
        Nothing was changed.
    """
    if not new_root.is_dir():
        raise LibraryError(
            f"There is no folder '{new_root.name}' that the images could be in now. "
            f"Check its path, and that its disk is there."
        )
    with Library.open(folder) as library:
        moved = library.move_paths(old_root, new_root)
        if not moved.num_moved and not moved.num_kept:
            raise LibraryError(
                f"The library '{library.catalogue.name}' has no file below "
                f"'{old_root.name}'. Give the folder as it was when the images were "
                f"added; 'cbmir library export' lists all paths."
            )
    return moved
