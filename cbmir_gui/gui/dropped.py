"""What was dropped on the window or lies in the clipboard."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QImage

_TABLE_SUFFIX = ".csv"
_DICOM_INDEX = "DICOMDIR"
"""Name of the list of a DICOM medium; the images lie in its folder (PS3.10 8.6)."""


def local_paths(data: QMimeData) -> tuple[str, ...]:
    """Return the files and folders in `data`; for a DICOMDIR its folder."""
    paths = [url.toLocalFile() for url in data.urls() if url.isLocalFile()]
    if not paths and data.hasText():
        # Some file managers copy a path as plain text.
        text = data.text().strip().strip("'\"")
        if "\n" not in text and Path(text).is_absolute() and Path(text).exists():
            paths = [text]
    return tuple(
        str(Path(path).parent) if Path(path).name.upper() == _DICOM_INDEX else path
        for path in paths
    )


def image_in(data: QMimeData) -> QImage:
    """Return the picture in `data`; null if there is none."""
    value = data.imageData() if data.hasImage() else None
    return value if isinstance(value, QImage) else QImage()


def is_welcome(data: QMimeData) -> bool:
    """Return whether `data` can be dropped or pasted, without fetching it."""
    return data.hasImage() or any(url.isLocalFile() for url in data.urls())


def is_single_image(paths: Sequence[str]) -> bool:
    """Return whether `paths` is one file that may be an image."""
    return (
        len(paths) == 1
        and not Path(paths[0]).is_dir()
        and Path(paths[0]).suffix.lower() != _TABLE_SUFFIX
    )


def first_image(paths: Sequence[str]) -> str:
    """Return the first file that may be an image, or nothing."""
    return next((path for path in paths if is_single_image([path])), "")
