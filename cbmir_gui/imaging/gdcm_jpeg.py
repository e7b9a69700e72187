"""Lossless JPEG of 9 to 16 bits or in colour, and lossy JPEG of 12 bits, through GDCM.

No other codec with a permissive licence reads them. GDCM ends the process where a data
set and its stream do not agree, so it is told what the stream says of itself, and
never sees a stream whose headers are not sound. (pydicom's plugin passes on what the
data set says, and refuses 12 bits for fear of old versions of GDCM; the pictures of
current ones equal DCMTK's.)
"""

from dataclasses import replace

import gdcm
import numpy as np

from cbmir_gui.imaging.codestreams import StreamSize
from cbmir_gui.imaging.dicom_header import ImageHeader, SampleBits
from cbmir_gui.imaging.dicom_native import StoredArray, native_samples


def decode_with_gdcm(
    encoded: bytes, size: StreamSize, header: ImageHeader
) -> StoredArray:
    """Return the stored values of one frame.

    Raises
    ------
    ValueError
        GDCM could not decode it.
    """
    kind = gdcm.TransferSyntax.JPEGExtendedProcess2_4
    if size.is_lossless_jpeg:
        kind = gdcm.TransferSyntax.JPEGLosslessProcess14
    header = replace(header, bits=_stored_bits(size, header.bits), planar=False)
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
    if header.samples > 1:
        image.SetPlanarConfiguration(0)
    image.SetTransferSyntax(gdcm.TransferSyntax(kind))
    image.SetPixelFormat(
        gdcm.PixelFormat(
            header.samples, header.bits.allocated, size.bits, size.bits - 1, 0
        )
    )
    # GDCM's char* arrives as text that stands for bytes.
    raw = image.GetBuffer().encode("utf-8", "surrogateescape")
    if 8 * len(raw) != header.frame_bits:
        raise ValueError(f"GDCM returned {len(raw)} bytes.")
    return native_samples(np.frombuffer(raw, np.uint8).data, header, 0, True)


def _stored_bits(size: StreamSize, declared: SampleBits) -> SampleBits:
    """Return which bits of the decoded words are samples.

    Where whole words were compressed, those that the data set names; the others may
    hold overlays or anything else. Where fewer bits were compressed, all of them.
    """
    allocated = 8 if size.bits <= 8 else 16
    if size.bits == allocated == declared.allocated:
        return declared
    stored = min(size.bits, declared.stored) if declared.signed else size.bits
    return SampleBits(allocated, stored, stored - 1, declared.signed)
