"""A patient's words are found as people write them, and ordinary words stay."""

from time import process_time
from typing import Any

import pytest
from pydicom.dataset import Dataset

from cbmir_gui.imaging.patient_words import PatientWords, read_patient_words

pytestmark = pytest.mark.filterwarnings(
    "ignore:Invalid value for VR:UserWarning",
    "ignore:The PN component length:UserWarning",
)

BORN = {"PatientBirthDate": "19500312"}


def item(**elements: Any) -> Dataset:
    ds = Dataset()
    ds.SpecificCharacterSet = "ISO_IR 192"
    for keyword, value in elements.items():
        setattr(ds, keyword, value)
    return ds


def words(**elements: Any) -> PatientWords:
    return read_patient_words(item(**elements))


@pytest.mark.parametrize(
    ("name", "text", "shown"),
    [
        ("WU^LI", "CT THORAX WU Li", "CT THORAX … …"),
        ("WU^LI", "wu_li WULI LiWu", "…_… … …"),
        ("WU^LI", "split wulf, oberli", "split wulf, oberli"),
        ("Ann^Annabel", "CT Annabel, Ann scanner", "CT …, … scanner"),
        ("MUELLER^ANNA", "Müller Mu\u0308ller Muller-Anna", "… … …-…"),
        ("Müller^Änne", "MUELLER Aenne Muller", "… … …"),
        ("Jäger^Uwe", "Jager JAEGER jäger", "… … …"),
        ("VAN DER BERG^JAN", "vanderberg CT van der Berg", "… CT …"),
        ("VAN DER BERG^JAN", "van de kop, der Kopf", "van de kop, der Kopf"),
        ("Van^Nguyen", "Nguyen Van", "… …"),
        ("O'Brien^Sean", "OBRIEN CT o'brien Sean", "… CT … …"),
        ("Doe^Jane^Q", "Doe Q has Q fever", "… has Q fever"),
        ("O^E", "O E or OE or e.O, 5 E", "… or … or …, 5 E"),
        ("Meier^Eva^^Dr^MD", "Dr Meier Eva, MD", "Dr … …, MD"),
        ("ØSTBY^Åse", "østby ostby ase", "… … …"),
        ("Yamada^Taro=山田^太郎=やまだ^たろう", "頭部山田太郎", "頭部…"),
        ("=王^心=", "CT 王", "CT …"),
        ("A^B=山田^太郎=やまだ^たろう", "ヤマダ ﾀﾛｳ", "… …"),
        ("Kim^Su=金^洙=김^수", "김 환자", "… 환자"),
        ("Иванов^Ян", "ИВАНОВ ян янтарь", "… … янтарь"),
        ("LUNG1-001", "CT lung, LUNG1 001", "CT lung, …"),
        ("ANONYMOUS^PATIENT", "anonymous study", "anonymous study"),
        ("ANON", "anon", "anon"),
        ("Smith^Patient", "Patient Smith", "Patient …"),
        ("Ella", "PATELLA Cerebellar Ella_1 Ellaknee", "PATELLA Cerebellar …_1 …knee"),
        ("Male^Unknown", "female Male", "female …"),
        ("Ella^Wolf", "CTWOLFELLA", "CT…"),
        ("Zylkx", "of Zy\u00adlk\u200bx, CT", "of …, CT"),
        ("Berg^Jan^^van", "MRI van de knie, van Berg", "MRI van de knie, …"),
    ],
)
def test_a_name_is_hidden(name: str, text: str, shown: str) -> None:
    assert words(PatientName=name).hide(text) == shown


@pytest.mark.parametrize(
    ("patient_id", "text", "shown"),
    [
        ("A7", "CT A7, a-7, A71, BA7", "CT …, …, A71, BA7"),
        ("0004711", "4711 0004711 x04711 47112", "… … x… 47112"),
        ("4711", "0004711", "…"),
        (
            "7",
            "Patient 7, T7, 0.7 mm, 7.5, 70, 7.",
            "Patient …, T7, 0.7 mm, 7.5, 70, ….",
        ),
        ("STS_004", "sts-004 STS004 sts_4", "… … …"),
        ("P0012345", "P12345 0012345 x", "… … x"),
        ("998877", "x998877y", "x…y"),
        ("998877", "99 88 77, 998-877, 1998 877", "…, …, 1998 877"),
        ("P998877", "998 877", "…"),
        ("4711^^^HOSP^MR", "4711 HOSP", "… HOSP"),
        ("0", "0 10", "0 10"),
        ("T001", "T1 TSE sag contrast 10 mm", "T1 TSE sag contrast 10 mm"),
        ("T001", "T001, t-001, T 001, T-1, T_01, XT001", "…, …, …, …, …, XT001"),
        ("P001", "CAP 1.25, P1", "CAP 1.25, P1"),
        ("S001", "Slices 12", "Slices 12"),
        ("C001", "C1/C2", "C1/C2"),
        ("L001", "L1-L5", "L1-L5"),
        ("CT01", "CT 120 kV CT1 CT01", "CT 120 kV CT1 …"),
        ("CT12", "CT 120 kV, CT 12, CT120", "CT 120 kV, CT 12, CT120"),
        ("CT12", "CT12 ct-12 xCT012", "… … x…"),
        ("CT 12", "CT 12", "…"),
        ("T-000", "T, T-000, T0", "T, …, …"),
        ("10-0-1", "10 0 1, 101", "…, 101"),
        ("1-0-0", "1, 1-0-0", "1, …"),
        ("AB-0-12345", "ab 012345 ab-12345", "… …"),
        ("ABC", "abc ABCD abc1", "… ABCD abc1"),
    ],
)
def test_an_id_is_hidden(patient_id: str, text: str, shown: str) -> None:
    assert words(PatientID=patient_id).hide(text) == shown


