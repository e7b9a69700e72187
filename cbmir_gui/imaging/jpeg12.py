"""Lossy JPEG with 12 bits per sample, through GDCM itself.

pydicom's plugin refuses it, for fear of old GDCM versions; the pictures of current
ones equal DCMTK's. No other codec with a permissive licence reads it.
"""

import gdcm
import numpy as np

from cbmir_gui.imaging.codestreams import StreamSize
from cbmir_gui.imaging.dicom_header import ImageHeader
from cbmir_gui.imaging.dicom_native import StoredArray, native_samples


def decode_12_bit_jpeg(
    encoded: bytes, size: StreamSize, header: ImageHeader
) -> StoredArray:
    """Return the stored values of one frame.

    Raises
    ------
    ValueError
        GDCM could not decode it.
    """
    fragment = gdcm.Fragment()
    fragment.SetByteStringValue(encoded)
    fragments = gdcm.SequenceOfFragments.New()
    fragments.AddFragment(fragment)
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    element.SetValue(fragments.__ref__())
    image = gdcm.Image()
    image.SetNumberOfDimensions(2)
    image.SetDimensions((header.width, header.height, 1))
    image.SetDataElement(element)
    image.SetPhotometricInterpretation(
        gdcm.PhotometricInterpretation(
            gdcm.PhotometricInterpretation.GetPIType(header.photometric)
        )
    )
    image.SetTransferSyntax(
        gdcm.TransferSyntax(gdcm.TransferSyntax.JPEGExtendedProcess2_4)
    )
    image.SetPixelFormat(
        gdcm.PixelFormat(header.samples, 16, size.bits, size.bits - 1, 0)
    )
    # GDCM's char* arrives as text that stands for bytes.
    raw = image.GetBuffer().encode("utf-8", "surrogateescape")
    if 8 * len(raw) != header.frame_bits:
        raise ValueError(f"GDCM returned {len(raw)} bytes.")
    return native_samples(np.frombuffer(raw, np.uint8).data, header, 0, True)
