"""The files of a medium are those that its DICOMDIR names, and lie beside it."""

from pathlib import Path

import pytest

from cbmir_gui.core.records import FailedFile
from cbmir_gui.sources.dicomdir import is_dicomdir, resolve_references


@pytest.fixture
def medium(tmp_path: Path) -> Path:
    """Write a medium of two images, with a secret beside its folder."""
    folder = tmp_path / "cd"
    (folder / "IMG").mkdir(parents=True)
    for name in ("DICOMDIR", "IMG/A", "IMG/b;1"):
        (folder / name).touch()
    (tmp_path / "secret").touch()
    return folder


def resolve(medium: Path, *file_ids: tuple[str, ...]) -> tuple[list[str], list[str]]:
    failed: list[FailedFile] = []
    found = resolve_references(medium / "DICOMDIR", file_ids, failed.append)
    return [path.relative_to(medium).as_posix() for path in found], [
        entry.reason for entry in failed
    ]


def test_named_files_are_found_whatever_the_case(medium: Path) -> None:
    found, failed = resolve(medium, ("IMG", "A"), ("img", "B"), ("Img", "a"))
    assert found == ["IMG/A", "IMG/b;1"]
    assert failed == []


def test_missing_files_are_listed(medium: Path) -> None:
    found, failed = resolve(medium, ("IMG", "C"), ("NO", "A"), ("IMG",))
    assert found == []
    assert failed == ["the DICOMDIR names it, but it is not there"] * 3


@pytest.mark.parametrize(
    "file_id",
    [
        ("..", "secret"),
        ("IMG", "..", "..", "secret"),
        ("/etc/passwd",),
        ("", "etc", "passwd"),
        ("..\\secret",),
        ("C:", "secret"),
        ("IMG/../../secret",),
        ("IMG", "A\0"),
        (".",),
    ],
)
def test_no_name_leads_out_of_the_folder(
    file_id: tuple[str, ...], medium: Path
) -> None:
    found, failed = resolve(medium, file_id)
    assert found == []
    assert failed == ["the DICOMDIR names it outside its folder"]


def test_no_link_leads_out_of_the_folder(medium: Path) -> None:
    (medium / "LINK").symlink_to(medium.parent / "secret")
    (medium / "OWN").symlink_to(medium / "IMG" / "A")
    found, failed = resolve(medium, ("LINK",), ("OWN",))
    assert found == ["OWN"]
    assert failed == ["it is a link that leads out of the folder"]


def test_a_dicomdir_is_known_by_its_name() -> None:
    assert is_dicomdir(Path("/media/cd/dicomdir"))
    assert not is_dicomdir(Path("/media/cd/DICOMDIR.txt"))
