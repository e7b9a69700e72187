"""What archives were unpacked to is swept, and nothing of the user's."""

import errno
import os
from pathlib import Path

import pytest

from cbmir_gui.core.errors import LibraryExistsError
from cbmir_gui.library import imported
from cbmir_gui.library.imported import (
    staging_folder,
    sweep_beside,
    sweep_staging,
)
from cbmir_gui.library.library import Library


def dead(place: Path) -> Path:
    """Make the folder of a process of this machine that is no more."""
    name = staging_folder(place, "scan-0123abcd").name
    head, _, number = name.rpartition("-")
    folder = place / f"{head.rpartition('-')[0]}-999999999-{number}"
    (folder / "ct").mkdir(parents=True)
    return folder


MY_COPIES = (
    "mine.backup",
    "mine.backup.new",
    "format-1.backup.zip",
    "format-1 (2).backup",
    "format-\u00b2.backup",
    "before-repair-monday.backup",
    "before-repair-20261121T101500Z.backup.txt",
)


def test_what_is_only_called_alike_is_left_alone(library, tmp_path: Path) -> None:
    folder = library.folder
    library.close()
    machine = imported._machine()
    place = folder / "imported"
    files = [
        tmp_path / ".photos-imported" / ".draft.new" / "mine",
        folder.with_name(f".{folder.name}-imported") / ".draft.new" / "mine",
        place / ".project.new" / "mine",
        place / "ct-20240115" / "mine.dcm",
        place / "scan-0123abcd" / "notes.txt",
        place / f".x-0123abcd.{machine}-99999999999999999999-1.new" / "mine",
        place / f".x-0123abcd.{machine}-\u00b2-1.new" / "mine",
        folder / "library.sqlite.newest-copy",
        *(folder / f"library.sqlite.{name}" for name in MY_COPIES),
    ]
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("of the user")
    empty = tmp_path / ".empty-imported"
    empty.mkdir()
    (place / ".unfinished").touch()
    sweep_beside(tmp_path)
    with Library.open(folder) as opened:
        opened.compact()
        opened.mend(opened.inspect())
    assert [file for file in files if not file.exists()] == []
    assert empty.exists()


def test_a_copy_in_a_folder_without_a_library_is_left_alone(tmp_path: Path) -> None:
    copy = tmp_path / "new" / "library.sqlite.newest-copy"
    copy.parent.mkdir()
    copy.write_text("of the user")
    with pytest.raises(LibraryExistsError):
        Library.create(copy.parent)
    assert copy.exists()


def test_unfinished_catalogues_are_swept(library) -> None:
    repair = "before-repair-20261121T101500Z.backup.new"
    names = ("new", "new-journal", "format-1.backup.new", repair)
    files = [library.folder / f"library.sqlite.{name}" for name in names]
    for file in files:
        file.touch()
    assert library.num_orphans() == 4
    library.close()
    Library.open(library.folder).close()
    assert not any(file.exists() for file in files)


def test_a_place_beside_goes_with_what_it_held(library, tmp_path: Path) -> None:
    folder = library.folder
    library.close()
    places = [folder.with_name(f".{folder.name}-imported"), tmp_path / ".b-imported"]
    for place in places:
        dead(place)
    Library.open(folder).close()
    assert [place.exists() for place in places] == [False, True]
    sweep_beside(tmp_path)
    assert not places[1].exists()


def test_a_folder_that_vanishes_meanwhile_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def vanish(folder: Path, pattern: str) -> list[Path]:
        raise FileNotFoundError(str(folder / pattern))

    monkeypatch.setattr(Path, "glob", vanish)
    sweep_beside(tmp_path)
    assert not sweep_staging(tmp_path)


def test_each_look_of_a_process_has_a_folder_of_its_own(tmp_path: Path) -> None:
    folders = {staging_folder(tmp_path, "scan-0123abcd") for _ in range(3)}
    assert len(folders) == 3


def test_a_folder_that_a_share_does_not_show_now_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / ".scan-0123abcd.0000beef-1-1.new"
    folder.mkdir()
    os.utime(folder, (0, 0))
    look = Path.stat

    def stale(path: Path, **options: bool) -> os.stat_result:
        if path == folder:
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))
        return look(path, **options)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "stat", stale)
        sweep_staging(tmp_path)
    assert folder.exists()
    sweep_staging(tmp_path)
    assert not folder.exists()


@pytest.mark.skipif(os.name == "nt", reason="needs symbolic links")
def test_what_a_link_leads_to_is_not_swept(library, tmp_path: Path) -> None:
    folder = dead(tmp_path / "of others")
    (library.folder / "imported").symlink_to(folder.parent)
    library.close()
    Library.open(library.folder).close()
    assert folder.exists()


@pytest.mark.skipif(not Path("/proc/self/ns/pid").is_symlink(), reason="Linux only")
@pytest.mark.parametrize("method", ["readlink", "read_text"])
def test_a_process_of_a_container_is_not_taken_for_dead(
    method: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Path, method, lambda path: f"another {path}")
        folder = dead(tmp_path)
    sweep_staging(tmp_path)
    assert folder.exists()
    os.utime(folder, (0, 0))
    sweep_staging(tmp_path)
    assert not folder.exists()
