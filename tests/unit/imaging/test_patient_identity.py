"""One patient has one digest, however devices write who it is."""

from typing import Any

import pytest
from pydicom.dataset import Dataset

from cbmir_gui.imaging.patient_identity import patient_digest

pytestmark = pytest.mark.filterwarnings("ignore:Invalid value for VR:UserWarning")

ANNA = {
    "PatientID": "P1",
    "PatientName": "Mueller^Anna",
    "PatientBirthDate": "19500101",
}


def digest(**elements: Any) -> str:
    ds = Dataset()
    ds.SpecificCharacterSet = "ISO_IR 192"
    for keyword, value in elements.items():
        setattr(ds, keyword, value)
    return patient_digest(ds)


@pytest.mark.parametrize(
    "written",
    [
        {"PatientName": "MUELLER^ANNA^^"},
        {"PatientName": "Müller^Anna"},
        {"PatientName": "Mueller^Anna B", "PatientBirthDate": ""},
        {"PatientName": "Mueller, Anna"},
        {"PatientName": "Mueller^Anna^^Dr=山田"},
        {"PatientBirthDate": "1950.01.01"},
        {"PatientID": " p1 "},
        {"PatientID": "P1^^^HOSPITAL"},
    ],
)
def test_an_id_with_a_family_name_is_one_patient(written: dict[str, str]) -> None:
    assert digest(**(ANNA | written)) == digest(**ANNA) != ""


@pytest.mark.parametrize(
    "other",
    [
        {"PatientID": "P2"},
        {"PatientName": "Smith^Anna"},
        {"IssuerOfPatientID": "ELSEWHERE"},
    ],
)
def test_another_id_issuer_or_family_is_another_patient(other: dict[str, str]) -> None:
    assert digest(**(ANNA | other)) != digest(**ANNA)


def test_leading_zeros_of_an_id_do_not_count() -> None:
    assert digest(PatientID="0004711") == digest(PatientID="4711") != ""


def test_without_an_id_name_and_birth_date_decide() -> None:
    anna = {"PatientName": "Mueller^Anna", "PatientBirthDate": "19500101"}
    assert digest(**anna) == digest(**(anna | {"PatientName": "MÜLLER^ANNA^^Dr"}))
    assert digest(**anna) == digest(**(anna | {"PatientBirthDate": "1950.01.01"}))
    assert digest(**anna) == digest(**anna, PatientID="ANONYMOUS")
    assert digest(**anna) != digest(**(anna | {"PatientBirthDate": "19500102"}))
    assert digest(**anna) != digest(**(anna | {"PatientName": "Mueller^Eva"}))
    assert digest(**anna) != digest(**anna, PatientID="P1")


@pytest.mark.parametrize(
    "elements",
    [{}, {"PatientBirthDate": "19500101"}, {"PatientName": "X^", "PatientID": "000"}],
)
def test_nobody_has_no_digest(elements: dict[str, str]) -> None:
    assert digest(**elements) == ""


@pytest.mark.parametrize(
    "name",
    [
        "ANONYMOUS^PATIENT",
        "Anonymous^Anonymous",
        "UNKNOWN^UNKNOWN^^",
        "NO^NAME",
        "Anonymized Patient",
        "Patient, Unknown=X^X",
    ],
)
def test_words_that_all_name_nobody_have_no_digest(name: str) -> None:
    assert digest(PatientName=name, PatientBirthDate="19500101") == ""
    assert digest(PatientName="Li^Na") != digest(PatientName="Li^Mei") != ""
