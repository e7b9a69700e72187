"""Images out of archives, which lie in the library's own folder.

::

    <library>/imported/
      .<archive>-<hash>.<machine>-<process id>-<number>.new/
                                    unpacked to be looked at, not added yet
      <archive>-<hash>.unpacked/    images that were added, as in the archive
      .unfinished                   an import is under way, or was killed
    .<library>-imported/            the same while there is no library yet

Whatever is called otherwise is the user's.
What an import that was killed has left goes when the library is opened to be changed
the next time, or with `sweep_beside`; what was removed goes with compaction.
"""

import contextlib
import itertools
import logging
import os
import platform
import re
import shutil
import time
import unicodedata
import zlib
from collections.abc import Iterator
from pathlib import Path

import psutil

from cbmir_gui.core.durability import make_folder, sync_folder
from cbmir_gui.library.catalogue_features import FeatureCatalogue

IMPORTED = "imported"
HOME_SUFFIX = ".unpacked"
_STAGING_SUFFIX = ".new"
_UNFINISHED = ".unfinished"
_LEFT_ALONE_S = 24 * 60 * 60
_HOME = re.compile(r".+-[0-9a-f]{8}\.unpacked")
_STAGING = re.compile(r"\.(.+-[0-9a-f]{8})\.([0-9a-f]{8})-([0-9]{1,9})-[0-9]{1,9}\.new")
_NUMBERS = itertools.count(1)
_SEPARATOR = re.compile(r"[/\\]")
_LOGGER = logging.getLogger(__name__)


def begin_import(library: Path) -> None:
    """Note that files are moved here which no commit names yet.

    The caller holds the library's lock until `end_import`.

    Raises
    ------
    OSError
        It cannot be written.
    """
    place = library / IMPORTED
    make_folder(place, mode=0o700)
    (place / _UNFINISHED).touch(mode=0o600)
    sync_folder(place)


def end_import(library: Path) -> None:
    """Note that all files are named, or deleted."""
    with contextlib.suppress(OSError):  # then they are looked through once more
        (library / IMPORTED / _UNFINISHED).unlink()


def is_import_unfinished(place: Path) -> bool:
    """Tell whether files here may go: an import has not named them yet."""
    return (place / _UNFINISHED).exists()


def place_beside(library: Path) -> Path:
    """Return where archives are unpacked to while there is no library."""
    return library.with_name(f".{library.name}-{IMPORTED}")


def sweep_unfinished(catalogue: FeatureCatalogue) -> None:
    """Delete what imports have left that were killed; the caller holds the lock."""
    place = catalogue.folder / IMPORTED
    sweep_staging(place)
    _sweep_place_beside(place_beside(catalogue.folder))
    if is_import_unfinished(place) and sweep_unnamed(catalogue):
        end_import(catalogue.folder)


def staging_folder(place: Path, name: str) -> Path:
    """Return where this process unpacks an archive: another folder at each call."""
    owner = f"{_machine()}-{os.getpid()}"
    names = (f".{name}.{owner}-{number}{_STAGING_SUFFIX}" for number in _NUMBERS)
    # A process with the same id may have left some.
    return next(place / name for name in names if not (place / name).exists())


def home_of(staging: Path, place: Path) -> Path:
    """Return where the images go that were unpacked into a staging folder."""
    match = _STAGING.fullmatch(staging.name)
    if match is None:
        raise ValueError(f"'{staging.name}' is no folder of an unpacked archive")
    return place / f"{match[1]}{HOME_SUFFIX}"


def sweep_staging(place: Path) -> bool:
    """Delete what processes have unpacked here that are no more; tell if any had."""
    folders = _left_staging(place)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    return bool(folders)


def _left_staging(place: Path) -> list[Path]:
    """Return the folders of processes that are no more.

    Another machine's processes cannot be known on a share, nor another container's:
    theirs counts when it has been left alone for long. A link could lead to folders of
    others.
    """
    if place.is_symlink():
        return []
    return [
        folder
        for folder in _listed(place, f".*{_STAGING_SUFFIX}")
        if is_staging(folder) and not _is_in_use(folder)
    ]


def _listed(place: Path, pattern: str) -> list[Path]:
    """Return what is in a folder; nothing if it cannot be listed, or is gone."""
    with contextlib.suppress(OSError):
        return sorted(place.glob(pattern))
    return []


