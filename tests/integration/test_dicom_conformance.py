"""Real DICOM files of every kind, against pictures that DCMTK made of them."""

from pathlib import Path

import conformance
import numpy as np
import pytest

from cbmir_gui.engine.decoder_client import DecoderClient


@pytest.fixture(scope="module")
def cases(shared: Path) -> list[conformance.Case]:
    """Return every line of the manifest."""
    found: list[conformance.Case] = conformance.read_cases(
        shared / "dicom" / "conformance"
    )
    return found


@pytest.fixture(scope="module")
def outcomes(
    cases: list[conformance.Case], tmp_path_factory: pytest.TempPathFactory
) -> list[conformance.Outcome]:
    """Return what became of each file."""
    return list(conformance.run_cases(cases, tmp_path_factory.mktemp("rendered")))


def test_pictures_equal_those_of_dcmtk(outcomes: list[conformance.Outcome]) -> None:
    compared = [
        outcome
        for outcome in outcomes
        if outcome.case.oracle and outcome.case.expected == "render"
    ]
    assert len(compared) >= 90
    agree = [outcome for outcome in compared if outcome.agrees]
    assert len(agree) >= conformance.SMALLEST_RATE * len(compared)
    differing = {outcome.case.file.name for outcome in set(compared) - set(agree)}
    assert differing == set(conformance.EXCEPTIONS), "each exception is explained"


def test_every_file_has_its_expected_outcome_in_5_seconds_and_1_gigabyte(
    outcomes: list[conformance.Outcome],
) -> None:
    assert sum(outcome.case.kind == "good" for outcome in outcomes) >= 100
    assert sum(outcome.case.kind == "bad" for outcome in outcomes) >= 60
    unexpected = [
        (o.case.file.name, o.error, o.restarted, round(o.seconds, 1), o.peak_bytes)
        for o in outcomes
        if not o.is_expected
    ]
    assert unexpected == []


def test_errors_name_the_file_and_not_its_folder(
    outcomes: list[conformance.Outcome],
) -> None:
    refused = [outcome for outcome in outcomes if outcome.error]
    assert len(refused) >= 20
    for outcome in refused:
        file = outcome.case.file
        assert outcome.error.startswith(f"'{file.name}' cannot be read: ")
        assert str(file.parent) not in outcome.error


def test_every_good_file_is_rendered_as_it_is_searched(
    cases: list[conformance.Case],
) -> None:
    good = [case for case in cases if case.kind == "good"]
    with DecoderClient() as decoder:
        for case in good:
            image = decoder.decode(case.file, thumbnail=True)
            assert image.info.file_format == "DICOM"
            assert image.thumbnail
            assert np.isfinite(image.pixels.mean())


def test_a_picture_of_another_size_never_agrees() -> None:
    small, large = np.zeros((2, 2), np.uint8), np.zeros((2, 3), np.uint8)
    assert conformance.mean_difference(small, large) == float("inf")
    assert conformance.mean_difference(small, small + 3) == 3.0
