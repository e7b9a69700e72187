"""DICOM files: what they say, and one frame as a radiologist expects to see it."""

from dataclasses import dataclass, replace

import numpy as np
from pydicom.uid import (
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from cbmir_gui.core.errors import DamagedImageError, UnsupportedImageError
from cbmir_gui.core.records import (
    MIDDLE_FRAME,
    DecodedImage,
    DisplayInfo,
    ImageArray,
)
from cbmir_gui.imaging.color import is_color, to_rgb
from cbmir_gui.imaging.content import FileBytes
from cbmir_gui.imaging.dicom_encapsulated import encapsulated_frame
from cbmir_gui.imaging.dicom_errors import translated_errors
from cbmir_gui.imaging.dicom_file import UNDEFINED_LENGTH, DicomFile
from cbmir_gui.imaging.dicom_gray import GRAY, GrayDisplay
from cbmir_gui.imaging.dicom_header import (
    EXPORT_AGAIN,
    ImageHeader,
    SampleBits,
    read_header,
    read_info,
)
from cbmir_gui.imaging.dicom_native import StoredArray, native_frame
from cbmir_gui.imaging.frames import choose_frame
from cbmir_gui.imaging.last_dicom import parse_once
from cbmir_gui.imaging.overlays import OverlayPlane, paint_overlays, read_overlays
from cbmir_gui.imaging.palette import PaletteError, apply_palette
from cbmir_gui.imaging.pixel_aspect import read_pixel_aspect, with_square_pixels
from cbmir_gui.imaging.voi import GrayLook, parse_look

_NATIVE = frozenset(
    {ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian}
)


@dataclass(frozen=True, slots=True)
class _Look:
    """How the caller wants to see a frame."""

    gray: GrayLook
    as_stored: bool
    overlays: bool


def read_dicom(
    data: FileBytes,
    file_name: str,
    frame: int = MIDDLE_FRAME,
    window: str = "first",
    as_stored: bool = False,
    overlays: bool = False,
    digest: str = "",
) -> DecodedImage:
    """Decode one frame; `info` lacks the image_id.

    Parameters and errors are those of `imaging.reader.read_image`; `digest` is that of
    `last_dicom.parse_once`.
    """
    look = _Look(parse_look(window), as_stored, overlays)
    with translated_errors(file_name):
        file = parse_once(data, digest, file_name)
        return _read_frame(file, file_name, frame, look)


def _read_frame(file: DicomFile, name: str, frame: int, look: _Look) -> DecodedImage:
    header = read_header(file, name)
    frame = choose_frame(name, frame, header.num_frames)
    index = frame - 1
    planes = read_overlays(file.ds, header, index, file.little_endian)
    aspect = read_pixel_aspect(file.ds, index)
    stored, shown = _stored_frame(file, header, index, name)
    is_gray = shown.photometric in GRAY
    display = DisplayInfo(
        num_overlays=len(planes), pixel_aspect=aspect, is_color=not is_gray
    )
    if is_gray:
        gray = GrayDisplay.read(file, shown, index)
        display = replace(display, gray_choices=gray.choices)
        pixels = gray.show(stored, look.gray, look.as_stored, name)
    elif shown.photometric == "PALETTE COLOR":
        pixels = _shown_palette(file, shown, stored, name)
    elif is_color(shown.photometric):
        pixels = to_rgb(stored, shown.bits.stored, shown.photometric)
    else:
        raise UnsupportedImageError(
            name,
            f"its colours are of the kind '{shown.photometric[:16]}'",
            "Export it as MONOCHROME2 or RGB.",
        )
    if look.overlays and planes:
        words = _whole_words(file, header, index, name, planes)
        pixels = paint_overlays(pixels, planes, words)
    if not look.as_stored:
        pixels = with_square_pixels(pixels, aspect)
    info = replace(read_info(file, shown, name, frame), display=display)
    return DecodedImage(np.ascontiguousarray(pixels), info)


def _stored_frame(
    file: DicomFile, header: ImageHeader, index: int, name: str
) -> tuple[StoredArray, ImageHeader]:
    pixels = file.pixels
    assert pixels is not None  # read_header has checked it
    in_fragments = pixels.length == UNDEFINED_LENGTH
    if (file.transfer_syntax in _NATIVE) == in_fragments:
        declared = "uncompressed" if in_fragments else "compressed"
        raise DamagedImageError(
            name, f"its pixel data are not {declared} as it says", EXPORT_AGAIN
        )
    if in_fragments:
        return encapsulated_frame(file, pixels, header, index, name)
    return native_frame(file, pixels, header, index, name), header


def _whole_words(
    file: DicomFile,
    header: ImageHeader,
    index: int,
    name: str,
    planes: list[OverlayPlane],
) -> StoredArray | None:
    """Return the pixel data with their unused bits, if a plane stands in these."""
    if all(plane.data for plane in planes):
        return None
    allocated = header.bits.allocated
    bits = SampleBits(allocated, allocated, allocated - 1, signed=False)
    words, _ = _stored_frame(file, replace(header, bits=bits), index, name)
    return words


def _shown_palette(
    file: DicomFile, header: ImageHeader, stored: StoredArray, name: str
) -> ImageArray:
    try:
        return apply_palette(stored, file.ds, header.bits.signed, file.little_endian)
    except PaletteError as error:
        raise DamagedImageError(name, str(error), EXPORT_AGAIN) from error
