"""A DICOM file as a data set and the place of its pixel data.

Pixel data are never read here: a frame of a large multi-frame file must cost one
frame. Deflated data sets are inflated under a limit.
"""

import contextlib
import io
import mmap
import struct
import zlib
from dataclasses import dataclass
from typing import BinaryIO, cast

from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.filereader import data_element_generator, read_dataset
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from cbmir_gui.core.errors import DamagedImageError, ImageTooLargeError
from cbmir_gui.imaging.content import FileBytes
from cbmir_gui.imaging.dicom_values import text
from cbmir_gui.imaging.element_limits import StopAt, watched
from cbmir_gui.imaging.limits import MAX_INFLATED_BYTES

UNDEFINED_LENGTH = 0xFFFFFFFF
_PIXEL_KEYWORDS = {
    0x7FE00008: "FloatPixelData",
    0x7FE00009: "DoubleFloatPixelData",
    0x7FE00010: "PixelData",
}
_PIXEL_TAGS = frozenset(_PIXEL_KEYWORDS)
_NATIVE_SYNTAXES = {
    (True, True): ImplicitVRLittleEndian,
    (False, True): ExplicitVRLittleEndian,
    (False, False): ExplicitVRBigEndian,
}


@dataclass(frozen=True, slots=True)
class PixelElement:
    """Where the pixel data stand in `DicomFile.data`."""

    keyword: str
    """PixelData, FloatPixelData or DoubleFloatPixelData."""
    vr: str
    """OB, OW, ...; empty in implicit VR."""
    offset: int
    """Of the value's first byte."""
    length: int
    """In bytes; UNDEFINED_LENGTH where fragments follow."""


@dataclass(frozen=True, slots=True, eq=False)
class DicomFile:
    """A parsed file."""

    ds: Dataset
    """Everything before the pixel data."""
    transfer_syntax: UID
    data: FileBytes
    """The file, or what its deflated data set inflates to."""
    pixels: PixelElement | None
    is_cut: bool
    """The data set ends inside an element, or holds nothing at all."""

    @property
    def little_endian(self) -> bool:
        """Byte order of the data set."""
        return self.ds.original_encoding[1] is not False


@dataclass(frozen=True, slots=True, eq=False)
class OpenedDataSet:
    """A file whose data set is to be read next."""

    stream: BinaryIO
    """At the first element after the file meta information."""
    data: FileBytes
    """What `stream` reads: the file, or what its deflated data set inflates to."""
    meta: Dataset
    """The file meta information; empty where there is none."""
    declared: str
    """TransferSyntaxUID, or empty."""
    implicit: bool
    little_endian: bool
    file_name: str

    def stop_at_pixels(self) -> StopAt:
        """Return what makes pydicom stop before the pixel data."""
        return StopAt(_PIXEL_TAGS, self.file_name)


def parse_dicom(data: FileBytes, file_name: str) -> DicomFile:
    """Parse everything before the pixel data.

    Raises
    ------
    ImageTooLargeError
        A deflated data set inflates beyond the limit.
    DamagedImageError
        A deflated data set is cut off, only zeros follow, or elements have no end.
    Exception
        Whatever pydicom raises on damaged data; the caller translates it.
    """
    opened = open_data_set(data, file_name)
    stream, data = opened.stream, opened.data
    ds = read_dataset(
        stream, opened.implicit, opened.little_endian, stop_when=opened.stop_at_pixels()
    )
    pixels = pixel_element(stream, ds)
    is_cut = pixels is None and _ends_in_an_element(ds, len(data))
    return DicomFile(ds, _transfer_syntax(opened.declared, ds), data, pixels, is_cut)


def open_data_set(data: FileBytes, file_name: str) -> OpenedDataSet:
    """Read the file meta information, and inflate what is deflated.

    Raises
    ------
    ImageTooLargeError, DamagedImageError
        As `parse_dicom`.
    """
    stream = open_bytes(data)
    stream.seek(132 if data[128:132] == b"DICM" else 0)
    meta = _read_meta(stream)
    declared = text(meta, "TransferSyntaxUID")
    if declared == DeflatedExplicitVRLittleEndian:
        data = _inflate(stream, file_name)
        stream = open_bytes(data)
    implicit, little = _encoding(stream, declared)
    stream = watched(stream, file_name)
    return OpenedDataSet(stream, data, meta, declared, implicit, little, file_name)


