"""Unpack archives to be looked at, and move what is added to where it stays.

A hit must be opened years later, so nothing of a library may lie in a temporary
folder: see `library.imported`. A home is named by a hash of the archive's content: the
same archive, added again, finds its files where they are.
"""

import contextlib
import os
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cbmir_gui.core.durability import make_folder, storage_errors
from cbmir_gui.core.errors import DataError
from cbmir_gui.core.paths import libraries_dir, unpacked_dir
from cbmir_gui.core.progress import Progress, no_progress
from cbmir_gui.core.records import ImageSource
from cbmir_gui.library.imported import (
    HOME_SUFFIX,
    IMPORTED,
    begin_import,
    home_of,
    is_import_unfinished,
    is_staging,
    remove_empty_folders,
    staging_folder,
    sweep_beside,
    sweep_staging,
)
from cbmir_gui.sources.archives import list_archive, unpack
from cbmir_gui.sources.folders import OnFailed

_MAX_STEM = 60
_HASH_DIGITS = 8


@dataclass(frozen=True, slots=True)
class Staged:
    """An unpacked archive."""

    folder: Path
    """Holds what was unpacked now."""
    home: Path
    """Holds what was added before."""
    files: tuple[Path, ...]
    """In the order of the archive; some may be in the library already."""


def stage(
    archive: Path,
    place: Path,
    on_failed: OnFailed,
    progress: Progress = no_progress,
) -> Staged:
    """Unpack an archive, to be looked at; cancelled or failed, it leaves nothing.

    Parameters
    ----------
    place
        `IMPORTED` of a library, or where it is only looked at.
    on_failed
        Told about members that cannot be had.

    Raises
    ------
    DataError
        It is no archive, or beyond a limit.
    StorageError
        The disk is full, or `place` cannot be written to.
    """
    progress(0, 0, f"Reading {archive.name}")
    listing = list_archive(archive, place, on_failed)
    name = f"{_stem(archive)}-{listing.fingerprint[:_HASH_DIGITS]}"
    with storage_errors(f"The content of '{archive.name}'"):
        make_folder(place, mode=0o700)
        sweep_staging(place)
        folder = staging_folder(place, name)
    home = place / f"{name}{HOME_SUFFIX}"
    # Files that an import has not named yet may be gone in a moment.
    is_sure = not is_import_unfinished(place)
    kept = {
        member: home.joinpath(*member.parts)
        for member in listing.members
        if is_sure and _is_there(home.joinpath(*member.parts), member.info.file_size)
    }
    wanted = tuple(member for member in listing.members if member not in kept)
    try:
        written = set(unpack(archive, wanted, folder, on_failed, progress))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    there = written | set(kept.values())
    files = (
        kept.get(member, folder.joinpath(*member.parts)) for member in listing.members
    )
    return Staged(folder, home, tuple(file for file in files if file in there))


def sweep_left_overs() -> None:
    """Delete what was unpacked by processes that are no more, and never added.

    In a library itself that is done when it is opened to be changed.
    """
    sweep_staging(unpacked_dir())
    sweep_beside(libraries_dir())


def claim(
    staged: Sequence[str], sources: Sequence[ImageSource], library: Path
) -> list[ImageSource]:
    """Move what is to be added to where it stays; the rest is deleted.

    The caller holds the library's lock, and calls `end_import` when all is added.

    Returns
    -------
    list of ImageSource
        `sources` with the paths that their files have now.

    Raises
    ------
    DataError
        Files that were unpacked are not there any more; nothing was moved.
    StorageError
        The disk is full, or the library cannot be written to.
    """
    homes = {
        folder: home_of(folder, library / IMPORTED) for folder in map(Path, staged)
    }
    if not homes:
        return list(sources)
    moved: dict[str, str] = {}
    with storage_errors(f"The library '{library.name}'"):
        _require_unpacked({Path(source.path) for source in sources}, homes)
        begin_import(library)
        for source in sources:
            if source.path not in moved:
                moved[source.path] = str(_move(Path(source.path), homes))
        if hasattr(os, "sync"):  # one order for all files, where one may be given
            os.sync()
    discard(staged)
    return [replace(source, path=moved[source.path]) for source in sources]


def discard(staged: Iterable[str]) -> None:
    """Delete what was unpacked and is not wanted."""
    for folder in map(Path, staged):
        if is_staging(folder):
            shutil.rmtree(folder, ignore_errors=True)


def delete_files(paths: Iterable[Path], library: Path) -> None:
    """Delete files of archives that were not added after all, and empty folders."""
    for path in paths:
        with contextlib.suppress(OSError):
            path.unlink()
        remove_empty_folders(path, library)


def _require_unpacked(paths: set[Path], folders: Iterable[Path]) -> None:
    """Check that files are still there that were unpacked into one of the folders."""
    for folder in folders:
        for path in paths:
            if path.is_relative_to(folder) and not path.exists():
                raise DataError(
                    "The unpacked files are gone. Look at the archive again."
                )


def _move(path: Path, homes: dict[Path, Path]) -> Path:
    """Move a file out of its staging folder; one that is in none stays."""
    for folder, home in homes.items():
        if path.is_relative_to(folder):
            target = home / path.relative_to(folder)
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.move(path, target)
            return target
    return path


def _is_there(path: Path, size_bytes: int) -> bool:
    try:
        return path.is_file() and path.stat().st_size == size_bytes
    except OSError:
        return False


def _stem(archive: Path) -> str:
    """Return the archive's name as a folder may be called on every system."""
    letters = (letter if letter.isalnum() else "_" for letter in archive.stem)
    return "".join(letters)[:_MAX_STEM].strip("_") or "archive"