def sweep_beside(folder: Path) -> None:
    """Delete what was unpacked for libraries of a folder that were never made."""
    for place in _listed(folder, f".*-{IMPORTED}"):
        if not place.is_symlink():
            _sweep_place_beside(place)


def _sweep_place_beside(place: Path) -> None:
    if sweep_staging(place):  # an empty folder may be the user's
        with contextlib.suppress(OSError):  # it is in use, or holds something else
            place.rmdir()


def _is_in_use(folder: Path) -> bool:
    owner = folder.name.removesuffix(_STAGING_SUFFIX).rpartition(".")[2]
    machine, process, _ = owner.split("-")
    if machine == _machine():
        return psutil.pid_exists(int(process))
    try:
        return time.time() - folder.stat().st_mtime < _LEFT_ALONE_S
    except FileNotFoundError:
        return False
    except OSError:  # a share that does not answer now says nothing of its age
        return True


def _machine() -> str:
    """Return a short name of this machine that gives nothing away.

    Process ids say nothing of a container, or after a start of the machine: hosts
    share names, and each start and each container counts from the beginning.
    """
    parts = [platform.node()]
    with contextlib.suppress(OSError):  # no Linux
        parts.append(str(Path("/proc/self/ns/pid").readlink()))
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text())
    return f"{zlib.crc32(' '.join(parts).encode()):08x}"


def is_staging(folder: Path) -> bool:
    """Tell by its name whether a folder holds what was unpacked to be looked at."""
    return _STAGING.fullmatch(folder.name) is not None


def sweep_unnamed(catalogue: FeatureCatalogue) -> bool:
    """Delete images out of archives that no record names.

    The caller holds the library's lock: an import that is under way has files here
    which it has not named yet.

    Returns
    -------
    bool
        False: they were left alone, because the catalogue is damaged.
    """
    paths = _unnamed(catalogue)
    if paths and catalogue.self_check():
        _LOGGER.warning("Left images of archives alone: the catalogue is damaged.")
        return False
    num_swept = 0
    for path in paths:
        try:
            path.unlink()
            num_swept += 1
        except OSError as error:
            _LOGGER.warning("An image could not be deleted: %s", error.strerror)
        remove_empty_folders(path, catalogue.folder)
    if num_swept:
        _LOGGER.info("Swept %d images of archives that no record names.", num_swept)
    return True


def left_overs(catalogue: FeatureCatalogue) -> list[Path]:
    """Return what killed processes have unpacked, and images that no record names."""
    return [*_left_staging(catalogue.folder / IMPORTED), *_unnamed(catalogue)]


def _unnamed(catalogue: FeatureCatalogue) -> list[Path]:
    """Return the images out of archives that no record names; the trash names its."""
    place = catalogue.folder / IMPORTED
    files = sorted(_files(place))
    if not files or catalogue.has_images_without_path():
        return []  # a catalogue that has lost paths does not know what it needs
    named = set(_named(catalogue))
    return [path for path in files if _key(str(path.relative_to(place))) not in named]


def remove_empty_folders(path: Path, library: Path) -> None:
    """Remove the folders of a file that was deleted, as far as nothing is in them."""
    root = library / IMPORTED
    for folder in path.parents:
        if folder == root or not folder.is_relative_to(root):
            break
        try:
            folder.rmdir()
        except OSError:  # it is not empty
            break


def _files(place: Path) -> Iterator[Path]:
    """Yield the files of archives; a link could lead to files of others."""
    if place.is_symlink():
        return
    for home in _listed(place, f"*{HOME_SUFFIX}"):
        if _HOME.fullmatch(home.name) and not home.is_symlink():
            for folder, _, names in os.walk(home):
                yield from (Path(folder, name) for name in names)


def _named(catalogue: FeatureCatalogue) -> Iterator[str]:
    """Yield what follows ``imported/`` in a path: the library may have been moved."""
    for path in catalogue.paths_with(IMPORTED):
        parts = _SEPARATOR.split(path)
        for index, part in enumerate(parts, 1):
            if part == IMPORTED:
                yield _key("/".join(parts[index:]))


def _key(path: str) -> str:
    """Return what two spellings of a name have in common, wherever they are equal."""
    return unicodedata.normalize("NFC", path.replace("\\", "/")).casefold()
