"""What a DICOM data set says about its image, checked before anything is decoded."""

from dataclasses import dataclass, replace

from cbmir_gui.core.errors import (
    DamagedImageError,
    ImageReadError,
    NoPixelDataError,
    UnsupportedImageError,
)
from cbmir_gui.core.records import ImageInfo
from cbmir_gui.imaging.burned_in import burned_in
from cbmir_gui.imaging.dicom_codes import body_part, modality, uid
from cbmir_gui.imaging.dicom_file import UNDEFINED_LENGTH, DicomFile, PixelElement
from cbmir_gui.imaging.dicom_kinds import kind_without_image
from cbmir_gui.imaging.dicom_values import integer, text
from cbmir_gui.imaging.limits import check_frame_size
from cbmir_gui.imaging.patient_identity import patient_digest

EXPORT_AGAIN = "Export or copy it again from its archive."
MAX_CODE_LENGTH = 64
UNKNOWN_PHOTOMETRIC = "UNKNOWN"
_BITS_ALLOCATED = frozenset({1, 12, *range(8, 65, 8)})
"""1 or whole bytes (PS3.5 8.1.1); 12 stands packed in files of the ACR-NEMA days."""
_PHOTOMETRIC = frozenset(
    {"MONOCHROME1", "MONOCHROME2", "PALETTE COLOR", "RGB", "HSV", "ARGB", "CMYK"}
    | {"YBR_FULL", "YBR_FULL_422", "YBR_PARTIAL_422", "YBR_PARTIAL_420", "YBR_ICT"}
    | {"YBR_RCT", "XYB"}
)
"""PS3.3 C.7.6.3.1.2, retired ones too."""
_ITEM_BYTES = 8
"""Tag and length of a fragment (PS3.5 A.4); each compressed frame has one at least."""


@dataclass(frozen=True, slots=True)
class SampleBits:
    """How one sample is stored."""

    allocated: int
    stored: int
    high: int
    """The highest of the stored bits, from 0."""
    signed: bool
    is_float: bool = False


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """The Image Pixel module (PS3.3 C.7.6.3), with sound values only."""

    width: int
    height: int
    num_frames: int
    samples: int
    """1 or 3 per pixel."""
    bits: SampleBits
    planar: bool
    """The colours stand one after the other, not pixel by pixel."""
    photometric: str

    @property
    def frame_bits(self) -> int:
        """Size of one uncompressed frame; YBR_FULL_422 has two samples per pixel."""
        samples = 2 if self.photometric.endswith("_422") else self.samples
        return self.width * self.height * samples * self.bits.allocated


def read_header(file: DicomFile, file_name: str) -> ImageHeader:
    """Check the image description.

    Raises
    ------
    NoPixelDataError, DamagedImageError, UnsupportedImageError, ImageTooLargeError
    """
    ds, pixels = file.ds, file.pixels
    if pixels is None:
        raise _no_pixels(file, file_name)
    width, height = integer(ds, "Columns"), integer(ds, "Rows")
    if width is None or height is None:
        raise DamagedImageError(
            file_name, "it does not say how many rows and columns it has", EXPORT_AGAIN
        )
    check_frame_size(file_name, width, height)
    header = ImageHeader(
        width,
        height,
        num_frames=1,
        samples=integer(ds, "SamplesPerPixel") or 1,
        bits=_bits(file, pixels, file_name),
        planar=integer(ds, "PlanarConfiguration") == 1,
        photometric=_photometric(file),
    )
    _check_samples(header, file_name)
    return _with_frames(header, file, pixels)


