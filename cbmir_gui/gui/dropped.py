"""What was dropped on the window or lies in the clipboard."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QImage

from cbmir_gui.core.archive_files import is_archive

_TABLE_SUFFIX = ".csv"
_DICOM_INDEX = "DICOMDIR"
"""Name of the list of a DICOM medium (PS3.10 8.6)."""


def local_paths(data: QMimeData) -> tuple[str, ...]:
    """Return the files and folders in `data`."""
    paths = [url.toLocalFile() for url in data.urls() if url.isLocalFile()]
    if not paths and data.hasText():
        # Some file managers copy a path as plain text.
        text = data.text().strip().strip("'\"")
        if "\n" not in text and Path(text).is_absolute() and Path(text).exists():
            paths = [text]
    return tuple(paths)


def image_in(data: QMimeData) -> QImage:
    """Return the picture in `data`; null if there is none."""
    value = data.imageData() if data.hasImage() else None
    return value if isinstance(value, QImage) else QImage()


def is_welcome(data: QMimeData) -> bool:
    """Return whether `data` can be dropped or pasted, without fetching it."""
    return data.hasImage() or any(url.isLocalFile() for url in data.urls())


def is_single_image(paths: Sequence[str]) -> bool:
    """Return whether `paths` is one file that may be an image."""
    if len(paths) != 1 or _holds_images(Path(paths[0])):
        return False
    return Path(paths[0]).suffix.lower() != _TABLE_SUFFIX


def has_folder(paths: Sequence[str]) -> bool:
    """Return whether there is a folder among `paths`."""
    return any(Path(path).is_dir() for path in paths)


def deserve_look(paths: Sequence[str]) -> bool:
    """Return whether what is in `paths` should be known before it is added.

    A table names its images itself.
    """
    return not any(Path(path).suffix.lower() == _TABLE_SUFFIX for path in paths)


def _holds_images(path: Path) -> bool:
    """Return whether it is a folder, an archive, or the list of a DICOM medium."""
    is_list = path.name.upper() == _DICOM_INDEX
    return is_list or path.is_dir() or is_archive(path)


def first_image(paths: Sequence[str]) -> str:
    """Return the first file that may be an image, or nothing."""
    return next((path for path in paths if is_single_image([path])), "")
