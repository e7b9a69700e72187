"""One entrance for every file: its content decides which reader takes it."""

from dataclasses import replace
from pathlib import Path

from cbmir_gui.core.errors import DamagedImageError, UnsupportedImageError
from cbmir_gui.core.records import MIDDLE_FRAME, DecodedImage
from cbmir_gui.imaging.content import (
    FileBytes,
    describe_other,
    file_format,
)
from cbmir_gui.imaging.digest import read_with_digest

PIXELS_VERSION = 2
"""Raise it when some file is decoded, stretched or fitted into a square otherwise.

Every extractor key ends in it: features made of other pixels answer no query. From 2 on
pixels that are not square are stretched.
"""


def read_image(
    path: Path,
    frame: int = MIDDLE_FRAME,
    window: str = "first",
    as_stored: bool = False,
    overlays: bool = False,
) -> DecodedImage:
    """Read one frame of a file, as a radiologist expects to see it.

    Parameters
    ----------
    path : Path
        A DICOM, PNG, JPEG, TIFF, BMP or WebP file; the suffix does not matter.
    frame : int
        From 1, or `MIDDLE_FRAME`: the middle one, or the first where that is damaged.
        `info.frame` says which one was read.
    window : str
        For gray values of DICOM files: ``first`` VOI window or LUT (min-max of the
        frame where there is none), ``minmax``, ``voi:N`` for the N-th window or LUT of
        the file, or ``CENTER,WIDTH``.
    as_stored : bool
        Every pixel of the file as one pixel, PET and planar scintigrams light on dark.
        Otherwise DICOM pixels that are not square are stretched, and those are dark on
        light, as they are read.
    overlays : bool
        Paint the overlay planes of DICOM files over the image, in colour.

    Raises
    ------
    ImageReadError
        One of its subclasses, which names the cause.
    """
    data, digest = read_with_digest(path)
    kind = file_format(data)
    look = (window, as_stored, overlays)
    if not kind:
        raise UnsupportedImageError(
            path.name,
            f"it is {describe_other(data)}",
            "Choose a DICOM, PNG, JPEG, TIFF, BMP or WebP image.",
        )
    try:
        image = _read_frame(data, digest, path.name, kind, frame, look)
    except DamagedImageError as error:
        if frame != MIDDLE_FRAME:
            raise
        try:
            image = _read_frame(data, digest, path.name, kind, 1, look)
        except DamagedImageError:
            raise error from None
    image_id = f"{digest}:{image.info.frame}"
    return replace(image, info=replace(image.info, image_id=image_id))


def _read_frame(
    data: FileBytes,
    digest: str,
    file_name: str,
    kind: str,
    frame: int,
    look: tuple[str, bool, bool],
) -> DecodedImage:
    if kind == "DICOM":
        # pydicom and OpenCV are loaded by the first file that needs them.
        from cbmir_gui.imaging.dicom import read_dicom

        return read_dicom(data, file_name, frame, *look, digest=digest)
    from cbmir_gui.imaging.raster import read_raster

    return read_raster(data, file_name, kind, frame)