@pytest.mark.parametrize(
    "date",
    [
        *(
            "19500312",
            "1950-03-12",
            "1950.3.12",
            "12.03.1950",
            "12.3.1950",
            "12/3/1950",
        ),
        *("03/12/1950", "3/12/1950", "12 03 1950", "12031950", "12.03.50", "3/12/50"),
        *("12. März 1950", "12-MAR-1950", "March 12th, 1950", "12Mar50", "1950_03_12"),
    ],
)
def test_a_birth_date_is_hidden(date: str) -> None:
    assert words(**BORN).hide(f"CT geb.{date}, thin") == "CT geb.…, thin"
    for written in ("1950.03.12", "1950/03/12", "12.03.1950"):
        assert words(PatientBirthDate=written).occur_in(f"born {date}")


@pytest.mark.parametrize(
    "text",
    ["summary 12 50", "1950", "20260312", "112.03.1950", "12.03.2026", "12:03:50"],
)
def test_other_dates_stay(text: str) -> None:
    assert words(**BORN).hide(text) == text


@pytest.mark.parametrize(
    "element",
    [
        {"OtherPatientIDs": ["998877", "Zylkx"]},
        {"OtherPatientNames": ["Foo", "Zylkx^Bar"]},
        {"PatientBirthName": "Zylkx"},
        {"PatientMotherBirthName": "Zylkx"},
        {"OtherPatientIDsSequence": [item(PatientID="Zylkx")]},
        {
            "OriginalAttributesSequence": [
                item(ModifiedAttributesSequence=[item(PatientName="Zylkx^A")])
            ]
        },
    ],
)
def test_other_names_and_ids_count(element: dict[str, Any]) -> None:
    assert words(**element).hide("of ZYLKX") == "of …"


@pytest.mark.parametrize(
    ("value", "vr", "shown"),
    [
        ("512", "DS", "512"),
        ("512", "LO", "…"),
        ("1234567", "IS", "…"),
        ("0001234567", "IS", "…"),
        ("1.2.1234567.3", "UI", "1.2.….3"),
        ("19500312101112", "DT", "19500312101112"),
        ("19500312", "DA", "19500312"),
        ("Zylkx", "DA", "…"),
        ("19500312", "IS", "…"),
        ("Zylkx", "DS", "…"),
    ],
)
def test_numbers_are_taken_for_numbers(value: str, vr: str, shown: str) -> None:
    patient = words(
        PatientName="Zylkx", PatientID="512", OtherPatientIDs="1234567", **BORN
    )
    assert patient.hide(value, vr) == shown


def test_without_a_patient_nothing_is_hidden() -> None:
    assert words().hide("CT 1") == "CT 1"
    assert not words().occur_in("CT 1")


def test_a_long_run_of_zeros_takes_no_time() -> None:
    zeros = "0" * 300_000
    assert words(PatientID="123456").hide(zeros) == zeros
    assert words(PatientID="123456").hide(f"{zeros}123456") == "…"
    assert words(PatientID="X123456").hide("0x123456") == "0…"


@pytest.mark.parametrize(
    ("patient_id", "shown"),
    [
        ("0-0-0-0-0-0-0-1", "_0-0-0-0-0-0-0-…_"),
        ("1-0-0-0-0-0-0-0-2", "_…_"),
        ("1-0-1-0-1-0-1-0-1-0-1-2", "_…_"),
        ("A-0-0-0-0-B", "_…_"),
        ("A-0-0-0-0-0-0-0", "_…_"),
        ("123456-0-0-0-0-0-1", "_…_"),
    ],
)
def test_an_id_of_many_zeros_takes_no_time(patient_id: str, shown: str) -> None:
    patient = words(PatientID=patient_id)
    assert patient.hide(f"_{patient_id}_") == shown
    for text in ("0" * 64, "0-" * 64, "1" + "000-1" * 64, patient_id[:-1] * 64):
        started = process_time()
        patient.hide(text * 10)
        assert process_time() - started < 1


def test_what_is_not_wanted_leaves_no_half_of_a_word() -> None:
    patient = words(PatientName="Zylkx^Wulf")
    assert patient.hide("of Zylkx Wulf, CT", length=6) == "of …"
    assert patient.hide("Zylkx " * 300, length=60) == "… " * 10
    assert patient.hide("of Zylkx", length=3) == "of "
    assert words().hide("of Zylkx", length=3) == "of "


@pytest.mark.parametrize(
    "elements",
    [
        {
            "OtherPatientNames": [
                "a" * 510 + chr(98 + n // 8) + "xyz" for n in range(64)
            ]
        },
        {"OtherPatientNames": ["a" * 61 + f"{chr(98 + n)}bc" for n in range(20)] * 3},
        {
            "OriginalAttributesSequence": [
                item(
                    ModifiedAttributesSequence=[
                        item(
                            OtherPatientIDs=[f"{i:02}{j:02}{k}0017" for k in range(64)]
                        )
                        for j in range(16)
                    ]
                )
                for i in range(16)
            ]
        },
    ],
)
def test_many_long_words_take_no_time(elements: dict[str, Any]) -> None:
    started = process_time()
    patient = words(**elements)
    patient.hide("a" * 100_000, length=64)
    patient.hide("a" * 5_000)
    assert process_time() - started < 2
    assert patient.effort < 10_000


def test_the_words_stand_in_no_message() -> None:
    assert "zylkx" not in repr(words(PatientName="Zylkx")).casefold()
