"""Whatever a file holds, it is described, its tags are listed, or it is refused."""

import contextlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cbmir_gui.core.errors import ImageReadError
from cbmir_gui.imaging.description import describe_file
from cbmir_gui.imaging.dicom_tags import read_tags
from cbmir_gui.imaging.dicomdir import read_references

Change = tuple[int, bytes, int]
CHANGES = st.lists(
    st.tuples(st.integers(0, 2**16), st.binary(max_size=12), st.integers(0, 8)),
    min_size=1,
    max_size=6,
)
"""Place, bytes that are put there, and how many go."""


@pytest.fixture
def image(make_dicom) -> bytes:
    return make_dicom(
        np.zeros((4, 4), np.uint8),
        PatientName="Doe^Jane",
        SpecificCharacterSet="ISO_IR 192",
        ImageOrientationPatient=[1, 0, 0, 0, 1, 0],
        ImagePositionPatient=[0, 0, 1],
        WindowCenter=["40", "400"],
    )


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(changes=CHANGES)
def test_a_spoilt_file_is_read_or_refused(
    changes: list[Change], image: bytes, tmp_path: Path
) -> None:
    data = bytearray(image)
    for place, new, num_gone in changes:
        place %= len(data) + 1
        data[place : place + num_gone] = new
    path = tmp_path / "a"
    path.write_bytes(data)
    for read in (describe_file, read_tags, read_references):
        with contextlib.suppress(ImageReadError):
            read(path)
    with contextlib.suppress(ImageReadError):
        assert len(read_tags(path).rows) <= len(data)
