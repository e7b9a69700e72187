"""What must be true before a library is made or extended."""

from collections.abc import Sequence
from pathlib import Path

from cbmir_gui.core.errors import LibraryError, LibraryExistsError, NotALibraryError
from cbmir_gui.library.catalogue_schema import UNFINISHED
from cbmir_gui.library.locking import LOCK_FILE


def require_empty(folder: Path) -> None:
    """Check that a library can be made in a folder.

    Raises
    ------
    NotALibraryError, LibraryExistsError
    """
    try:
        names = [path.name for path in folder.iterdir()] if folder.exists() else []
    except OSError as error:
        raise NotALibraryError(folder.name, "it is not a folder") from error
    # What an interrupted `create` leaves behind does not count.
    if any(
        not name.startswith(LOCK_FILE) and not UNFINISHED.fullmatch(name)
        for name in names
    ):
        raise LibraryExistsError(folder.name)


def require_distinct(image_ids: Sequence[str]) -> None:
    """Check that no image is there twice.

    Raises
    ------
    LibraryError
    """
    if len(set(image_ids)) != len(image_ids):
        raise LibraryError(
            f"Expected {len(image_ids)} different images, received "
            f"{len(set(image_ids))}. Add each image once."
        )