def num_frames_begun(file: DicomFile, header: ImageHeader) -> int:
    """Return how many of the declared frames the pixel data can hold, at least 1.

    One that is cut off counts: whoever reads it is told.
    """
    assert file.pixels is not None  # read_header has checked it
    available = len(file.data) - file.pixels.offset
    if file.pixels.length == UNDEFINED_LENGTH:
        most = available // _ITEM_BYTES
    else:
        bits = 8 * min(file.pixels.length, available)
        most = -(-bits // header.frame_bits)
    return max(1, min(header.num_frames, most))


def read_info(file: DicomFile, header: ImageHeader, name: str, frame: int) -> ImageInfo:
    """Describe the image without naming the patient; `image_id` stays empty."""
    return ImageInfo(
        image_id="",
        file_name=name,
        width=header.width,
        height=header.height,
        frame=frame,
        num_frames=header.num_frames,
        file_format="DICOM",
        modality=modality(file.ds),
        body_part=body_part(file.ds),
        sop_instance_uid=uid(file.ds, "SOPInstanceUID"),
        series_instance_uid=uid(file.ds, "SeriesInstanceUID"),
        study_instance_uid=uid(file.ds, "StudyInstanceUID"),
        patient_digest=patient_digest(file.ds),
        burned_in=burned_in(file.ds),
    )


def _no_pixels(file: DicomFile, file_name: str) -> ImageReadError:
    if file.is_cut:
        return DamagedImageError(
            file_name, "it is cut off before its pixel data", EXPORT_AGAIN
        )
    if "DirectoryRecordSequence" in file.ds:
        return NoPixelDataError(
            file_name,
            "it is a DICOMDIR, a table of contents without an image",
            "Import the folder that it lies in.",
        )
    if "Rows" in file.ds:
        return NoPixelDataError(
            file_name, "it describes an image but holds no pixel data", EXPORT_AGAIN
        )
    kind = kind_without_image(file.ds)
    return NoPixelDataError(file_name, f"it is {kind}", "Choose an image of the study.")


def _photometric(file: DicomFile) -> str:
    declared = text(file.ds, "PhotometricInterpretation").upper()
    if declared:
        # Messages quote it, so it must be a word of the standard.
        return declared if declared in _PHOTOMETRIC else UNKNOWN_PHOTOMETRIC
    return "RGB" if integer(file.ds, "SamplesPerPixel") == 3 else "MONOCHROME2"


def _bits(file: DicomFile, pixels: PixelElement, file_name: str) -> SampleBits:
    if pixels.keyword != "PixelData":
        bits = 32 if pixels.keyword == "FloatPixelData" else 64
        return SampleBits(bits, bits, bits - 1, signed=True, is_float=True)
    allocated = integer(file.ds, "BitsAllocated")
    if allocated is None:
        raise DamagedImageError(
            file_name,
            "it does not say how many bits a sample has (BitsAllocated)",
            EXPORT_AGAIN,
        )
    if allocated not in _BITS_ALLOCATED:
        raise DamagedImageError(
            file_name, f"it says it has {allocated} bits per sample", EXPORT_AGAIN
        )
    stored = integer(file.ds, "BitsStored") or allocated
    if not 1 <= stored <= allocated:
        stored = allocated
    high = integer(file.ds, "HighBit")
    if high is None or not stored - 1 <= high < allocated:
        high = stored - 1
    signed = integer(file.ds, "PixelRepresentation") == 1
    return SampleBits(allocated, stored, high, signed)


def _check_samples(header: ImageHeader, file_name: str) -> None:
    expected = 3 if header.photometric.startswith(("RGB", "YBR")) else 1
    if header.samples != expected:
        raise UnsupportedImageError(
            file_name,
            f"it has {header.samples} samples per pixel as {header.photometric}",
            "Export it as MONOCHROME2 or RGB.",
        )


def _with_frames(
    header: ImageHeader, file: DicomFile, pixels: PixelElement
) -> ImageHeader:
    declared = integer(file.ds, "NumberOfFrames")
    if declared is not None and declared > 0:
        return replace(header, num_frames=declared)
    if pixels.length == UNDEFINED_LENGTH or "NumberOfFrames" not in file.ds:
        return header
    present = 8 * pixels.length // header.frame_bits
    return replace(header, num_frames=max(1, present))
