"""The elements of a file for people: whole, bounded, and without the patient."""

from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

from cbmir_gui.core.errors import UnsupportedImageError
from cbmir_gui.core.tags import TagRow, TagTable
from cbmir_gui.imaging import dicom_tags
from cbmir_gui.imaging.dicom_tags import read_tags
from cbmir_gui.imaging.raster import write_png

SECRETS = ("Doe", "4711", "19700102", "Main Street", "secret note", "inner")


def item(**values: Any) -> Dataset:
    ds = Dataset()
    for keyword, value in values.items():
        setattr(ds, keyword, value)
    return ds


@pytest.fixture
def image(tmp_path: Path, make_dicom, ramp) -> Path:
    """Write an image that says much about its patient."""
    path = tmp_path / "a.dcm"
    data = make_dicom(
        ramp,
        Modality="CT",
        PatientName="Doe^Jane",
        PatientID="4711",
        PatientBirthDate="19700102",
        PatientAddress="1 Main Street",
        StudyDescription="Thorax",
        WindowCenter=["40", "400"],
        RequestAttributesSequence=[
            item(CodeMeaning="a code", ScheduledProcedureStepID="inner 1"),
            item(ScheduledProcedureStepID="inner 2"),
        ],
        OtherPatientIDsSequence=[item(TypeOfPatientID="inner 3")],
    )
    ds = pydicom.dcmread(pydicom.filebase.DicomBytesIO(data))
    block = ds.private_block(0x0011, "ACME 1.0", create=True)
    block.add_new(1, "LO", "secret note")
    block.add_new(2, "DS", "2.5")
    block.add_new(3, "OB", b"\0" * 12)
    ds.save_as(path)
    return path


def row(table: TagTable, keyword: str) -> TagRow:
    return next(entry for entry in table.rows if entry.keyword == keyword)


def test_values_that_name_the_patient_never_leave(image: Path) -> None:
    table = read_tags(image)
    text = "\n".join(entry.value for entry in table.rows)
    for secret in SECRETS:
        assert secret not in text
    assert row(table, "PatientName") == TagRow(
        0, "(0010,0010)", "PatientName", "PN", "", is_identifying=True, is_hidden=True
    )
    assert table.num_hidden == sum(entry.is_hidden for entry in table.rows) == 8
    assert row(table, "StudyDescription").value == "Thorax"


@pytest.fixture
def careless(tmp_path: Path, make_dicom, ramp) -> Path:
    """Write an image that says its patient's words where they do not belong."""
    path = tmp_path / "careless.dcm"
    data = make_dicom(
        ramp,
        PatientName="MUELLER^ANNA^NAME",
        PatientID="0004711",
        PatientBirthDate="19500312",
        StudyDescription="CT MUELLER ANNA 0004711 geb. 12.03.1950",
        ProtocolName="Anna Müller",
        ContrastBolusAgent="for MUELLER",
        DerivationDescription="x" * 995 + "MUELLER" + "y" * 100,
        ManufacturerModelName="Mark 3",
        ImageType=["ORIGINAL", "PRIMARY", "ANNA"],
        ProcedureCodeSequence=[item(CodeMeaning="head of 4711")],
        SpecificCharacterSet="ISO_IR 192",
    )
    ds = pydicom.dcmread(pydicom.filebase.DicomBytesIO(data))
    block = ds.private_block(0x0011, "MUELLER 1", create=True)
    block.add_new(2, "DS", "2.5")
    ds.save_as(path)
    return path


