"""A look at files, folders, DICOMDIRs and archives changes nothing and says all."""

import os
import sys
import zipfile
from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    ExplicitVRLittleEndian,
    MediaStorageDirectoryStorage,
    generate_uid,
)

from cbmir_gui.core.contents import ImportContents
from cbmir_gui.core.errors import Cancelled, DataError
from cbmir_gui.services import import_look
from cbmir_gui.services.import_look import look_at_import

SERIES = {
    "Modality": "CT",
    "StudyInstanceUID": "1.2",
    "SeriesInstanceUID": "1.2.3",
    "SeriesNumber": 3,
    "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
}


@pytest.fixture
def look(decoder, tmp_path: Path):
    """Return a function that looks at paths."""

    def look_at(*paths: Path, **options: object) -> ImportContents:
        names = [str(path) for path in paths]
        return look_at_import(names, tmp_path / "place", [decoder], **options)

    return look_at


@pytest.fixture
def study(tmp_path: Path, write_dicom) -> Path:
    """Write a series of four slices, a report, and a text."""
    folder = tmp_path / "study"
    for place in range(4):
        write_dicom(
            folder / "ct" / f"IM{place}",
            ImagePositionPatient=[0, 0, -place],
            InstanceNumber=place,
            **SERIES,
        )
    report = pydicom.dcmread(folder / "ct" / "IM0")
    del report.PixelData, report.Rows
    report.SOPClassUID = "1.2.840.10008.5.1.4.1.1.88.33"
    report.save_as(folder / "report")
    (folder / "README").write_text("hello")
    (folder / "cut").write_bytes((folder / "ct" / "IM0").read_bytes()[:160])
    return folder


def write_dicomdir(path: Path, *file_ids: object) -> None:
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.MediaStorageSOPClassUID = MediaStorageDirectoryStorage
    ds.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    ds.DirectoryRecordSequence = []
    for file_id in file_ids:
        record = Dataset()
        record.ReferencedFileID = file_id
        ds.DirectoryRecordSequence.append(record)
    pydicom.dcmwrite(path, ds, enforce_file_format=True)


def zip_folder(folder: Path, path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, file.relative_to(folder))
    return path


def reasons(entries: object) -> dict[str, str]:
    return {Path(entry.path).name: entry.reason for entry in entries}


def files(contents: ImportContents) -> list[str]:
    return [Path(file.path).name for group in contents.groups for file in group.files]


def test_a_folder_is_told_by_series_with_what_is_left_out(look, study: Path) -> None:
    contents = look(study)
    (found,) = contents.studies
    (series,) = found.groups
    assert (found.study_instance_uid, series.number, series.modality) == (
        "1.2",
        3,
        "CT",
    )
    assert files(contents) == ["IM3", "IM2", "IM1", "IM0"]
    assert reasons(contents.skipped) == {
        "README": "it is a text file",
        "report": "it is a structured report",
    }
    assert list(reasons(contents.unreadable)) == ["cut"]
    assert contents.staged == ()


def test_an_archive_is_told_like_its_folder(look, study: Path, tmp_path: Path) -> None:
    contents = look(zip_folder(study, tmp_path / "study.zip"))
    assert files(contents) == ["IM3", "IM2", "IM1", "IM0"]
    assert set(reasons(contents.skipped)) == {"README", "report"}
    assert contents.archives == ("study.zip",)
    (staged,) = contents.staged
    assert Path(staged).parent == tmp_path / "place"
    assert all(file.path.startswith(staged) for file in contents.groups[0].files)


def test_pictures_in_an_archive_stand_under_its_name(
    look, image_folder: Path, tmp_path: Path
) -> None:
    flat = image_folder / "chest_ct"
    contents = look(zip_folder(flat, tmp_path / "flat.zip"))
    assert [group.description for group in contents.groups] == ["flat.zip"]


