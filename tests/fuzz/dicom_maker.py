"""Make DICOM files of a few pixels."""

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian

HEIGHT, WIDTH = 32, 40
"""JPEG 2000 encoders want 32 at least."""


def ramp(dtype: str = "u2", *shape: int) -> NDArray[Any]:
    """Return stored values that differ everywhere."""
    shape = shape or (HEIGHT, WIDTH)
    return np.arange(int(np.prod(shape)), dtype=np.int64).astype(dtype).reshape(shape)


def item(**attributes: object) -> Dataset:
    """Return a data set."""
    ds = Dataset()
    for keyword, value in attributes.items():
        setattr(ds, keyword, value)
    return ds


def table(entries: list[int], first: int = 0) -> Dataset:
    """Return an item of a LUT sequence."""
    lut = item(
        LUTDescriptor=[len(entries), first, 16], LUTData=entries, LUTExplanation="SOFT"
    )
    lut["LUTDescriptor"].VR = "US" if first >= 0 else "SS"
    lut["LUTData"].VR = "US"
    return lut


def dicom(
    stored: NDArray[Any],
    syntax: str = ExplicitVRLittleEndian,
    pixel_data: bytes | None = None,
    elements: Sequence[tuple[int, str, object]] = (),
    **attributes: object,
) -> bytes:
    """Write (height, width), (height, width, 3) or, with NumberOfFrames, more.

    `elements` are written by tag, VR and value: repeating groups have no keywords.
    """
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = syntax
    ds.SOPClassUID = attributes.pop("SOPClassUID", "1.2.840.10008.5.1.4.1.1.7")
    ds.SOPInstanceUID = ds.StudyInstanceUID = ds.SeriesInstanceUID = "1.2.3"
    shape = stored.shape[1:] if "NumberOfFrames" in attributes else stored.shape
    ds.Rows, ds.Columns = shape[:2]
    is_color = len(shape) == 3
    ds.SamplesPerPixel = 3 if is_color else 1
    ds.PhotometricInterpretation = "RGB" if is_color else "MONOCHROME2"
    if is_color:
        ds.PlanarConfiguration = 0
    kind = stored.dtype.kind
    if kind != "f":
        ds.BitsAllocated = ds.BitsStored = 8 * stored.dtype.itemsize
        ds.HighBit = ds.BitsStored - 1
        ds.PixelRepresentation = int(kind == "i")
    for keyword, value in attributes.items():
        setattr(ds, keyword, value)
    for tag, vr, value in elements:
        ds.add_new(tag, vr, value)
    order = ">" if syntax == ExplicitVRBigEndian else "<"
    raw = stored.astype(stored.dtype.newbyteorder(order)).tobytes()
    raw = raw if pixel_data is None else pixel_data
    keywords = {"f4": ("FloatPixelData", "OF"), "f8": ("DoubleFloatPixelData", "OD")}
    keyword, vr = keywords.get(
        stored.dtype.str[1:],
        ("PixelData", "OW" if stored.dtype.itemsize > 1 else "OB"),
    )
    setattr(ds, keyword, raw + b"\0" * (len(raw) % 2))
    ds[keyword].VR = vr
    stream = io.BytesIO()
    pydicom.dcmwrite(stream, ds, enforce_file_format=True)
    return stream.getvalue()


def compressed(data: bytes, syntax: str, **options: Any) -> bytes:
    """Compress an uncompressed file with pydicom's encoders."""
    ds = pydicom.dcmread(io.BytesIO(data))
    ds.compress(syntax, generate_instance_uid=False, **options)
    stream = io.BytesIO()
    ds.save_as(stream)
    return stream.getvalue()


def jpeg(pixels: NDArray[np.uint8], **options: Any) -> bytes:
    """Encode with Pillow."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=95, **options)
    return stream.getvalue()