def test_the_patient_is_hidden_in_other_elements(careless: Path) -> None:
    table = read_tags(careless)
    text = "\n".join(f"{entry.keyword} {entry.value}" for entry in table.rows)
    for word in ("MUE", "Mü", "ANNA", "Anna", "4711", "1950"):
        assert word not in text
    assert row(table, "StudyDescription").value == "CT … … … geb. …"
    assert row(table, "StudyDescription").is_identifying
    assert row(table, "PatientName").is_hidden
    assert row(table, "ImageType").value == "ORIGINAL\\PRIMARY\\…"
    assert row(table, "CodeMeaning").value == "head of …"
    assert row(table, "ManufacturerModelName").value == "Mark 3"
    assert row(table, "Private: … 1").value == "2.5"
    assert row(table, "Private creator").value == "… 1"
    partly = sum("…" in entry.value and entry.tag != "" for entry in table.rows)
    assert table.num_hidden == partly + sum(entry.is_hidden for entry in table.rows)


def test_on_request_the_patient_is_there_in_other_elements(careless: Path) -> None:
    table = read_tags(careless, show_patient_data=True)
    described = row(table, "StudyDescription")
    assert described.value == "CT MUELLER ANNA 0004711 geb. 12.03.1950"
    assert described.is_identifying
    assert table.num_hidden == 0


def test_on_request_all_values_are_there(image: Path) -> None:
    table = read_tags(image, show_patient_data=True)
    text = "\n".join(entry.value for entry in table.rows)
    for secret in SECRETS:
        assert secret in text
    assert row(table, "PatientName").is_identifying
    assert table.num_hidden == 0


def test_elements_stand_as_in_the_file(image: Path) -> None:
    table = read_tags(image)
    assert row(table, "TransferSyntaxUID").value == (
        "1.2.840.10008.1.2.1 (Explicit VR Little Endian)"
    )
    assert row(table, "WindowCenter").value == "40\\400"
    assert row(table, "PixelData") == TagRow(
        0, "(7FE0,0010)", "PixelData", "OW", "binary, 8,192 bytes"
    )
    assert table.problem == ""


def test_items_of_a_sequence_stand_below_it(image: Path) -> None:
    rows = read_tags(image).rows
    place = next(
        place
        for place, entry in enumerate(rows)
        if entry.keyword == "RequestAttributesSequence"
    )
    assert rows[place].value == "2 items"
    assert [entry.depth for entry in rows[place : place + 6]] == [0, 1, 2, 2, 1, 2]
    assert [entry.keyword for entry in rows[place + 1 : place + 4]] == [
        "Item 1",
        "CodeMeaning",
        "ScheduledProcedureStepID",
    ]


def test_private_elements_say_who_made_them(image: Path) -> None:
    rows = [entry for entry in read_tags(image).rows if entry.tag[1:5] == "0011"]
    assert [(entry.keyword, entry.value, entry.is_hidden) for entry in rows] == [
        ("Private creator", "ACME 1.0", False),
        ("Private: ACME 1.0", "", True),
        ("Private: ACME 1.0", "2.5", False),
        ("Private: ACME 1.0", "binary, 12 bytes", False),
    ]


def test_long_values_are_shortened(tmp_path: Path, make_dicom, ramp) -> None:
    path = tmp_path / "a"
    path.write_bytes(
        make_dicom(
            ramp,
            RedPaletteColorLookupTableData=b"\1\2" * 500,
            TableOfYBreakPoints=list(range(5000)),
            DerivationDescription="x" * 1000 + "\n",
            LUTExplanation="y" * 20_000,
        )
    )
    table = read_tags(path)
    red = row(table, "RedPaletteColorLookupTableData")
    assert red.value == "binary, 1,000 bytes"
    points = row(table, "TableOfYBreakPoints").value
    assert points.startswith("0.0\\1.0\\2.0\\")
    assert points.endswith(" … (5,000 values)")
    assert row(table, "LUTExplanation").value == "y" * 1000 + " … (shortened)"


