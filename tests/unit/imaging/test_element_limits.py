"""Files in which elements never end are refused before they are walked through."""

import struct
import time
from pathlib import Path

import pytest

from cbmir_gui.core.errors import DamagedImageError
from cbmir_gui.imaging import element_limits
from cbmir_gui.imaging.description import describe_file
from cbmir_gui.imaging.dicom_file import parse_dicom
from cbmir_gui.imaging.dicom_tags import read_tags
from cbmir_gui.imaging.reader import read_image

TAIL = bytes(32 * 2**20)
OPEN_SEQUENCE = struct.pack("<HH2sHL", 0x0008, 0x1115, b"SQ", 0, 0xFFFFFFFF)
OPEN_ITEM = struct.pack("<HHL", 0xFFFE, 0xE000, 0xFFFFFFFF)
EMPTY_ELEMENT = struct.pack("<HH2sH", 0x0008, 0x0060, b"CS", 0)


@pytest.mark.parametrize(
    "opened",
    [b"", OPEN_SEQUENCE, OPEN_SEQUENCE + OPEN_ITEM],
    ids=["data set", "sequence", "item"],
)
def test_a_copy_that_stopped_in_a_preallocated_file_is_damaged_at_once(
    opened: bytes, tmp_path: Path, make_dicom, ramp
) -> None:
    path = tmp_path / "a"
    data = make_dicom(ramp)
    place = data.index(b"\x08\x00\x18\x00UI")
    path.write_bytes(data[:place] + opened + TAIL)
    start = time.process_time()
    for read in (describe_file, read_image):
        with pytest.raises(DamagedImageError):
            read(path)
    assert time.process_time() - start < 2


def test_zeros_in_place_of_elements_are_named(tmp_path: Path, make_dicom, ramp) -> None:
    path = tmp_path / "a"
    path.write_bytes(make_dicom(ramp)[:300] + TAIL[:8192])
    with pytest.raises(DamagedImageError, match=r"only zeros follow .* Copy"):
        describe_file(path)


def test_tags_before_the_zeros_are_shown(tmp_path: Path, make_dicom, ramp) -> None:
    path = tmp_path / "a"
    path.write_bytes(make_dicom(ramp, Modality="CT")[:420] + TAIL)
    start = time.process_time()
    table = read_tags(path)
    assert time.process_time() - start < 2
    assert "SOPClassUID" in {row.keyword for row in table.rows}
    assert len(table.rows) < 30
    assert table.problem


def test_zeros_that_fill_a_sector_are_no_damage(tmp_path: Path, make_dicom) -> None:
    path = tmp_path / "a"
    report = OPEN_SEQUENCE + struct.pack("<HHL", 0xFFFE, 0xE0DD, 0)
    syntax = struct.pack("<HH2sH", 0x0008, 0x0016, b"UI", 30)
    syntax += b"1.2.840.10008.5.1.4.1.1.88.33\0"
    path.write_bytes(bytes(128) + b"DICM" + syntax + report + bytes(2048))
    assert describe_file(path).skip_reason == "it is a structured report"


def test_values_of_zeros_are_no_damage(make_dicom, ramp) -> None:
    zeros = [0.0] * 3000
    data = make_dicom(ramp, TableOfYBreakPoints=zeros, TableOfPixelValues=[0] * 3000)
    assert parse_dicom(data, "a").ds.TableOfYBreakPoints == zeros


def test_elements_without_number_are_damage(
    make_dicom, ramp, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = make_dicom(ramp)
    place = data.index(b"\x08\x00\x18\x00UI")
    many = data[:place] + EMPTY_ELEMENT * 500 + data[place:]
    assert parse_dicom(many, "a").pixels is not None
    monkeypatch.setattr(element_limits, "MAX_ELEMENTS", 400)
    with pytest.raises(DamagedImageError, match="more than 400 elements"):
        parse_dicom(many, "a")
