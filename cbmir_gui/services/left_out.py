"""The list of the images that a training cannot use, in its run folder."""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from cbmir_gui.core.durability import storage_errors
from cbmir_gui.core.errors import DataError, UnusableImagesError
from cbmir_gui.core.records import LeftOutImage
from cbmir_gui.engine.run_folder import describe_left_out, write_left_out


def list_left_out(folder: Path, left_out: Sequence[LeftOutImage]) -> None:
    """Write the list of the run in `folder`; without any image there is none.

    Raises
    ------
    StorageError
    """
    with storage_errors("The run folder"):
        write_left_out(folder, left_out)


@contextlib.contextmanager
def listing_left_out(folder: Path) -> Iterator[None]:
    """Write the list also where too few images are left; the error names it then.

    Raises
    ------
    DataError
        In place of an `UnusableImagesError`.
    StorageError
    """
    try:
        yield
    except UnusableImagesError as error:
        list_left_out(folder, error.left_out)
        where = describe_left_out(folder, len(error.left_out))
        raise DataError(f"{error} {where}".rstrip()) from error
