"""One frame of compressed DICOM pixel data, through pydicom's codec plugins."""

import struct
import zlib
from dataclasses import replace
from typing import Any

from pydicom.encaps import encapsulate, get_frame
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import (
    UID,
    JPEG2000TransferSyntaxes,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLSTransferSyntaxes,
    JPEGTransferSyntaxes,
    RLELossless,
)

from cbmir_gui.core.errors import DamagedImageError, UnsupportedImageError
from cbmir_gui.imaging.codestreams import (
    StreamSize,
    jpeg2000_size,
    jpeg_is_complete,
    jpeg_size,
)
from cbmir_gui.imaging.dicom_codes import syntax_name
from cbmir_gui.imaging.dicom_file import DicomFile, PixelElement, open_bytes
from cbmir_gui.imaging.dicom_header import EXPORT_AGAIN, ImageHeader, SampleBits
from cbmir_gui.imaging.dicom_native import StoredArray, native_samples
from cbmir_gui.imaging.dicom_values import raw_value
from cbmir_gui.imaging.jpeg12 import decode_12_bit_jpeg

_PROGRESSIVE = frozenset({"1.2.840.10008.1.2.4.53", "1.2.840.10008.1.2.4.55"})
"""Retired JPEG processes that the codec for JPEG Extended reads as well."""
_DEFLATED_FRAMES = "1.2.840.10008.1.2.8.1"
_ITEM = b"\xfe\xff\x00\xe0"


def encapsulated_frame(
    file: DicomFile, pixels: PixelElement, header: ImageHeader, index: int, name: str
) -> tuple[StoredArray, ImageHeader]:
    """Decode frame `index` (from 0).

    Returns
    -------
    stored, header
        The stored values, and the header with the photometric interpretation that
        the decoded values have.

    Raises
    ------
    UnsupportedImageError, DamagedImageError
        And whatever the codecs raise on damaged data; the caller translates it.
    """
    syntax = file.transfer_syntax
    if syntax == _DEFLATED_FRAMES:
        encoded = _encoded_frame(file, pixels, header, index, name)
        return _inflated(encoded, header, name), header
    if syntax in _PROGRESSIVE:
        syntax = JPEGExtended12Bit
    if not _is_known(syntax):
        raise UnsupportedImageError(
            name,
            f"its compression '{syntax_name(syntax)}' is not read",
            "Export it uncompressed or as JPEG 2000.",
        )
    encoded = _encoded_frame(file, pixels, header, index, name)
    size = _check_stream(encoded, syntax, header, name)
    if size is not None and size.is_lossy_jpeg:
        if size.bits > 8:
            return decode_12_bit_jpeg(encoded, size, header), header
        # Whatever JPEG process and depth the file declares.
        syntax = JPEGBaseline8Bit
        header = replace(header, bits=SampleBits(8, 8, 7, header.bits.signed))
    options: dict[str, Any] = {
        "rows": header.height,
        "columns": header.width,
        "samples_per_pixel": header.samples,
        "number_of_frames": 1,
        "bits_allocated": header.bits.allocated,
        "bits_stored": header.bits.stored,
        "pixel_representation": int(header.bits.signed),
        "planar_configuration": int(header.planar),
        "photometric_interpretation": header.photometric,
        "pixel_keyword": "PixelData",
    }
    stored, properties = get_decoder(syntax).as_array(
        encapsulate([encoded], has_bot=False),
        index=0,
        raw=True,
        decoding_plugin=_plugin(syntax),
        **options,
    )
    photometric = str(properties["photometric_interpretation"])
    return stored, replace(header, photometric=photometric)


def _is_known(syntax: UID) -> bool:
    try:
        get_decoder(syntax)
    except NotImplementedError:
        return False
    return True


def _encoded_frame(
    file: DicomFile, pixels: PixelElement, header: ImageHeader, index: int, name: str
) -> bytes:
    stream = open_bytes(file.data)
    stream.seek(pixels.offset)
    offsets = raw_value(file.ds, "ExtendedOffsetTable")
    lengths = raw_value(file.ds, "ExtendedOffsetTableLengths")
    extended = None
    if isinstance(offsets, bytes) and isinstance(lengths, bytes):
        extended = (offsets, lengths)
    encoded = get_frame(
        stream, index, number_of_frames=header.num_frames, extended_offsets=extended
    )
    tail = encoded[-64:]
    if _stops_in_a_fragment(file, pixels) and file.data[-len(tail) :] == tail:
        raise DamagedImageError(name, "its pixel data are cut off", EXPORT_AGAIN)
    return encoded


def _stops_in_a_fragment(file: DicomFile, pixels: PixelElement) -> bool:
    """Whether the last fragment claims more bytes than the file has (PS3.5 A.4)."""
    position, end = pixels.offset, len(file.data)
    while file.data[position : position + 4] == _ITEM and position + 8 <= end:
        (length,) = struct.unpack("<L", file.data[position + 4 : position + 8])
        position += 8 + length
    return position > end


def _check_stream(
    encoded: bytes, syntax: UID, header: ImageHeader, name: str
) -> StreamSize | None:
    """Compare the stream's own size with the header's before a codec believes it.

    Returns what the stream announces; None for kinds that announce nothing (RLE).
    """
    size: StreamSize | None = None
    if syntax in JPEGTransferSyntaxes or syntax in JPEGLSTransferSyntaxes:
        size, scan_start = jpeg_size(encoded)
        if size is not None and not jpeg_is_complete(encoded, scan_start):
            raise DamagedImageError(name, "its pixel data are cut off", EXPORT_AGAIN)
    elif syntax in JPEG2000TransferSyntaxes:
        size = jpeg2000_size(encoded)
    else:
        return None
    if size is None or not size.is_possible or size.components != header.samples:
        raise DamagedImageError(
            name, f"its pixel data are not '{syntax.name}' as it says", EXPORT_AGAIN
        )
    if (size.width, size.height) != (header.width, header.height):
        raise DamagedImageError(
            name,
            f"its header says {header.width} x {header.height} pixels, its pixel "
            f"data {size.width} x {size.height}",
            EXPORT_AGAIN,
        )
    return size


def _plugin(syntax: UID) -> str:
    """Choose the codec that survives damaged data best; empty leaves it to pydicom.

    GDCM falls over damaged lossy JPEG, and the RLE plugin of pylibjpeg panics.
    """
    return {RLELossless: "pydicom", JPEGBaseline8Bit: "pillow"}.get(syntax, "")


def _inflated(encoded: bytes, header: ImageHeader, name: str) -> StoredArray:
    """Inflate one frame of Deflated Image Frame Compression (PS3.5 A.4.13)."""
    expected = (header.frame_bits + 7) // 8
    raw = zlib.decompressobj(-zlib.MAX_WBITS).decompress(encoded, expected)
    if len(raw) < expected:
        raise DamagedImageError(name, "its pixel data are cut off", EXPORT_AGAIN)
    return native_samples(raw, header, 0, True)
