"""A phantom as a DICOM file with the attributes of its SOP class."""

import io
import uuid

import numpy as np
import pydicom.uid
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from cbmir_gui.sources.phantoms.phantom import Phantom

MANUFACTURER = "CBMIR phantom"
_ROOT = uuid.UUID("6a1f9c52-58c1-4b0e-9f0c-0d3c1c7a5e11")
_TOMOGRAPHIC = frozenset({"CT", "MR", "PT"})
_PROJECTION = frozenset({"DX", "MG"})


def encode_dicom(phantom: Phantom) -> bytes:
    """Return the bytes of a DICOM file, explicit VR little endian."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = _sop_class(phantom)
    meta.MediaStorageSOPInstanceUID = phantom_uid(phantom, "instance", phantom.seed)
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    stream = io.BytesIO()
    ds = FileDataset(stream, {}, preamble=b"\0" * 128, file_meta=meta)
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.SOPClassUID = meta.MediaStorageSOPClassUID
    ds.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    _add_patient(ds, phantom)
    _add_study(ds, phantom)
    _add_geometry(ds, phantom)
    _add_contrast(ds, phantom)
    _add_pixels(ds, phantom)
    for keyword, value in phantom.drawing.attributes.items():
        setattr(ds, keyword, value)
    ds.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def phantom_uid(phantom: Phantom, *names: object) -> UID:
    """Return a UID under 2.25 that patient and names decide (PS3.5 B.2)."""
    text = "/".join(map(str, (phantom.group, *names)))
    return UID(f"2.25.{uuid.uuid5(_ROOT, text).int}")


def _sop_class(phantom: Phantom) -> UID:
    found = getattr(pydicom.uid, phantom.kind.sop_class)
    assert isinstance(found, UID)
    return found


def _add_patient(ds: Dataset, phantom: Phantom) -> None:
    number = phantom.patient_number
    ds.PatientName = f"PHANTOM^{phantom.kind.title} {number:02d}"
    ds.PatientID = f"PHANTOM-{phantom.kind.name.upper()}-{number:02d}"
    ds.PatientBirthDate = ""
    ds.PatientSex = "O"
    ds.PatientComments = "Computed image, not of a person"


def _add_study(ds: Dataset, phantom: Phantom) -> None:
    kind = phantom.kind
    ds.StudyInstanceUID = phantom_uid(phantom, "study")
    ds.SeriesInstanceUID = phantom_uid(phantom, "series")
    ds.StudyDate = ds.SeriesDate = ds.ContentDate = "20240101"
    ds.StudyTime = ds.SeriesTime = ds.ContentTime = "120000"
    ds.StudyID, ds.AccessionNumber, ds.ReferringPhysicianName = "1", "", ""
    ds.StudyDescription = f"PHANTOM {kind.title}"
    ds.Modality, ds.BodyPartExamined = kind.modality, kind.body_part
    ds.Manufacturer = MANUFACTURER
    ds.ManufacturerModelName = kind.name
    ds.SeriesNumber, ds.InstanceNumber = 1, phantom.seed + 1
    kept = "ORIGINAL" if phantom.kind.modality != "PT" else "DERIVED"
    ds.ImageType = [kept, "PRIMARY"]
    ds.BurnedInAnnotation = "NO"


def _add_geometry(ds: Dataset, phantom: Phantom) -> None:
    """Say how large a pixel is, and where the slice lies."""
    spacing = round(phantom.drawing.spacing_mm, 5)
    modality = phantom.kind.modality
    if modality in _PROJECTION:
        ds.ImagerPixelSpacing = [spacing, spacing]
        ds.PatientOrientation = ["L", "F"]
    elif modality in _TOMOGRAPHIC:
        ds.PixelSpacing = [spacing, spacing]
        ds.FrameOfReferenceUID = phantom_uid(phantom, "frame of reference")
        ds.PositionReferenceIndicator = ""
        height, width = phantom.pixels.shape[:2]
        left, top = (-spacing * (side - 1) / 2 for side in (width, height))
        ds.ImagePositionPatient = [round(left, 4), round(top, 4), 5.0 * phantom.seed]
        ds.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        ds.PatientPosition = "HFS"
    elif modality == "US":
        ds.SequenceOfUltrasoundRegions = [_ultrasound_region(phantom)]


def _ultrasound_region(phantom: Phantom) -> Dataset:
    """Say that the whole picture is tissue, and its scale (PS3.3 C.8.5.5)."""
    height, width = phantom.pixels.shape[:2]
    region = Dataset()
    region.RegionSpatialFormat, region.RegionDataType, region.RegionFlags = 1, 1, 0
    region.RegionLocationMinX0, region.RegionLocationMinY0 = 0, 0
    region.RegionLocationMaxX1, region.RegionLocationMaxY1 = width - 1, height - 1
    region.PhysicalUnitsXDirection = region.PhysicalUnitsYDirection = 3  # cm
    region.PhysicalDeltaX = region.PhysicalDeltaY = phantom.drawing.spacing_mm / 10
    return region


def _add_contrast(ds: Dataset, phantom: Phantom) -> None:
    """Say what a stored value means and how it is to be shown."""
    drawing, modality = phantom.drawing, phantom.kind.modality
    if modality in {"CT", "PT"} | _PROJECTION:
        ds.RescaleSlope, ds.RescaleIntercept = drawing.slope, drawing.intercept
    if modality in {"CT"} | _PROJECTION:
        ds.RescaleType = "HU" if modality == "CT" else "US"
    if modality in _PROJECTION:
        rising = drawing.photometric == "MONOCHROME1"
        ds.PresentationLUTShape = "INVERSE" if rising else "IDENTITY"
        ds.PixelIntensityRelationship = "LOG"
        ds.PixelIntensityRelationshipSign = 1 if rising else -1
        ds.PresentationIntentType = "FOR PRESENTATION"
    center, width = drawing.window
    if drawing.inverted:
        ds.VOILUTSequence = [_inverting_table(center, width)]
    elif width:
        ds.WindowCenter, ds.WindowWidth = round(center, 2), round(width, 2)


def _inverting_table(center: float, width: float) -> Dataset:
    """Return a VOI LUT that shows low values white (PS3.3 C.11.2.1.1)."""
    low, num_entries = round(center - width / 2), round(width)
    table = Dataset()
    table.LUTDescriptor = [num_entries, low, 16]
    table.LUTExplanation = "INVERSE GRAY"
    falling = np.linspace(65535, 0, num_entries).astype("<u2")
    table.add_new("LUTData", "OW", falling.tobytes())
    return table


def _add_pixels(ds: Dataset, phantom: Phantom) -> None:
    drawing = phantom.drawing
    is_color = phantom.pixels.ndim == 3
    allocated = 8 if drawing.bits_stored <= 8 else 16
    ds.Rows, ds.Columns = phantom.pixels.shape[:2]
    ds.SamplesPerPixel = 3 if is_color else 1
    ds.PhotometricInterpretation = drawing.photometric
    if is_color:
        ds.PlanarConfiguration = 0
    ds.BitsAllocated, ds.BitsStored = allocated, drawing.bits_stored
    ds.HighBit, ds.PixelRepresentation = drawing.bits_stored - 1, 0
    stored = phantom.pixels.astype(np.uint8 if allocated == 8 else "<u2")
    ds.PixelData = stored.tobytes()
    ds["PixelData"].VR = "OB" if allocated == 8 else "OW"
