"""A file without its patient: what is gone, what stays, and what it says of itself."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

from cbmir_gui.core.errors import (
    DamagedImageError,
    NoPixelDataError,
    UnsupportedImageError,
)
from cbmir_gui.imaging.deidentify import deidentify
from cbmir_gui.imaging.patient import read_patient
from cbmir_gui.imaging.raster import write_png
from cbmir_gui.imaging.reader import read_image

KEY = b"k" * 32
CT_STORAGE = "1.2.840.10008.5.1.4.1.1.2"
PIXELS = np.arange(64, dtype=np.uint16).reshape(8, 8) * 100


def item(**elements: Any) -> Dataset:
    ds = Dataset()
    for keyword, value in elements.items():
        setattr(ds, keyword, value)
    return ds


@pytest.fixture
def file(tmp_path: Path, make_dicom: Any) -> Any:
    """Return a function that writes a file of one patient with its elements."""

    def write(name: str = "a.dcm", **elements: Any) -> Path:
        patient = {
            "PatientName": "CANARY^NAME",
            "PatientID": "CANARY-ID",
            "PatientBirthDate": "19700102",
            "StudyInstanceUID": "1.2.3.4",
            "SeriesInstanceUID": "1.2.3.4.5",
            "Modality": "CT",
        }
        path = tmp_path / name
        path.write_bytes(make_dicom(PIXELS, **(patient | elements)))
        return path

    return write


def cleaned(path: Path, key: bytes = KEY) -> Dataset:
    return pydicom.dcmread(io.BytesIO(deidentify(path, key).data))


@pytest.mark.parametrize(
    "elements",
    [
        {"OtherPatientIDs": "CANARY"},
        {"AccessionNumber": "CANARY"},
        {"ReferringPhysicianName": "CANARY^DR"},
        {"InstitutionName": "CANARY HOSPITAL"},
        {"StudyDescription": "for CANARY"},
        {"ImageComments": "CANARY"},
        {"PatientAddress": "CANARY STREET"},
        {"AdditionalPatientHistory": "CANARY"},
        {"RequestAttributesSequence": [item(RequestedProcedureID="CANARY")]},
        {"OtherPatientIDsSequence": [item(PatientID="CANARY")]},
        {"AcquisitionContextSequence": [item(TextValue="CANARY")]},
        {"AnatomicRegionSequence": [item(CodeMeaning="head of Canary")]},
        {"ConvolutionKernel": "CANARY SOFT"},
        {"BodyPartExamined": "CANARY"},
    ],
)
def test_an_identifier_is_gone_wherever_it_was(file: Any, elements: Any) -> None:
    data = deidentify(file(**elements), KEY).data
    assert b"canary" not in data.lower()
    assert b"19700102" not in data


@pytest.mark.parametrize(
    "elements",
    [
        {"SequenceName": "WU LI"},
        {"ManufacturerModelName": "A7 x"},
        {"SoftwareVersions": "1950-03-12"},
        {"ContrastBolusAgent": "born 12.03.1950"},
        {"ImageType": ["ORIGINAL", "PRIMARY", "WU"]},
        {"ScanOptions": "LI"},
        {"ImageType": ["ORIGINAL", "PRIMARY", "19500312"]},
        {"AnatomicRegionSequence": [item(CodeValue="WU LI", CodeMeaning="A7")]},
        {"InstanceNumber": "19500312"},
        {"DateOfLastCalibration": "19500312"},
        {"PulseSequenceName": "Zieglerová"},
    ],
)
def test_short_words_and_the_birth_date_are_gone(file: Any, elements: Any) -> None:
    patient = {
        "PatientName": "WU^LI",
        "PatientID": "A7",
        "PatientBirthDate": "19500312",
        "OtherPatientNames": "Zieglerova",
    }
    ds = cleaned(file(**(patient | elements)))
    (keyword,) = elements
    left = str(ds.get(keyword, "")).upper()
    for word in ("WU", "LI", "A7", "1950", "ZIEGLER"):
        assert word not in left


@pytest.mark.parametrize("word", ["WU", "KIM", "XU KE"])
def test_a_coded_string_of_anything_is_gone(file: Any, word: str) -> None:
    kinds = ["ORIGINAL", "PRIMARY", word]
    assert cleaned(file(ImageType=kinds)).ImageType == [*kinds[:2], "OTHER"]
    assert "ScanOptions" not in cleaned(file(ScanOptions=word))


def test_an_image_is_shown_as_before_whatever_its_patient_is_called(file: Any) -> None:
    ds = cleaned(
        file(
            PatientName="MR^LINEAR^INVERSE",
            PatientID="100",
            Modality="MR",
            VOILUTFunction="LINEAR",
            PresentationLUTShape="INVERSE",
            SpecificCharacterSet="ISO_IR 100",
            NumberOfFrames=1,
            WindowCenter=100,
            WindowWidth=100,
            PatientOrientation=["L", "FP"],
            ScanningSequence=["SE", "IR"],
        )
    )
    assert (ds.Modality, ds.SpecificCharacterSet) == ("MR", "ISO_IR 100")
    assert (ds.VOILUTFunction, ds.PresentationLUTShape) == ("LINEAR", "INVERSE")
    assert (ds.WindowCenter, ds.WindowWidth) == (100, 100)
    assert ds.PatientOrientation == ["L", "FP"]
    assert ds.ScanningSequence == ["SE", "IR"]


def test_private_and_unknown_elements_and_overlays_are_gone(file: Any) -> None:
    path = file()
    ds = pydicom.dcmread(path)
    block = ds.private_block(0x0019, "CANARY MAKER", create=True)
    block.add_new(0x10, "LO", "CANARY")
    ds.add_new(0x00091001, "UN", b"CANARY")
    ds.add_new(0x60000010, "US", 8)
    ds.add_new(0x60000022, "LO", "CANARY")
    ds.save_as(path)
    data = deidentify(path, KEY).data
    assert b"CANARY" not in data
    assert all(
        tag.group % 2 == 0 and tag.group != 0x6000
        for tag in pydicom.dcmread(io.BytesIO(data)).keys()  # noqa: SIM118
    )


def test_text_that_does_not_belong_there_is_gone(file: Any) -> None:
    path = file()
    ds = pydicom.dcmread(path)
    ds.add_new("WindowCenter", "LO", "CANARY")
    ds.add_new("PatientOrientation", "LO", "CANARY")
    ds.add_new("StudyInstanceUID", "LO", "CANARY")
    referenced = Dataset()
    referenced.add_new("ReferencedSOPInstanceUID", "LO", "CANARY")
    ds.ReferencedImageSequence = [referenced]
    ds.save_as(path)
    assert b"CANARY" not in deidentify(path, KEY).data


def test_the_preamble_and_the_head_of_the_file_say_nothing(file: Any) -> None:
    path = file()
    ds = pydicom.dcmread(path)
    ds.preamble = b"CANARY".ljust(128, b"\0")
    ds.file_meta.SourceApplicationEntityTitle = "CANARY"
    ds.save_as(path)
    assert b"CANARY" not in deidentify(path, KEY).data


def test_the_file_says_what_was_done(file: Any) -> None:
    ds = cleaned(file())
    assert ds.PatientIdentityRemoved == "YES"
    assert "Basic Application" in ds.DeidentificationMethod[0]
    assert "Pixel values not looked at" in ds.DeidentificationMethod[-1]
    (code,) = ds.DeidentificationMethodCodeSequence
    assert (code.CodeValue, code.CodingSchemeDesignator) == ("113100", "DCM")
    assert all(len(part) <= 64 for part in ds.DeidentificationMethod)


def test_the_picture_is_the_same(file: Any, tmp_path: Path) -> None:
    path = file(WindowCenter=3000, WindowWidth=5000, PixelSpacing=[0.5, 0.5])
    out = tmp_path / "out.dcm"
    out.write_bytes(deidentify(path, KEY).data)
    assert np.array_equal(read_image(out).pixels, read_image(path).pixels)
    assert cleaned(path).PixelSpacing == [0.5, 0.5]


def test_files_of_one_export_keep_together(file: Any) -> None:
    first = cleaned(file("a.dcm"))
    second = cleaned(file("b.dcm"))
    stranger = cleaned(
        file("c.dcm", PatientID="OTHER", PatientName="OTHER", StudyInstanceUID="1.9")
    )
    assert first.StudyInstanceUID == second.StudyInstanceUID
    assert first.SOPInstanceUID != second.SOPInstanceUID
    assert first.PatientID == second.PatientID == first.PatientName
    assert first.file_meta.MediaStorageSOPInstanceUID == first.SOPInstanceUID
    assert stranger.StudyInstanceUID != first.StudyInstanceUID
    assert stranger.PatientID != first.PatientID


@pytest.mark.parametrize(
    "keyword",
    [
        "SOPInstanceUIDOfConcatenationSource",
        "VolumeFrameOfReferenceUID",
        "TargetFrameOfReferenceUID",
        "TableFrameOfReferenceUID",
        "EquipmentFrameOfReferenceUID",
        "MultiFrameSourceSOPInstanceUID",
    ],
)
def test_no_uid_of_an_instance_stays(file: Any, keyword: str) -> None:
    ds = cleaned(file(**{keyword: "1.2.3.4", "RelatedGeneralSOPClassUID": CT_STORAGE}))
    assert ds.get(keyword) in {None, ds.StudyInstanceUID}
    assert ds.RelatedGeneralSOPClassUID == CT_STORAGE
    assert b"1.2.3.4" not in deidentify(file(**{keyword: "1.2.3.4"}), KEY).data


def test_a_patient_has_one_new_name_however_the_old_is_written(file: Any) -> None:
    first = cleaned(file("a.dcm"))
    second = cleaned(file("b.dcm", PatientName="Canary^^", PatientBirthDate=""))
    assert first.PatientID == second.PatientID


def test_another_export_has_nothing_in_common(file: Any) -> None:
    first, second = cleaned(file()), cleaned(file(), b"other key" * 4)
    assert first.StudyInstanceUID != second.StudyInstanceUID
    assert first.PatientID != second.PatientID


def test_burned_in_text_is_told(file: Any) -> None:
    assert deidentify(file(BurnedInAnnotation="YES"), KEY).burned_in == "yes"
    assert cleaned(file(BurnedInAnnotation="YES")).BurnedInAnnotation == "YES"
    assert deidentify(file(Modality="US"), KEY).burned_in == "likely"


def test_other_files_are_refused(tmp_path: Path, make_dicom: Any) -> None:
    picture = tmp_path / "a.png"
    write_png(picture, np.zeros((8, 8), np.uint8))
    with pytest.raises(UnsupportedImageError, match="it is PNG, and only DICOM"):
        deidentify(picture, KEY)
    data = make_dicom(PIXELS)
    headless = tmp_path / "report.dcm"
    headless.write_bytes(data[: data.rindex(b"\xe0\x7f\x10\x00")])
    with pytest.raises(NoPixelDataError):
        deidentify(headless, KEY)
    cut = tmp_path / "cut.dcm"
    cut.write_bytes(data[:200])
    with pytest.raises(DamagedImageError):
        deidentify(cut, KEY)


def test_a_patient_is_read_as_people_write(file: Any) -> None:
    patient = read_patient(file(PatientName="DOE^JOHN^Q^Dr=X=Y"))
    assert patient.name == "DOE, JOHN Q Dr"
    assert patient.patient_id == "CANARY-ID"
    assert patient.birth_date == "1970-01-02"
    assert "DOE" not in repr(patient)


def test_a_picture_names_no_patient(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    write_png(path, np.zeros((8, 8), np.uint8))
    assert read_patient(path).name == ""
