"""What a file says it holds, read without its pixels."""

from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, RLELossless, generate_uid

from cbmir_gui.core.errors import DamagedImageError, FileAccessError, NoPixelDataError
from cbmir_gui.imaging.description import describe_file
from cbmir_gui.imaging.dicom_geometry import MAX_FRAMES
from cbmir_gui.imaging.dicom_values import items
from cbmir_gui.imaging.raster import write_png

STORAGE = "1.2.840.10008.5.1.4.1.1."
AXIAL = [1, 0, 0, 0, 1, 0]


def write_object(path: Path, sop_class: str, **values: Any) -> Path:
    """Write a data set without pixels."""
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SOPClassUID = sop_class
    ds.SOPInstanceUID = generate_uid()
    for keyword, value in values.items():
        setattr(ds, keyword, value)
    pydicom.dcmwrite(path, ds, enforce_file_format=True)
    return path


def test_a_picture_says_its_format(tmp_path: Path) -> None:
    write_png(tmp_path / "a.dcm", np.zeros((4, 5), np.uint8))
    found = describe_file(tmp_path / "a.dcm")
    assert found.file_format == "PNG"
    assert (found.skip_reason, found.num_frames) == ("", 1)


def test_an_image_says_where_it_belongs_but_not_whose_it_is(
    tmp_path: Path, make_dicom, ramp
) -> None:
    path = tmp_path / "a"
    data = make_dicom(
        ramp,
        Modality="CT",
        BodyPartExamined="CHEST",
        StudyInstanceUID="1.2",
        SeriesInstanceUID="1.2.3",
        StudyDate="20260102",
        StudyDescription="Thorax",
        SeriesDescription="Lung\n1 mm" + 90 * "x",
        SeriesNumber=4,
        InstanceNumber=17,
        PatientName="Doe^Jane",
        PatientID="4711",
        ImageOrientationPatient=AXIAL,
        ImagePositionPatient=[-10, -20, 33.5],
    )
    path.write_bytes(data)
    found = describe_file(path)
    assert (found.modality, found.body_part) == ("CT", "CHEST")
    assert (found.study_instance_uid, found.series_instance_uid) == ("1.2", "1.2.3")
    assert (found.study_date, found.study_description) == ("20260102", "Thorax")
    assert found.series_description == ("Lung 1 mm" + 90 * "x")[:64]
    assert (found.series_number, found.instance_number) == (4, 17)
    assert (found.normal, found.locations_mm) == ((0, 0, 1), (33.5,))
    assert found.patient_digest
    assert "Doe" not in repr(found)
    assert "4711" not in repr(found)


def test_a_description_that_names_the_patient_does_not(
    tmp_path: Path, make_dicom, ramp
) -> None:
    path = tmp_path / "a"
    path.write_bytes(
        make_dicom(
            ramp,
            PatientName="Doe^Jane^A=Do",
            PatientID="STS_004",
            StudyDescription="DOE Jane, thorax",
            SeriesDescription="sts_004 a CT",
        )
    )
    found = describe_file(path)
    assert found.study_description == "… …, thorax"
    assert found.series_description == "… a CT"


@pytest.mark.parametrize(
    ("name", "description", "shown"),
    [
        ("Ann^Annabel", "CT Annabel, Ann", "CT …, …"),
        ("Mustermann", "x" * 60 + "Mustermann", "x" * 60 + "…"),
    ],
    ids=["one name in another", "a name at the end"],
)
def test_no_part_of_a_name_is_left(
    name: str, description: str, shown: str, tmp_path: Path, make_dicom, ramp
) -> None:
    path = tmp_path / "a"
    path.write_bytes(make_dicom(ramp, PatientName=name, SeriesDescription=description))
    assert describe_file(path).series_description == shown


def test_short_names_ids_and_birth_dates_are_hidden(
    tmp_path: Path, make_dicom, ramp
) -> None:
    path = tmp_path / "a"
    path.write_bytes(
        make_dicom(
            ramp,
            PatientName="WU^LI",
            PatientID="A7",
            PatientBirthDate="19500312",
            StudyDescription="CT THORAX WU LI A7",
            SeriesDescription="Wu Li born 12.03.1950",
        )
    )
    found = describe_file(path)
    assert found.study_description == "CT THORAX … … …"
    assert found.series_description == "… … born …"


def test_the_date_of_a_study_of_a_newborn_is_shown(
    tmp_path: Path, make_dicom, ramp
) -> None:
    path = tmp_path / "a"
    path.write_bytes(
        make_dicom(ramp, PatientBirthDate="20260102", StudyDate="20260102")
    )
    assert describe_file(path).study_date == "20260102"


def item(**values: Any) -> Dataset:
    ds = Dataset()
    for keyword, value in values.items():
        setattr(ds, keyword, value)
    return ds


def test_frames_are_placed_by_their_functional_groups(
    tmp_path: Path, make_dicom
) -> None:
    frames = [
        item(PlanePositionSequence=[item(ImagePositionPatient=[0, 0, place])])
        for place in (9, 3, 6)
    ]
    plane = [item(ImageOrientationPatient=AXIAL)]
    path = tmp_path / "a.dcm"
    path.write_bytes(
        make_dicom(
            np.zeros((3, 4, 4), np.uint8),
            num_frames=3,
            SharedFunctionalGroupsSequence=[item(PlaneOrientationSequence=plane)],
            PerFrameFunctionalGroupsSequence=frames,
        )
    )
    found = describe_file(path)
    assert found.num_frames == 3
    assert found.locations_mm == (9, 3, 6)
    assert found.lowest_mm == (0, 0, 3)


