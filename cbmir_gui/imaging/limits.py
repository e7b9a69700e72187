"""How large a file and a frame may be; checked from headers, before decoding."""

from cbmir_gui.core.errors import DamagedImageError, ImageTooLargeError

MAX_FILE_BYTES = 2**31
MAX_FRAME_PIXELS = 2**27
"""11,585 x 11,585: larger than any detector, small enough for the decoder's memory."""
MAX_INFLATED_BYTES = 2**28
"""A deflated DICOM data set may hold 256 MiB; beyond that it is a bomb."""


def check_frame_size(file_name: str, width: int, height: int) -> None:
    """Refuse a frame that is empty or too large.

    Raises
    ------
    DamagedImageError
        A side is not positive.
    ImageTooLargeError
        More than `MAX_FRAME_PIXELS`.
    """
    if width <= 0 or height <= 0:
        raise DamagedImageError(
            file_name,
            f"its header says {width} x {height} pixels",
            "Export the image again.",
        )
    if width * height > MAX_FRAME_PIXELS:
        raise ImageTooLargeError(
            file_name,
            f"it has {width:,} x {height:,} pixels, and at most "
            f"{MAX_FRAME_PIXELS:,} pixels are read",
            "Export it with fewer pixels.",
        )
