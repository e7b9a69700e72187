"""What the first bytes of a file say it is."""

import os
import sys
from pathlib import Path

import pytest

from cbmir_gui.core.errors import FileAccessError
from cbmir_gui.imaging.content import describe_other, file_format, read_file


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"\xff\xd8\xff\xe0", "JPEG"),
        (b"II*\0", "TIFF"),
        (b"MM\0*", "TIFF"),
        (b"II+\0", "TIFF"),
        (b"BM", "BMP"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "WebP"),
        (bytes(128) + b"DICM", "DICOM"),
        (b"II*\0" + bytes(124) + b"DICM", "DICOM"),
        (b"\x08\x00\x05\x00CS\x0a\x00ISO_IR 100", "DICOM"),
        (b"\x08\x00\x00\x00\x04\x00\x00\x00", "DICOM"),
        (b"\x00\x08\x00\x05CS\x00\x0a", "DICOM"),
        (b"\x02\x00\x00\x00UL\x04\x00", "DICOM"),
        (b"Patient report", ""),
        (b"", ""),
        (b"\x08", ""),
    ],
)
def test_the_content_decides_the_format(head: bytes, expected: str) -> None:
    assert file_format(head) == expected


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"%PDF-1.7", "a PDF document"),
        (b"PK\x03\x04", "a ZIP archive"),
        (b"<!DOCTYPE html><p>", "a web page"),
        (b"Befund: unauff\xc3\xa4llig\n", "a text file"),
        (b"\x00\x01\x02\xff", "not an image of a known kind"),
    ],
)
def test_other_files_are_named(head: bytes, expected: str) -> None:
    assert describe_other(head) == expected


def test_a_missing_file_is_named_by_its_last_part_only(tmp_path: Path) -> None:
    with pytest.raises(FileAccessError, match=r"'a.dcm'.*no such file") as caught:
        read_file(tmp_path / "DOE^JOHN" / "a.dcm")
    assert "DOE" not in str(caught.value)


def test_an_empty_file_is_no_image(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.touch()
    with pytest.raises(FileAccessError, match="it is empty"):
        read_file(path)


def test_a_folder_is_no_image(tmp_path: Path) -> None:
    with pytest.raises(FileAccessError, match="it is a folder"):
        read_file(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileAccessError, match="not a regular file"):
        read_file(tmp_path / "pipe")


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="root may read everything"
)
def test_a_file_without_permission_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.dcm"
    path.write_bytes(b"x")
    path.chmod(0)
    with pytest.raises(FileAccessError, match="no permission"):
        read_file(path)


def test_a_refused_file_says_that_permission_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object, **_options: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = tmp_path / "a.dcm"
    path.write_bytes(b"x")
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(FileAccessError, match="no permission to read it"):
        read_file(path)


def test_a_name_with_a_nul_character_is_no_file() -> None:
    with pytest.raises(FileAccessError, match="its name is not valid"):
        read_file(Path("a\0b"))
