"""One entrance for every file: its content decides which reader takes it."""

import hashlib
from dataclasses import replace
from pathlib import Path

from cbmir_gui.core.errors import UnsupportedImageError
from cbmir_gui.core.records import DecodedImage
from cbmir_gui.imaging.content import describe_other, file_format, read_file


def read_image(path: Path, frame: int = 1, window: str = "first") -> DecodedImage:
    """Read one frame of a file, as a radiologist expects to see it.

    Parameters
    ----------
    path : Path
        A DICOM, PNG, JPEG, TIFF, BMP or WebP file; the suffix does not matter.
    frame : int
        From 1.
    window : str
        For gray values of DICOM files: ``first`` VOI window or LUT (min-max of the
        frame where there is none), ``minmax``, or ``CENTER,WIDTH``.

    Raises
    ------
    ImageReadError
        One of its subclasses, which names the cause.
    """
    data = read_file(path)
    kind = file_format(data)
    if not kind:
        raise UnsupportedImageError(
            path.name,
            f"it is {describe_other(data)}",
            "Choose a DICOM, PNG, JPEG, TIFF, BMP or WebP image.",
        )
    if kind == "DICOM":
        # pydicom and OpenCV are loaded by the first file that needs them.
        from cbmir_gui.imaging.dicom import read_dicom

        image = read_dicom(data, path.name, frame, window)
    else:
        from cbmir_gui.imaging.raster import read_raster

        image = read_raster(data, path.name, kind, frame)
    image_id = f"{hashlib.sha256(data).hexdigest()}:{frame}"
    return replace(image, info=replace(image.info, image_id=image_id))