def test_archives_inside_are_left_closed(look, study: Path, tmp_path: Path) -> None:
    zip_folder(study / "ct", study / "inner.zip")
    (study / "inner.zip").rename(study / "inner.dat")
    contents = look(study)
    assert reasons(contents.skipped)["inner.dat"].startswith("it is a ZIP archive")
    nested = look(zip_folder(study, tmp_path / "outer.zip"))
    assert reasons(nested.skipped)["inner.dat"].startswith("it is a ZIP archive")


def test_class_folders_are_recognised(look, image_folder: Path) -> None:
    contents = look(image_folder)
    assert [group.class_name for group in contents.groups] == [
        "brain_mri",
        "chest_ct",
        "hand_xray",
    ]
    assert len(files(contents)) == 18


def test_a_dicomdir_names_its_files_and_no_others(look, study: Path) -> None:
    write_dicomdir(
        study / "DICOMDIR",
        ["CT", "IM1"],
        ["ct", "IM2"],
        ["CT", "IM7"],
        ["..", "secret"],
    )
    (study.parent / "secret").write_bytes((study / "ct" / "IM3").read_bytes())
    contents = look(study / "DICOMDIR")
    assert files(contents) == ["IM2", "IM1"]
    assert reasons(contents.skipped)["DICOMDIR"].startswith("it is a DICOMDIR")
    assert reasons(contents.unreadable) == {
        "IM7": "the DICOMDIR names it, but it is not there",
        "secret": "the DICOMDIR names it outside its folder",
    }


@pytest.mark.parametrize("packed", [False, True])
def test_a_dicomdir_in_a_folder_says_what_is_missing(
    packed: bool, look, study: Path, tmp_path: Path
) -> None:
    write_dicomdir(study / "DICOMDIR", ["ct", "IM1"], ["ct", "IM7"])
    (study / "cut").unlink()
    contents = look(zip_folder(study, tmp_path / "a.zip") if packed else study)
    assert len(files(contents)) == 4
    assert "DICOMDIR" in reasons(contents.skipped)
    assert list(reasons(contents.unreadable)) == ["IM7"]


def test_a_file_that_only_is_called_dicomdir_is_named(look, tmp_path: Path) -> None:
    (tmp_path / "DICOMDIR").write_text("hello")
    contents = look(tmp_path / "DICOMDIR")
    assert "no table of contents" in reasons(contents.skipped)["DICOMDIR"]


def test_a_loop_of_links_ends(look, study: Path) -> None:
    (study / "ct" / "up").symlink_to(study)
    assert len(files(look(study))) == 4


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="root may read everything"
)
def test_a_folder_that_may_not_be_read_is_named(look, study: Path) -> None:
    (study / "ct").chmod(0)
    try:
        contents = look(study)
    finally:
        (study / "ct").chmod(0o700)
    assert "ct" in reasons(contents.unreadable)


def test_what_is_not_there_is_named(look, tmp_path: Path) -> None:
    contents = look(tmp_path / "nothing")
    assert contents.studies == ()
    assert reasons(contents.unreadable) == {
        "nothing": "there is no such file or folder"
    }


def test_a_look_that_is_stopped_leaves_nothing(
    look, study: Path, tmp_path: Path
) -> None:
    archive = zip_folder(study, tmp_path / "study.zip")

    def stop(done: int, total: int, text: str = "") -> None:
        if done == 2 and text.startswith("Reading what"):
            raise Cancelled

    with pytest.raises(Cancelled):
        look(archive, progress=stop)
    assert list((tmp_path / "place").iterdir()) == []


def test_an_archive_that_is_none_does_not_stop_the_look(look, study: Path) -> None:
    (study.parent / "bad.zip").write_text("hello")
    contents = look(study.parent / "bad.zip", study / "ct")
    assert len(files(contents)) == 4
    assert "no ZIP archive" in reasons(contents.unreadable)["bad.zip"]
    assert (contents.staged, contents.archives) == ((), ())


def test_there_is_a_limit_of_files(
    look, study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_look, "MAX_FILES", 3)
    with pytest.raises(DataError, match="more than 3 files"):
        look(study)