def test_there_is_a_limit_of_rows_and_items(
    tmp_path: Path, make_dicom, ramp, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a"
    many = [item(CodeValue=str(number)) for number in range(300)]
    path.write_bytes(make_dicom(ramp, ProcedureCodeSequence=many))
    table = read_tags(path)
    assert sum(entry.keyword == "CodeValue" for entry in table.rows) == 200
    assert row(table, "…").value == "100 more items"
    monkeypatch.setattr(dicom_tags, "MAX_ROWS", 30)
    short = read_tags(path)
    assert len(short.rows) <= 32
    assert short.problem == "Only the first 30 elements are shown."


def test_there_is_a_limit_of_what_is_searched(
    tmp_path: Path, make_dicom, ramp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dicom_tags, "_MAX_EFFORT", 5_000)
    path = tmp_path / "a.dcm"
    texts = {"PatientID": "A" * 20, "ImageComments": "B" * 900, "StudyID": "1"}
    path.write_bytes(make_dicom(ramp, **texts))
    table = read_tags(path)
    shown = [row.keyword for row in table.rows]
    assert table.problem == f"Only the first {len(shown) - 1} elements are shown."
    assert "ImageComments" not in shown


def test_items_that_are_left_out_at_the_end_are_told(
    tmp_path: Path, make_dicom, ramp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dicom_tags, "_MAX_EFFORT", 15_000)
    path = tmp_path / "a.dcm"
    items = [item(ReasonForTheAttributeModification="B" * 16) for _ in range(99)]
    path.write_bytes(
        make_dicom(ramp, PatientID="A" * 20, OriginalAttributesSequence=items)
    )
    table = read_tags(path)
    assert len(table.rows) < 150
    assert table.problem == f"Only the first {len(table.rows) - 1} elements are shown."


def test_a_name_across_the_end_of_what_is_shown_is_hidden(
    tmp_path: Path, make_dicom, ramp
) -> None:
    path = tmp_path / "a.dcm"
    comment = "CANARY " * 290
    path.write_bytes(make_dicom(ramp, PatientName="CANARY", SeriesDescription=comment))
    row = next(r for r in read_tags(path).rows if r.keyword == "SeriesDescription")
    assert row.value == f"{'… ' * 142}… … (shortened)"


def test_deep_nesting_has_an_end(tmp_path: Path, make_dicom, ramp) -> None:
    path = tmp_path / "a"
    inner = item(CodeValue="1")
    for _ in range(40):
        inner = item(ContentSequence=[inner])
    path.write_bytes(make_dicom(ramp, ContentSequence=[inner]))
    table = read_tags(path)
    assert max(entry.depth for entry in table.rows) <= 2 * dicom_tags.MAX_DEPTH
    assert row(table, "…").value == "nested too deeply to be shown"


def test_a_broken_value_does_not_hide_the_others(
    tmp_path: Path, make_dicom, ramp
) -> None:
    data = make_dicom(ramp, WindowCenter=40, BodyPartExamined="CHEST")
    place = data.index(b"\x28\x00\x50\x10DS")
    (tmp_path / "a").write_bytes(
        data[: place + 4] + b"US\x01\x00x" + data[place + 4 + 4 + 2 :]
    )
    table = read_tags(tmp_path / "a")
    assert row(table, "BodyPartExamined").value == "CHEST"
    assert "cannot be read" in row(table, "WindowCenter").value or table.problem


def test_what_stands_before_the_damage_is_shown(
    tmp_path: Path, make_dicom, ramp
) -> None:
    data = make_dicom(ramp, Modality="CT", ProcedureCodeSequence=[item(CodeValue="1")])
    place = data.index(b"\x08\x00\x32\x10SQ")
    broken = data[: place + 8] + b"\xff\xff\xff\xff" + data[place + 12 : place + 30]
    (tmp_path / "a").write_bytes(broken)
    table = read_tags(tmp_path / "a")
    assert row(table, "Modality").value == "CT"
    assert table.problem.startswith("The file is damaged")


def test_a_picture_has_no_tags(tmp_path: Path) -> None:
    write_png(tmp_path / "a.png", np.zeros((4, 5), np.uint8))
    with pytest.raises(UnsupportedImageError, match="no DICOM file"):
        read_tags(tmp_path / "a.png")
