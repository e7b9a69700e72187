"""One frame of compressed DICOM pixel data, through pydicom's codec plugins."""

import struct
import zlib
from dataclasses import replace
from typing import Any

from numpy.typing import NDArray
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
    essential_jpeg,
    jpeg2000_size,
    jpeg_is_complete,
    jpeg_size,
)
from cbmir_gui.imaging.dicom_codes import syntax_name
from cbmir_gui.imaging.dicom_file import DicomFile, PixelElement, open_bytes
from cbmir_gui.imaging.dicom_header import EXPORT_AGAIN, ImageHeader, SampleBits
from cbmir_gui.imaging.dicom_native import StoredArray, native_samples, used_bits
from cbmir_gui.imaging.dicom_values import raw_value
from cbmir_gui.imaging.gdcm_jpeg import decode_with_gdcm
from cbmir_gui.imaging.jpeg_lossless import decode_small_lossless_jpeg
from cbmir_gui.imaging.limits import (
    MAX_CODED_SAMPLES,
    MAX_JPEG_SAMPLES,
    check_frame_density,
    check_samples,
)

_PROGRESSIVE = frozenset({"1.2.840.10008.1.2.4.53", "1.2.840.10008.1.2.4.55"})
"""Retired JPEG processes that the codec for JPEG Extended reads as well."""
_DEFLATED_FRAMES = "1.2.840.10008.1.2.8.1"
_UNCOMPRESSED_FRAMES = "1.2.840.10008.1.2.1.98"
_PLUGINS = {
    RLELossless: "pydicom",
    JPEGBaseline8Bit: "pillow",
    **dict.fromkeys(JPEG2000TransferSyntaxes, "pylibjpeg"),
    **dict.fromkeys(JPEGLSTransferSyntaxes, "pyjpegls"),
}
"""The codec that survives damaged data best; the others are left to pydicom.

GDCM ends the process over damaged JPEG, and the RLE plugin of pylibjpeg panics.
"""
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
    if syntax == _UNCOMPRESSED_FRAMES:
        encoded = _encoded_frame(file, pixels, header, index, name)
        return _uncompressed(encoded, header, name), header
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
    if size is not None and (size.is_lossy_jpeg or size.is_lossless_jpeg):
        # Whatever JPEG process and depth the file declares.
        if not size.is_8_bit_lossy_jpeg:
            return _special_jpeg(encoded, size, header, name), header
        syntax = JPEGBaseline8Bit
        header = replace(header, bits=SampleBits(8, 8, 7, header.bits.signed))
    elif syntax in JPEGTransferSyntaxes and syntax not in JPEGLSTransferSyntaxes:
        raise UnsupportedImageError(
            name,
            "its JPEG data are of a rare kind (arithmetic or hierarchical)",
            "Export it uncompressed or as JPEG 2000.",
        )
    stored, photometric = _decoded_by_pydicom(encoded, syntax, header)
    if header.samples == 1 and (size is None or size.bits == header.bits.allocated):
        # Whole words were compressed, with whatever stands in their unused bits.
        unsigned = stored.view(f"u{stored.dtype.itemsize}")
        stored = used_bits(unsigned, header.bits)
    return stored, replace(header, photometric=photometric)


def _special_jpeg(
    encoded: bytes, size: StreamSize, header: ImageHeader, name: str
) -> StoredArray:
    """Decode lossless JPEG, or lossy JPEG of 12 bits."""
    if size.is_lossless_jpeg and size.bits <= 8 and header.samples == 1:
        return decode_small_lossless_jpeg(encoded, size, header, name)
    essential = essential_jpeg(encoded)
    if not essential:
        raise DamagedImageError(
            name, "the headers of its JPEG data are damaged", EXPORT_AGAIN
        )
    return decode_with_gdcm(essential, size, header)


def _decoded_by_pydicom(
    encoded: bytes, syntax: UID, header: ImageHeader
) -> tuple[NDArray[Any], str]:
    """Return the stored values, and the photometric interpretation that they have."""
    options: dict[str, Any] = {
        "rows": header.height,
        "columns": header.width,
        "samples_per_pixel": header.samples,
        "number_of_frames": 1,
        "bits_allocated": header.bits.allocated,
        "bits_stored": header.bits.stored,
        "pixel_representation": int(header.bits.signed),
        # What the header says does not matter (PS3.5 8.2): streams know their order.
        "planar_configuration": 0,
        "photometric_interpretation": header.photometric,
        "pixel_keyword": "PixelData",
    }
    stored, properties = get_decoder(syntax).as_array(
        encapsulate([encoded], has_bot=False),
        index=0,
        raw=True,
        decoding_plugin=_PLUGINS.get(syntax, ""),
        **options,
    )
    return stored, str(properties["photometric_interpretation"])


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

    Returns
    -------
    size
        What the stream announces; None for RLE, which announces nothing.

    Raises
    ------
    DamagedImageError, ImageTooLargeError
    """
    check_frame_density(name, header.width, header.height, len(encoded))
    size: StreamSize | None = None
    if syntax in JPEGTransferSyntaxes or syntax in JPEGLSTransferSyntaxes:
        size, scan_start = jpeg_size(encoded)
        if size is not None and not jpeg_is_complete(encoded, size, scan_start):
            raise DamagedImageError(name, "its pixel data are cut off", EXPORT_AGAIN)
    elif syntax in JPEG2000TransferSyntaxes:
        size = jpeg2000_size(encoded)
    is_light = size is not None and size.is_8_bit_lossy_jpeg
    check_samples(
        name,
        header.width * header.height * header.samples,
        MAX_JPEG_SAMPLES if is_light else MAX_CODED_SAMPLES,
    )
    if syntax == RLELossless:
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


def _inflated(encoded: bytes, header: ImageHeader, name: str) -> StoredArray:
    """Inflate one frame of Deflated Image Frame Compression (PS3.5 A.4.13)."""
    expected = (header.frame_bits + 7) // 8
    raw = zlib.decompressobj(-zlib.MAX_WBITS).decompress(encoded, expected)
    return _uncompressed(raw, header, name)


def _uncompressed(raw: bytes, header: ImageHeader, name: str) -> StoredArray:
    """Return the samples of one frame in fragments (PS3.5 A.4.11)."""
    expected = (header.frame_bits + 7) // 8
    if len(raw) < expected:
        raise DamagedImageError(name, "its pixel data are cut off", EXPORT_AGAIN)
    return native_samples(raw[:expected], header, 0, True)
