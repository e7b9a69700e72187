"""How large a file and a frame may be; checked from headers, before decoding."""

from cbmir_gui.core.errors import DamagedImageError, ImageTooLargeError

MAX_FILE_BYTES = 2**31
MAX_FRAME_PIXELS = 2**27
"""11,585 x 11,585: larger than any detector, small enough for the decoder's memory."""
LARGE_FRAME_PIXELS = 2**24
"""4,096 x 4,096: what is larger takes seconds, so its data must be worth it."""
MAX_PIXELS_PER_BYTE = 512
"""Of a large image; less of it shows nothing. (Lossy JPEG needs as much for an even
gray: one bit for each block of 64 pixels.)"""
MAX_CODED_SAMPLES = 10**8
"""In one compressed DICOM frame, e.g. 33 million pixels in three colours: codecs take
up to 8 bytes and 40 ns for a sample."""
MAX_JPEG_SAMPLES = 2 * 10**8
"""Lossy JPEG of 8 bits takes half of both."""
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


def check_frame_density(
    file_name: str, width: int, height: int, num_bytes: int
) -> None:
    """Refuse a large frame whose compressed data can hold next to nothing of it.

    Decoders fill with gray what a few bytes do not say, and take long for it.

    Raises
    ------
    DamagedImageError
        Fewer than one byte for `MAX_PIXELS_PER_BYTE` pixels of a large frame.
    """
    pixels = width * height
    if pixels > LARGE_FRAME_PIXELS and pixels > num_bytes * MAX_PIXELS_PER_BYTE:
        raise DamagedImageError(
            file_name,
            f"its header says {width:,} x {height:,} pixels, but there are only "
            f"{num_bytes:,} bytes for them",
            "Export the image again.",
        )


def check_samples(file_name: str, samples: int, most: int) -> None:
    """Refuse a compressed frame that its codec cannot decode in its limits.

    Raises
    ------
    ImageTooLargeError
        More than `most` samples (pixels times colours).
    """
    if samples > most:
        raise ImageTooLargeError(
            file_name,
            f"its compressed frames have {samples:,} samples, and at most {most:,} "
            f"are read",
            "Export it uncompressed or with fewer pixels.",
        )
