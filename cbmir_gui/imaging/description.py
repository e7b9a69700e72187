"""What a file says it holds, read without its pixels: for many files at once."""

from pathlib import Path

from cbmir_gui.core.contents import FileDescription
from cbmir_gui.core.errors import NoPixelDataError
from cbmir_gui.core.records import MIDDLE_FRAME
from cbmir_gui.imaging.content import (
    FileBytes,
    describe_other,
    file_format,
    read_file,
)
from cbmir_gui.imaging.raster_structure import read_raster_header

MAX_TEXT_LENGTH = 64
"""LO, the type of descriptions, holds no more (PS3.5 6.2)."""
_MAP_FROM_BYTES = 2**16
"""Of a larger file most pages are pixels, and are not read at all."""


def describe_file(path: Path) -> FileDescription:
    """Describe a file by what it holds; the suffix does not matter.

    What is no image is described by `skip_reason`.

    Raises
    ------
    ImageReadError
        It is an image, but damaged or of a kind that is not read, or may not be read.
    """
    data = read_file(path, _MAP_FROM_BYTES)
    kind = file_format(data)
    if not kind:
        return FileDescription(skip_reason=f"it is {describe_other(data)}")
    if kind == "DICOM":
        return _describe_dicom(data, path.name)
    header = read_raster_header(data, path.name, kind, MIDDLE_FRAME)
    return FileDescription(kind, num_frames=header.num_frames)


def _describe_dicom(data: FileBytes, name: str) -> FileDescription:
    # pydicom is loaded by the first file that needs it.
    from cbmir_gui.imaging.dicom_errors import translated_errors
    from cbmir_gui.imaging.dicom_file import parse_dicom
    from cbmir_gui.imaging.dicom_geometry import MAX_FRAMES, read_places
    from cbmir_gui.imaging.dicom_header import num_frames_begun, read_header, read_info
    from cbmir_gui.imaging.dicom_kinds import kind_without_image
    from cbmir_gui.imaging.dicom_values import integer, text
    from cbmir_gui.imaging.patient_words import read_patient_words

    with translated_errors(name):
        file = parse_dicom(data, name)
        ds = file.ds

        words = read_patient_words(ds)

        def shown(keyword: str, vr: str) -> str:
            short = words.hide(text(ds, keyword), vr, MAX_TEXT_LENGTH)
            return "".join(letter if letter.isprintable() else " " for letter in short)

        try:
            header = read_header(file, name)
        except NoPixelDataError:
            if "DirectoryRecordSequence" in ds:
                kind = "a DICOMDIR, a table of contents without an image"
            elif "Rows" in ds:
                raise
            else:
                kind = kind_without_image(ds)
            return FileDescription("DICOM", skip_reason=f"it is {kind}")
        info = read_info(file, header, name, frame=1)
        # What is told here is counted and listed, in the window, too.
        num_frames = min(num_frames_begun(file, header), MAX_FRAMES)
        places = read_places(ds, num_frames)
        return FileDescription(
            "DICOM",
            num_frames=num_frames,
            modality=info.modality,
            body_part=info.body_part,
            study_instance_uid=info.study_instance_uid,
            series_instance_uid=info.series_instance_uid,
            study_date=shown("StudyDate", "DA"),
            study_description=shown("StudyDescription", "LO"),
            series_description=shown("SeriesDescription", "LO"),
            series_number=integer(ds, "SeriesNumber"),
            instance_number=integer(ds, "InstanceNumber"),
            normal=places.normal,
            locations_mm=places.locations_mm,
            lowest_mm=places.lowest_mm,
            patient_digest=info.patient_digest,
        )
