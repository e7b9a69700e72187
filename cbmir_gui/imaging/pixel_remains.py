"""Blanks what stands in the pixel data of a DICOM file besides its pixels.

Any text may stand behind the last frame, in the comments of a compressed stream, and
behind its end; and overlays of old days stand in the bits that no pixel uses
(PS3.5 8.1.1 of 2004). Nobody sees any of it, so it is blanked unseen; the pixels keep
their values, and compressed frames their length.
"""

import struct
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import (
    UID,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000TransferSyntaxes,
    JPEGLSTransferSyntaxes,
    JPEGTransferSyntaxes,
    RLELossless,
)

from cbmir_gui.core.errors import DamagedImageError, UnsupportedImageError
from cbmir_gui.imaging.dicom_codes import syntax_name
from cbmir_gui.imaging.dicom_encapsulated import encapsulated_frame
from cbmir_gui.imaging.dicom_file import DicomFile
from cbmir_gui.imaging.dicom_header import EXPORT_AGAIN, ImageHeader, SampleBits
from cbmir_gui.imaging.stream_remains import (
    StreamError,
    blank_jpeg,
    blank_jpeg_2000,
    blank_rle,
)
from cbmir_gui.imaging.unused_bits import byte_tables, mask_unused

_PIXELS = ("FloatPixelData", "DoubleFloatPixelData", "PixelData")
_EXTENDED = ("ExtendedOffsetTable", "ExtendedOffsetTableLengths")
_NATIVE = frozenset(
    {ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian}
)
_JPEG = frozenset({*JPEGTransferSyntaxes, *JPEGLSTransferSyntaxes})
_WHOLE_WORDS = _JPEG.union(JPEG2000TransferSyntaxes)
"""Codecs that may have compressed unused bits, too."""
_UNCOMPRESS = "Export it uncompressed, and de-identify that."
_UNCOMPRESSED_FRAMES = "1.2.840.10008.1.2.1.98"
_ITEM = b"\xfe\xff\x00\xe0"
_JPEG_END = b"\xff\xd9"


class _UnknownStreamError(Exception):
    """A compression whose streams this module cannot look into."""


def blank_remains(ds: Dataset, file: DicomFile, header: ImageHeader, name: str) -> None:
    """Leave nothing but pixels in the pixel data of a data set.

    Parameters
    ----------
    ds
        Changed in place.
    file, header
        The same file as it was read.

    Raises
    ------
    UnsupportedImageError
        It is compressed in a way that cannot be looked into, or hides something among
        compressed pixels.
    DamagedImageError
        It is too damaged to be sure of what it holds.
    """
    keyword, *others = [keyword for keyword in _PIXELS if keyword in ds]
    for other in others:
        del ds[other]
    element, syntax = ds[keyword], file.transfer_syntax
    try:
        if syntax in _NATIVE:
            big = syntax == ExplicitVRBigEndian
            swaps = big and element.VR == "OW" and header.bits.allocated < 16
            element.value = _native(bytearray(element.value), header, big, swaps)
            _drop_extended(ds)
            return
        element.value = _encapsulated(ds, bytearray(element.value), header, syntax)
    except StreamError as error:
        raise DamagedImageError(
            name, "its pixel data are too damaged to be de-identified", EXPORT_AGAIN
        ) from error
    except _UnknownStreamError as error:
        raise UnsupportedImageError(
            name,
            f"its compression '{syntax_name(syntax)}' cannot be looked into",
            _UNCOMPRESS,
        ) from error
    if syntax in _WHOLE_WORDS:
        _refuse_hidden(file, header, name)


def _refuse_hidden(file: DicomFile, header: ImageHeader, name: str) -> None:
    """Refuse compressed pixels with something in the bits that no pixel uses.

    To clear them is to compress anew, for which there are no encoders here.
    """
    bits, pixels = header.bits, file.pixels
    if bits.stored == bits.allocated or pixels is None:
        return
    whole = SampleBits(bits.allocated, bits.allocated, bits.allocated - 1, False)
    for index in range(header.num_frames):
        words, _ = encapsulated_frame(
            file, pixels, replace(header, bits=whole), index, name
        )
        stored = words.astype(f"<u{words.dtype.itemsize}").tobytes()
        cleared = bytearray(stored)
        if words.dtype.itemsize == bits.allocated // 8:
            mask_unused(cleared, bits, big=False)
        if cleared != stored:
            raise UnsupportedImageError(
                name,
                "something stands in the bits that its compressed pixels do not use",
                _UNCOMPRESS,
            )


