"""Pictures from the clipboard, kept as files as long as the window is open."""

from PySide6.QtCore import QTemporaryDir
from PySide6.QtGui import QImage

_UNCOMPRESSED = 100


class PastedPictures:
    """Write pictures to files of a folder that goes with the object."""

    def __init__(self) -> None:
        self._folder: QTemporaryDir | None = None
        self._num_pasted = 0

    def keep(self, image: QImage) -> str:
        """Return the path of the picture; empty if it could not be written."""
        if self._folder is None:
            self._folder = QTemporaryDir()
        self._num_pasted += 1
        path = self._folder.filePath(f"pasted-{self._num_pasted}.png")
        # Compression would take longer than the window may stand still.
        return path if image.save(path, quality=_UNCOMPRESSED) else ""
