"""The image that a search starts from."""

from dataclasses import dataclass, replace
from pathlib import Path

from cbmir_gui.core.records import MIDDLE_FRAME


@dataclass(frozen=True, slots=True)
class Query:
    """A file, or an image of the library itself."""

    path: str
    image_id: str = ""
    """Of the library; empty for a file."""
    frame: int = MIDDLE_FRAME
    is_pasted: bool = False
    """The file is a temporary one, made from the clipboard."""

    @property
    def name(self) -> str:
        """The last component of the path."""
        return Path(self.path).name

    def at_frame(self, frame: int) -> "Query":
        """Return the same file at another frame."""
        return replace(self, frame=frame, image_id="")