def _native(data: bytearray, header: ImageHeader, big: bool, swaps: bool) -> bytes:
    if header.photometric == "YBR_FULL_422":
        full = replace(header, photometric="YBR_FULL")
        if 8 * len(data) >= full.frame_bits * full.num_frames:
            header = full  # as the reader takes it
    bits = header.frame_bits * header.num_frames
    size = (bits + 7) // 8
    if swaps:  # bytes stand in pairs
        data = _swapped(data)
    mask_unused(data, header.bits, big)
    del data[size:]
    data += bytes(len(data) % 2)
    return bytes(_swapped(data) if swaps else data)


def _swapped(data: bytearray) -> bytearray:
    pairs = np.frombuffer(data + bytes(len(data) % 2), "<u2")
    return bytearray(pairs.byteswap().tobytes())


def _encapsulated(
    ds: Dataset, data: bytearray, header: ImageHeader, syntax: UID
) -> bytes:
    """Return the items with their frames blanked, and sound offset tables or none."""
    items = list(_items(data))
    if len(items) < 2:
        raise StreamError("It has no fragments.")
    (table_start, table_length), *fragments = items
    first = fragments[0][0] - 8
    starts = [start - 8 - first for start, _ in fragments]
    extended = _check_extended(ds, starts, [length for _, length in fragments])
    table = bytes(data[table_start : table_start + table_length])
    offsets = list(struct.unpack(f"<{len(table) // 4}L", table[: len(table) // 4 * 4]))
    is_sound = offsets[:1] == [0] and sorted(set(offsets)) == offsets
    if len(table) % 4 or not is_sound or not set(offsets) <= set(starts):
        table, offsets = b"", []
    if extended:
        offsets = starts
    for frame in _frames(data, fragments, starts, offsets, header.num_frames):
        pieces = [data[start : start + length] for start, length in frame]
        stream = bytearray().join(pieces)
        _blank_frame(stream, header, syntax)
        place = 0
        for start, length in frame:
            data[start : start + length] = stream[place : place + length]
            place += length
    end = sum(fragments[-1])
    return _ITEM + struct.pack("<L", len(table)) + table + bytes(data[first:end])


def _items(data: bytearray) -> Iterator[tuple[int, int]]:
    """Yield start and length of the offset table, and of each fragment (PS3.5 A.4)."""
    position = 0
    while data[position : position + 4] == _ITEM and position + 8 <= len(data):
        (length,) = struct.unpack_from("<L", data, position + 4)
        if position + 8 + length > len(data):
            raise StreamError("It stops in a fragment.")
        yield position + 8, length
        position += 8 + length


def _check_extended(ds: Dataset, starts: list[int], lengths: list[int]) -> bool:
    """Remove extended offset tables that are not what they should be.

    Returns
    -------
    bool
        Whether there are any: each frame is one fragment then (PS3.3 C.7.6.3.1.8).
    """
    values = [ds[keyword].value for keyword in _EXTENDED if keyword in ds]
    sizes = [8 * len(starts)] * 2
    if [len(value or b"") for value in values] == sizes:
        said_starts, said = (struct.unpack(f"<{len(starts)}Q", v) for v in values)
        padding = {
            length - of for length, of in zip(lengths, said, strict=True)
        }  # an odd length is padded
        if list(said_starts) == starts and padding <= {0, 1}:
            return True
    _drop_extended(ds)
    return False


def _drop_extended(ds: Dataset) -> None:
    for keyword in _EXTENDED:
        if keyword in ds:
            del ds[keyword]


def _frames(
    data: bytearray,
    fragments: list[tuple[int, int]],
    starts: list[int],
    offsets: list[int],
    num_frames: int,
) -> list[list[tuple[int, int]]]:
    """Return the fragments of each frame, as decoders find them."""
    if len(fragments) < num_frames:
        raise StreamError("It has fewer fragments than frames.")
    if offsets:
        begins = [start in set(offsets) for start in starts]
    elif num_frames in (1, len(fragments)):
        begins = [num_frames > 1 or start == 0 for start in starts]
    else:
        ends = [_JPEG_END in data[sum(item) - 10 : sum(item)] for item in fragments]
        begins = [True, *ends[:-1]]
    frames: list[list[tuple[int, int]]] = []
    for fragment, is_first in zip(fragments, begins, strict=True):
        if is_first:
            frames.append([])
        frames[-1].append(fragment)
    return frames


def _blank_frame(stream: bytearray, header: ImageHeader, syntax: UID) -> None:
    """Blank one frame in place."""
    bits = header.bits
    if syntax == RLELossless:
        blank_rle(
            stream, header.width * header.height, byte_tables(bits), header.samples
        )
    elif syntax == _UNCOMPRESSED_FRAMES:
        mask_unused(stream, header.bits, big=False)
        size = (header.frame_bits + 7) // 8
        stream[size:] = bytes(max(0, len(stream) - size))
    elif syntax in _JPEG:
        blank_jpeg(stream)
    elif syntax in JPEG2000TransferSyntaxes:
        blank_jpeg_2000(stream)
    else:
        raise _UnknownStreamError(syntax)
