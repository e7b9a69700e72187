"""DICOM files: what they say, and one frame as it is shown."""

import io
import warnings

import numpy as np
import pydicom
from pydicom.pixels.processing import apply_modality_lut, apply_voi_lut
from pydicom.pixels.utils import pixel_array

from cbmir_gui.core.errors import DamagedImageError
from cbmir_gui.core.records import DecodedImage, ImageInfo
from cbmir_gui.imaging.content import FileBytes


def read_dicom(
    data: FileBytes, file_name: str, frame: int = 1, window: str = "first"
) -> DecodedImage:
    """Decode one frame; `info` lacks the image_id."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ds = pydicom.dcmread(io.BytesIO(data), force=True)
            stored = pixel_array(ds, index=frame - 1)
            if stored.ndim == 2:
                values = apply_voi_lut(apply_modality_lut(stored, ds), ds)
                low, high = float(values.min()), float(values.max())
                scale = 255 / (high - low) if high > low else 0.0
                stored = ((values - low) * scale).round()
                if ds.PhotometricInterpretation == "MONOCHROME1":
                    stored = 255 - stored
            pixels = stored.astype(np.uint8)
    except Exception as error:
        raise DamagedImageError(file_name, "its data are broken") from error
    height, width = pixels.shape[:2]
    info = ImageInfo(
        "",
        file_name,
        width,
        height,
        frame,
        int(ds.get("NumberOfFrames") or 1),
        "DICOM",
        str(ds.get("Modality", "")),
        str(ds.get("BodyPartExamined", "")),
    )
    return DecodedImage(pixels, info)
