"""Find the files of a library's images again by what they hold, wherever they are."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from cbmir_gui.core.progress import Progress
from cbmir_gui.library.entries import FileState, KnownFile
from cbmir_gui.sources.folders import find_files


def find_moved_files(
    moved: Sequence[KnownFile], folder: Path, progress: Progress
) -> list[tuple[str, FileState]]:
    """Look for files by size, then by content.

    Parameters
    ----------
    moved
        Images, each with a file that is not where it was.
    folder
        Searched with all folders in it.

    Returns
    -------
    list of (str, FileState)
        The path where a file was, and where it is now.

    Raises
    ------
    Cancelled
        `progress` asked to stop.
    """
    # A file may hold several images: frames of one content.
    former = {known.file.path: known for known in moved}
    wanted = {_content(known): path for path, known in former.items()}
    sizes = {known.file.size_bytes for known in moved}
    found: list[tuple[str, FileState]] = []
    for file in find_files([folder], lambda _: None):
        progress(len(found), len(former), "looking for the images")
        state = _state_of(file)
        if state is None or state.size_bytes not in sizes:
            continue
        path = wanted.pop(_hash(file), None)
        if path is not None:
            found.append((path, state))
    return found


def _content(known: KnownFile) -> str:
    return known.image_id.rpartition(":")[0]


def _state_of(file: Path) -> FileState | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return FileState(str(file.absolute()), status.st_size, status.st_mtime_ns)


def _hash(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""
