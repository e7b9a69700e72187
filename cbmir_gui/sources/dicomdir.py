"""The files of a DICOM medium, as its DICOMDIR names them; none outside its folder."""

import os
from collections.abc import Iterable
from pathlib import Path

from cbmir_gui.core.records import FailedFile
from cbmir_gui.sources.folders import OnFailed

DICOMDIR = "DICOMDIR"
_NEVER_IN_NAMES = frozenset("/\\:\0")


def is_dicomdir(path: Path) -> bool:
    """Tell by its name whether a file is the table of contents of a medium."""
    return path.name.upper() == DICOMDIR


def resolve_references(
    dicomdir: Path, file_ids: Iterable[tuple[str, ...]], on_failed: OnFailed
) -> list[Path]:
    """Return the named files that are there, each once.

    Letters count as equal in both cases where there is no exact match: media are read
    on systems that change them (PS3.10 8.5).

    Parameters
    ----------
    file_ids
        Components of each file's name below the folder of `dicomdir`.
    on_failed
        Told about files that are missing, and names that lead out of the folder.
    """
    root = dicomdir.absolute().parent
    names = _Names()
    found: dict[Path, None] = {}
    for parts in file_ids:
        shown = str(root.joinpath(*(_shown(part) for part in parts)))
        if not all(map(_is_plain, parts)):
            on_failed(FailedFile(shown, "the DICOMDIR names it outside its folder"))
            continue
        path = names.find(root, parts)
        if path is None:
            on_failed(FailedFile(shown, "the DICOMDIR names it, but it is not there"))
        elif not path.resolve().is_relative_to(root.resolve()):
            on_failed(FailedFile(shown, "it is a link that leads out of the folder"))
        else:
            found[path] = None
    return list(found)


class _Names:
    """The names in folders, each folder read once."""

    def __init__(self) -> None:
        self._folders: dict[Path, dict[str, str]] = {}

    def find(self, root: Path, parts: tuple[str, ...]) -> Path | None:
        """Return the file of these components; None if it is not there."""
        path = root
        for part in parts:
            by_name = self._listed(path)
            name = by_name.get(part) or by_name.get(part.casefold())
            if name is None:
                return None
            path /= name
        return path if path.is_file() else None

    def _listed(self, folder: Path) -> dict[str, str]:
        if folder not in self._folders:
            try:
                names = sorted(os.listdir(folder))  # noqa: PTH208 - names are wanted
            except OSError:
                names = []
            # Exact names come last, so that they win over others' small letters.
            folded = {name.casefold().removesuffix(";1"): name for name in names}
            self._folders[folder] = folded | {name: name for name in names}
        return self._folders[folder]


def _is_plain(part: str) -> bool:
    is_dots = part.strip(". ") == ""
    return not is_dots and not _NEVER_IN_NAMES & set(part)


def _shown(part: str) -> str:
    """Return a component as the last one of a path, whatever it is."""
    return "".join("_" if letter in _NEVER_IN_NAMES else letter for letter in part)