def test_orientations_that_jitter_are_one_direction(tmp_path: Path, make_dicom) -> None:
    frames = [
        item(
            PlanePositionSequence=[item(ImagePositionPatient=[200, 0, place])],
            PlaneOrientationSequence=[
                item(ImageOrientationPatient=[1, 0, tilt, 0, 1, 0])
            ],
        )
        for place, tilt in ((1.0, 0.004), (2.0, 0.006), (3.0, 0.004))
    ]
    path = tmp_path / "a"
    path.write_bytes(
        make_dicom(
            np.zeros((3, 4, 4), np.uint8),
            num_frames=3,
            PerFrameFunctionalGroupsSequence=frames,
        )
    )
    found = describe_file(path).locations_mm
    assert np.diff(found) == pytest.approx([1, 1], abs=1e-3)


def test_a_list_of_frames_is_not_copied_for_each_frame() -> None:
    ds = item(PerFrameFunctionalGroupsSequence=Sequence([item()] * 3))
    keyword = "PerFrameFunctionalGroupsSequence"
    assert items(ds, keyword) is ds[keyword].value
    assert list(items(ds, "SharedFunctionalGroupsSequence")) == []


@pytest.mark.parametrize(
    ("declared", "size", "num_frames"),
    [(2_147_483_647, 48, 3), (5, 40, 3), (5, 33, 3), (2, 48, 2), (3, 1, 1)],
)
def test_frames_that_the_pixel_data_cannot_hold_are_not_counted(
    declared: int, size: int, num_frames: int, tmp_path: Path, make_dicom
) -> None:
    path = tmp_path / "a"
    stored = np.zeros((3, 4, 4), np.uint8)
    data = make_dicom(stored, num_frames=3, NumberOfFrames=declared)
    path.write_bytes(data[: len(data) - 48 + size])
    assert describe_file(path).num_frames == num_frames


def test_compressed_frames_that_have_no_fragment_are_not_counted(
    tmp_path: Path, make_dicom
) -> None:
    path = tmp_path / "a"
    data = make_dicom(
        np.zeros((2, 4, 4), np.uint8),
        RLELossless,
        num_frames=2,
        NumberOfFrames=999_999,
        pixel_data=encapsulate([bytes(64), bytes(64)]),
    )
    path.write_bytes(data)
    assert 2 <= describe_file(path).num_frames < 40


def test_there_is_a_limit_of_frames(tmp_path: Path, make_dicom) -> None:
    path = tmp_path / "a"
    stored = np.zeros((MAX_FRAMES + 1, 1, 1), np.uint8)
    path.write_bytes(make_dicom(stored, num_frames=MAX_FRAMES + 1))
    assert describe_file(path).num_frames == MAX_FRAMES


@pytest.mark.parametrize(
    "position", [[0, 0], ["0", "0", "1e999"], None], ids=["two", "infinite", "none"]
)
def test_a_place_that_is_none_is_not_known(
    position: Any, tmp_path: Path, make_dicom, ramp
) -> None:
    path = tmp_path / "a"
    path.write_bytes(
        make_dicom(ramp, ImageOrientationPatient=AXIAL, ImagePositionPatient=position)
    )
    found = describe_file(path)
    assert (found.normal, found.locations_mm) == ((), ())


@pytest.mark.parametrize(
    ("sop_class", "modality", "words"),
    [
        ("88.33", "SR", "it is a structured report"),
        ("88.59", "KO", "it is a key object selection"),
        ("11.1", "PR", "it is a presentation state"),
        ("481.3", "RTSTRUCT", "it is a radiotherapy structure set"),
        ("481.5", "RTPLAN", "it is a radiotherapy plan"),
        ("104.1", "DOC", "it is an encapsulated PDF document"),
        ("9.1.1", "ECG", "it is a waveform"),
        ("66", "MR", "it is raw data of a scanner"),
        ("66.99", "OT", "it is a DICOM object without an image"),
        ("999", "REG", "it is a spatial registration"),
    ],
)
def test_objects_without_an_image_are_named(
    sop_class: str, modality: str, words: str, tmp_path: Path
) -> None:
    path = write_object(tmp_path / "a", STORAGE + sop_class, Modality=modality)
    assert describe_file(path).skip_reason == words


def test_other_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("hello")
    (tmp_path / "b").write_bytes(b"PK\x03\x04 and so on")
    assert describe_file(tmp_path / "a").skip_reason == "it is a text file"
    assert describe_file(tmp_path / "b").skip_reason == "it is a ZIP archive"


def test_damage_is_an_error(tmp_path: Path, make_dicom, ramp) -> None:
    data = make_dicom(ramp)
    (tmp_path / "cut").write_bytes(data[:150])
    (tmp_path / "empty").touch()
    with pytest.raises(DamagedImageError, match="cut off"):
        describe_file(tmp_path / "cut")
    with pytest.raises(FileAccessError, match="0 bytes"):
        describe_file(tmp_path / "empty")


def test_an_image_that_lacks_its_pixels_is_not_passed_over(tmp_path: Path) -> None:
    path = write_object(tmp_path / "a", f"{STORAGE}2", Rows=4, Columns=4)
    with pytest.raises(NoPixelDataError, match="holds no pixel data"):
        describe_file(path)
