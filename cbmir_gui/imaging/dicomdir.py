"""The table of contents of a DICOM medium (PS3.3 F, PS3.10 8.6)."""

from pathlib import Path

from cbmir_gui.core.contents import MediumReferences
from cbmir_gui.core.errors import ImageTooLargeError, UnsupportedImageError
from cbmir_gui.imaging.content import file_format, read_file
from cbmir_gui.imaging.dicom_errors import translated_errors
from cbmir_gui.imaging.dicom_file import parse_dicom
from cbmir_gui.imaging.dicom_values import items, raw_value

MAX_REFERENCES = 200_000


def read_references(path: Path) -> MediumReferences:
    """Return the files that a DICOMDIR names, in its order, each as it is written.

    Whether they are there, and whether they may be opened at all, is for the caller
    to judge.

    Raises
    ------
    UnsupportedImageError
        It is no DICOMDIR.
    ImageTooLargeError
        It names more than `MAX_REFERENCES` files.
    ImageReadError
        It cannot be read.
    """
    data = read_file(path)
    with translated_errors(path.name):
        ds = parse_dicom(data, path.name).ds if file_format(data) == "DICOM" else None
        if ds is None or "DirectoryRecordSequence" not in ds:
            raise UnsupportedImageError(
                path.name,
                "it is no table of contents of a DICOM medium",
                "Choose the folder that it lies in.",
            )
        found = dict.fromkeys(
            _components(raw_value(record, "ReferencedFileID"))
            for record in items(ds, "DirectoryRecordSequence")
        )
    found.pop((), None)
    if len(found) > MAX_REFERENCES:
        raise ImageTooLargeError(
            path.name,
            f"it names {len(found):,} files, and at most {MAX_REFERENCES:,} are read",
            "Choose folders of the medium one by one.",
        )
    return MediumReferences(tuple(found))


def _components(file_id: object) -> tuple[str, ...]:
    """Return the components of a File ID; empty where a record names no file."""
    if isinstance(file_id, str):
        return (file_id,) if file_id.strip() else ()
    if file_id is None or not hasattr(file_id, "__iter__"):
        return ()
    return tuple(str(part) for part in file_id)
