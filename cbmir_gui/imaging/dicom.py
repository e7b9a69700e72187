"""DICOM files: what they say, and one frame as a radiologist expects to see it."""

from dataclasses import dataclass

import numpy as np
from pydicom.uid import (
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from cbmir_gui.core.errors import DamagedImageError, UnsupportedImageError
from cbmir_gui.core.records import MIDDLE_FRAME, DecodedImage, ImageArray
from cbmir_gui.imaging.color import is_color, to_rgb
from cbmir_gui.imaging.content import FileBytes
from cbmir_gui.imaging.dicom_encapsulated import encapsulated_frame
from cbmir_gui.imaging.dicom_errors import translated_errors
from cbmir_gui.imaging.dicom_file import UNDEFINED_LENGTH, DicomFile, parse_dicom
from cbmir_gui.imaging.dicom_header import (
    EXPORT_AGAIN,
    ImageHeader,
    read_header,
    read_info,
)
from cbmir_gui.imaging.dicom_native import StoredArray, native_frame
from cbmir_gui.imaging.frames import choose_frame
from cbmir_gui.imaging.grayscale import (
    read_modality,
    read_padding,
    read_voi,
    shown_dark_on_light,
    to_levels,
    value_range,
)
from cbmir_gui.imaging.palette import PaletteError, apply_palette
from cbmir_gui.imaging.voi import (
    LookupTable,
    Values,
    Window,
    apply_range,
    apply_table,
    apply_window,
    parse_window,
)

_NATIVE = frozenset(
    {ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian}
)
_GRAY = frozenset({"MONOCHROME1", "MONOCHROME2"})


def read_dicom(
    data: FileBytes,
    file_name: str,
    frame: int = MIDDLE_FRAME,
    window: str = "first",
    as_stored: bool = False,
) -> DecodedImage:
    """Decode one frame; `info` lacks the image_id.

    Parameters and errors are those of `imaging.reader.read_image`.
    """
    chosen = parse_window(window)
    look = _GrayLook(chosen, window == "minmax", as_stored)
    with translated_errors(file_name):
        return _read_frame(data, file_name, frame, look)


@dataclass(frozen=True, slots=True)
class _GrayLook:
    """What the caller wants of gray values."""

    window: Window | None
    minmax: bool
    as_stored: bool


def _read_frame(
    data: FileBytes, name: str, frame: int, look: _GrayLook
) -> DecodedImage:
    file = parse_dicom(data, name)
    header = read_header(file, name)
    frame = choose_frame(name, frame, header.num_frames)
    info = read_info(file, header, name, frame)
    stored, header = _stored_frame(file, header, frame - 1, name)
    if header.photometric in _GRAY:
        pixels = _shown_gray(file, header, stored, frame - 1, look)
    elif header.photometric == "PALETTE COLOR":
        pixels = _shown_palette(file, header, stored, name)
    elif is_color(header.photometric):
        pixels = to_rgb(stored, header.bits.stored, header.photometric)
    else:
        raise UnsupportedImageError(
            name,
            f"its colours are of the kind '{header.photometric[:16]}'",
            "Export it as MONOCHROME2 or RGB.",
        )
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


def _shown_gray(
    file: DicomFile,
    header: ImageHeader,
    stored: StoredArray,
    index: int,
    look: _GrayLook,
) -> ImageArray:
    """Modality, VOI, then inversion where low values are white (PS3.4 N.2)."""
    signed, little = header.bits.signed, file.little_endian
    modality = read_modality(file.ds, index, signed, little)
    voi: Window | LookupTable | None = look.window
    if voi is None and not look.minmax:
        voi = read_voi(file.ds, index, signed, little)
    if voi is None:
        # Asked for, the whole range is shown; as a stand-in, the range of the image.
        padding = None if look.minmax else read_padding(file.ds, header.bits)
        low, high = value_range(stored, modality, padding)
    # A falling table of the file already shows them dark on light.
    falls = isinstance(voi, LookupTable) and voi.entries[0] > voi.entries[-1]
    inverted = header.photometric == "MONOCHROME1" or (
        not (look.as_stored or falls) and shown_dark_on_light(file.ds)
    )

    def to_display(values: Values) -> Values:
        values = modality.apply(values)
        if isinstance(voi, Window):
            display = apply_window(values, voi)
        elif isinstance(voi, LookupTable):
            display = apply_table(values, voi) / (2**voi.bits - 1)
        else:
            display = apply_range(values, low, high)
        return 1.0 - display if inverted else display

    return to_levels(stored, to_display)


def _shown_palette(
    file: DicomFile, header: ImageHeader, stored: StoredArray, name: str
) -> ImageArray:
    try:
        return apply_palette(stored, file.ds, header.bits.signed, file.little_endian)
    except PaletteError as error:
        raise DamagedImageError(name, str(error), EXPORT_AGAIN) from error
