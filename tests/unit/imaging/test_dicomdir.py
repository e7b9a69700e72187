"""The files that a DICOMDIR names, as it names them."""

from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    ExplicitVRLittleEndian,
    MediaStorageDirectoryStorage,
    generate_uid,
)

from cbmir_gui.core.errors import ImageTooLargeError, UnsupportedImageError
from cbmir_gui.imaging import dicomdir
from cbmir_gui.imaging.dicomdir import read_references


def write_dicomdir(path: Path, *file_ids: object) -> Path:
    """Write a DICOMDIR with one record for each File ID; None: a record without."""
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.MediaStorageSOPClassUID = MediaStorageDirectoryStorage
    ds.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    ds.DirectoryRecordSequence = []
    for file_id in file_ids:
        record = Dataset()
        record.DirectoryRecordType = "IMAGE" if file_id else "PATIENT"
        if file_id is not None:
            record.ReferencedFileID = file_id
        ds.DirectoryRecordSequence.append(record)
    pydicom.dcmwrite(path, ds, enforce_file_format=True)
    return path


def test_each_named_file_comes_once_as_it_is_written(tmp_path: Path) -> None:
    path = write_dicomdir(
        tmp_path / "DICOMDIR",
        None,
        ["DICOM", "ST1", "IM1"],
        "IM2",
        ["..", "IM3"],
        ["DICOM", "ST1", "IM1"],
        "",
    )
    assert read_references(path).file_ids == (
        ("DICOM", "ST1", "IM1"),
        ("IM2",),
        ("..", "IM3"),
    )


def test_an_image_is_no_dicomdir(tmp_path: Path, make_dicom, ramp) -> None:
    (tmp_path / "a").write_bytes(make_dicom(ramp))
    (tmp_path / "b").write_text("hello")
    for name in "ab":
        with pytest.raises(UnsupportedImageError, match="no table of contents"):
            read_references(tmp_path / name)


def test_there_is_a_limit_of_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_dicomdir(tmp_path / "DICOMDIR", "A", "B", "C")
    monkeypatch.setattr(dicomdir, "MAX_REFERENCES", 2)
    with pytest.raises(ImageTooLargeError, match="names 3 files"):
        read_references(path)
