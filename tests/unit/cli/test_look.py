"""The tree that `cbmir look` prints."""

from dataclasses import replace

from cbmir_gui.cli.look import _study_text
from cbmir_gui.core.contents import FoundStudy


def test_a_study_of_one_patient_without_a_date_keeps_its_description() -> None:
    study = FoundStudy((), study_instance_uid="1.2", description="Head")
    assert _study_text(study) == "Study Head"
    dated = replace(study, patient=1, date="20260102")
    assert _study_text(dated) == "Study patient 1, 2026-01-02, Head"
    assert _study_text(replace(study, description="")) == "Study"
