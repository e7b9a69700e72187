"""What a raster file announces of one frame, before it is decoded."""

from dataclasses import dataclass

from cbmir_gui.core.errors import DamagedImageError

COPY_AGAIN = "Copy or download it again."


@dataclass(frozen=True, slots=True)
class RasterHeader:
    """One frame of a raster file."""

    width: int
    height: int
    frame: int = 1
    """From 1."""
    num_frames: int = 1
    has_alpha: bool = False
    """Transparency that the decoder hands over as a fourth channel."""
    orientation: int = 1
    """EXIF, 1 to 8; only where `has_alpha`, else the decoder applies it itself."""
    low_is_white: bool = False
    """TIFF WhiteIsZero with more than 8 bits, which the decoder does not invert."""


def cut_off(file_name: str) -> DamagedImageError:
    """Say that the file ends too early."""
    return DamagedImageError(file_name, "it is cut off", COPY_AGAIN)