def read_elements(opened: OpenedDataSet) -> tuple[Dataset, bool]:
    """Read what can be read before the pixel data, and tell whether that is all."""
    start = opened.stream.tell()
    encoding = opened.implicit, opened.little_endian
    try:
        ds = read_dataset(opened.stream, *encoding, stop_when=opened.stop_at_pixels())
    except Exception:  # noqa: BLE001 - pydicom raises anything at all
        opened.stream.seek(start)
    else:
        return ds, True
    ds = Dataset()
    with contextlib.suppress(Exception):  # the elements before it are what is wanted
        for element in data_element_generator(
            opened.stream, *encoding, stop_when=opened.stop_at_pixels()
        ):
            ds[element.tag] = element
    return ds, False


def open_bytes(data: FileBytes) -> BinaryIO:
    """Return a stream over bytes without a copy; a mapped file is a stream itself."""
    if isinstance(data, mmap.mmap):
        return cast("BinaryIO", data)
    return io.BytesIO(data)


def _read_meta(stream: BinaryIO) -> Dataset:
    """Read group 0002, which is always explicit VR little endian (PS3.10 7.1)."""
    start = stream.tell()
    group = stream.read(2)
    stream.seek(start)
    if group != b"\x02\x00":
        return Dataset()
    return read_dataset(
        stream, False, True, stop_when=lambda tag, _vr, _length: tag.group != 2
    )


def _encoding(stream: BinaryIO, declared: str) -> tuple[bool, bool]:
    """Return whether the data set is implicit VR, and whether it is little endian.

    read_dataset itself finds out where a declared VR encoding is wrong.
    """
    if declared:
        return declared == ImplicitVRLittleEndian, declared != ExplicitVRBigEndian
    start = stream.tell()
    head = stream.read(6)
    stream.seek(start)
    explicit = head[4:6].isalpha() and head[4:6].isupper()
    is_big = explicit and len(head) == 6 and struct.unpack("<H", head[:2])[0] >= 0x100
    return not explicit, not is_big


def _inflate(stream: BinaryIO, file_name: str) -> bytes:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    data = inflater.decompress(stream.read(), MAX_INFLATED_BYTES)
    if inflater.unconsumed_tail:
        raise ImageTooLargeError(
            file_name,
            f"it inflates to more than {MAX_INFLATED_BYTES:,} bytes",
            "Export it without deflate compression.",
        )
    if not inflater.eof:
        raise DamagedImageError(
            file_name, "its deflated data are cut off", "Export or copy it again."
        )
    return data


def _ends_in_an_element(ds: Dataset, size: int) -> bool:
    """Whether the last element read claims more bytes than there are."""
    tags = list(ds.keys())
    if not tags:
        return True
    last: object = ds.get_item(tags[-1])
    if not isinstance(last, RawDataElement) or last.length == UNDEFINED_LENGTH:
        return False
    return last.value_tell + last.length > size


def _transfer_syntax(declared: str, ds: Dataset) -> UID:
    if declared and declared != DeflatedExplicitVRLittleEndian:
        return UID(declared)
    implicit, little = ds.original_encoding
    return _NATIVE_SYNTAXES.get(
        (bool(implicit), little is not False), ExplicitVRLittleEndian
    )


def pixel_element(stream: BinaryIO, ds: Dataset) -> PixelElement | None:
    """Read the element header at the stream's position (PS3.5 7.1)."""
    implicit, little = ds.original_encoding
    order = "<" if little is not False else ">"
    header = stream.read(8)
    if len(header) < 8:
        return None
    vr = ""
    if implicit:
        group, element, length = struct.unpack(f"{order}HHL", header)
    else:
        group, element, code, _ = struct.unpack(f"{order}HH2sH", header)
        vr = code.decode("latin-1")
        longer = stream.read(4)
        if len(longer) < 4:
            return None
        (length,) = struct.unpack(f"{order}L", longer)
    keyword = _PIXEL_KEYWORDS.get(group << 16 | element)
    return PixelElement(keyword, vr, stream.tell(), length) if keyword else None
