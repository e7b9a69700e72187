"""DICOM files of a few pixels, written as the standard says."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    SecondaryCaptureImageStorage,
    generate_uid,
)

MakeDicom = Callable[..., bytes]


@pytest.fixture(scope="session")
def make_dicom() -> MakeDicom:
    """Return a function from stored values and attributes to a file's bytes."""
    return _make_dicom


def _make_dicom(
    stored: NDArray[Any],
    transfer_syntax: str = ExplicitVRLittleEndian,
    num_frames: int = 0,
    pixel_data: bytes | None = None,
    **attributes: object,
) -> bytes:
    """Write (height, width[, 3]), or with `num_frames` (frames, height, width)."""
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = transfer_syntax
    ds.file_meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    ds.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    ds.SOPClassUID = SecondaryCaptureImageStorage
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID
    shape = stored.shape[1:] if num_frames else stored.shape
    ds.Rows, ds.Columns = shape[0], shape[1]
    ds.SamplesPerPixel = shape[2] if len(shape) == 3 else 1
    ds.PhotometricInterpretation = "RGB" if len(shape) == 3 else "MONOCHROME2"
    if len(shape) == 3:
        ds.PlanarConfiguration = 0
    if num_frames:
        ds.NumberOfFrames = num_frames
    if stored.dtype.kind in "ui":
        ds.BitsAllocated = ds.BitsStored = 8 * stored.dtype.itemsize
        ds.HighBit = ds.BitsStored - 1
        ds.PixelRepresentation = int(stored.dtype.kind == "i")
    for keyword, value in attributes.items():
        setattr(ds, keyword, value)
    big = transfer_syntax == ExplicitVRBigEndian
    raw = stored.astype(stored.dtype.newbyteorder(">" if big else "<")).tobytes()
    raw = raw if pixel_data is None else pixel_data
    keyword = {"f4": "FloatPixelData", "f8": "DoubleFloatPixelData"}.get(
        stored.dtype.str[1:], "PixelData"
    )
    setattr(ds, keyword, raw + b"\0" * (len(raw) % 2))
    ds[keyword].VR = {"FloatPixelData": "OF", "DoubleFloatPixelData": "OD"}.get(
        keyword
    ) or ("OW" if stored.dtype.itemsize > 1 else "OB")
    stream = io.BytesIO()
    pydicom.dcmwrite(stream, ds, enforce_file_format=True)
    return stream.getvalue()


@pytest.fixture(scope="session")
def ramp() -> NDArray[np.uint16]:
    """Return stored values 0 to 4095 in 64 x 64 pixels."""
    return np.arange(4096, dtype=np.uint16).reshape(64, 64)
