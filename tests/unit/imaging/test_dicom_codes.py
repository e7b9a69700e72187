"""Only terms of the standard are taken for codes: anything else may be a name."""

from typing import Any

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import UID

from cbmir_gui.imaging.burned_in import burned_in
from cbmir_gui.imaging.dicom_codes import body_part, modality, syntax_name, uid

# pydicom says of such values what they are.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"


def dataset(**elements: Any) -> Dataset:
    ds = Dataset()
    for keyword, value in elements.items():
        setattr(ds, keyword, value)
    return ds


@pytest.mark.parametrize("value", ["CT", "MR", "US", "SC", "mr"])
def test_a_defined_modality_is_kept(value: str) -> None:
    assert modality(dataset(Modality=value)) == value.upper()


@pytest.mark.parametrize("value", ["SMITH", "LEE", "JOHN DOE", "1984"])
def test_a_name_in_place_of_a_modality_is_left_out(value: str) -> None:
    assert modality(dataset(Modality=value)) == ""


@pytest.mark.parametrize(
    "value", ["HEAD", "Brain", "WHOLE BODY", "C SPINE", "HEAD AND NECK", "LOWER_LEG"]
)
def test_a_part_of_the_body_is_kept(value: str) -> None:
    assert body_part(dataset(BodyPartExamined=value)) == value


@pytest.mark.parametrize("value", ["SMITH", "HEAD SMITH", "AND", "12 MARCH 1984", ""])
def test_a_name_in_place_of_a_body_part_is_left_out(value: str) -> None:
    assert body_part(dataset(BodyPartExamined=value)) == ""


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1.2.840.113619.2", "1.2.840.113619.2"),
        ("DOE^JOHN", ""),
        ("19840312", ""),
        ("1.2.DOE", ""),
        ("1." + "2" * 64, ""),
    ],
)
def test_only_what_has_the_form_of_a_uid_is_one(value: str, expected: str) -> None:
    ds = Dataset()
    ds.add_new("StudyInstanceUID", "LO", value)
    assert uid(ds, "StudyInstanceUID") == expected


def test_an_unknown_transfer_syntax_is_named_only_if_it_is_a_uid() -> None:
    assert syntax_name(UID("1.2.840.10008.1.2")) == "Implicit VR Little Endian"
    assert syntax_name(UID("1.2.840.113619.5.2")) == "1.2.840.113619.5.2"
    assert syntax_name(UID("DOE^JOHN", validation_mode=0)) == "unknown"


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ({"BurnedInAnnotation": "YES", "Modality": "CT"}, "yes"),
        ({"BurnedInAnnotation": "NO", "Modality": "US"}, "no"),
        ({"Modality": "US"}, "likely"),
        ({"Modality": "XC"}, "likely"),
        ({"Modality": "CT"}, ""),
        ({"Modality": "CR", "ConversionType": "DF"}, "likely"),
        ({"Modality": "CT", "ConversionType": "SYN"}, ""),
        ({"Modality": "CT", "SOPClassUID": SECONDARY_CAPTURE}, "likely"),
        ({"Modality": "CT", "SOPClassUID": SECONDARY_CAPTURE + ".2"}, "likely"),
        ({}, ""),
    ],
)
def test_burned_in_text_is_suspected_where_it_is_usual(
    elements: dict[str, str], expected: str
) -> None:
    assert burned_in(dataset(**elements)) == expected
