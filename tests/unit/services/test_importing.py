"""What was looked at is added; what came out of an archive stays with the library."""

import os
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from cbmir_gui.core.errors import Cancelled, CbmirError, DataError
from cbmir_gui.core.records import IndexRequest, IndexSummary, SelectedFile
from cbmir_gui.library.catalogue import Catalogue
from cbmir_gui.library.imported import staging_folder, sweep_staging
from cbmir_gui.library.library import Library
from cbmir_gui.services import import_look
from cbmir_gui.services.importing import import_paths, needs_look, staging_place
from cbmir_gui.services.indexing import index_library
from cbmir_gui.services.libraries import list_libraries
from cbmir_gui.services.staging import Staged, discard, stage

SERIES = {"StudyInstanceUID": "1.2", "SeriesInstanceUID": "1.2.3"}


@pytest.fixture
def archive(tmp_path: Path, write_dicom) -> Path:
    """Write an archive of a series of five slices, a damaged file and a text."""
    path = tmp_path / "Doe Jane.zip"
    with zipfile.ZipFile(path, "w") as packed:
        for number in range(5):
            file = write_dicom(tmp_path / "out" / "a", InstanceNumber=number, **SERIES)
            packed.write(file, f"ct/IM{number}")
        data = file.read_bytes()
        packed.writestr("short", data[:-500])
        packed.writestr("notes.txt", "hello")
    return path


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """Make an empty library."""
    folder = tmp_path / "library"
    Library.create(folder).close()
    return folder


def add(library: Path, *paths: Path, decoder, **options: object) -> IndexSummary:
    request = IndexRequest(
        str(library), tuple(str(path) for path in paths), model="raw-pixels"
    )
    return import_paths(request, decoders=[decoder], **options)


def imported(library: Path) -> list[str]:
    """Return the files that came out of archives, below their archive's folder."""
    root = library / "imported"
    return sorted(
        "/".join(path.relative_to(root).parts[1:])
        for path in root.rglob("*")
        if path.is_file()
    )


def image_ids(library: Path) -> dict[str, str]:
    with Catalogue.open(library) as catalogue:
        return {record.path: record.image_id for record in catalogue.records()}


@pytest.mark.parametrize("is_new", [False, True])
def test_images_of_an_archive_stay_with_the_library(
    is_new: bool, archive: Path, library: Path, decoder
) -> None:
    if is_new:
        library = library.with_name("other")
    summary = add(library, archive, decoder=decoder)
    assert (summary.added, len(summary.failed), len(summary.skipped)) == (5, 1, 1)
    assert set(summary.added_ids) == set(image_ids(library).values())
    archive.unlink()
    assert imported(library) == [f"ct/IM{number}" for number in range(5)]
    assert all(Path(path).is_file() for path in image_ids(library))
    assert [path.name for path in (library / "imported").iterdir()] == [
        next((library / "imported").iterdir()).name
    ]
    if os.name != "nt":
        assert (library / "imported").stat().st_mode & 0o777 == 0o700


def test_the_same_archive_is_known(archive: Path, library: Path, decoder) -> None:
    add(library, archive, decoder=decoder)
    before = image_ids(library)
    again = add(library, archive, decoder=decoder)
    assert (again.added, again.known, again.duplicate) == (0, 5, 0)
    renamed = archive.rename(archive.with_name("Doe Jane (1).zip"))
    other = add(library, renamed, decoder=decoder)
    assert (other.added, other.duplicate) == (0, 5)
    assert image_ids(library) == before


def test_every_nth_slice_of_an_archive_is_added_later_too(
    archive: Path, library: Path, decoder
) -> None:
    first = add(library, archive, decoder=decoder, every=2)
    assert first.added == 3
    assert imported(library) == ["ct/IM0", "ct/IM2", "ct/IM4"]
    rest = add(library, archive, decoder=decoder)
    assert (rest.added, rest.known) == (2, 3)
    assert len(imported(library)) == 5


def test_every_nth_frame_of_a_file_is_added(
    tmp_path: Path, library: Path, decoder, write_dicom
) -> None:
    film = write_dicom(tmp_path / "film", num_frames=7, **SERIES)
    assert add(library, film, decoder=decoder).added == 1
    (middle,) = image_ids(library).values()
    assert middle.endswith(":4")
    more = add(library, film, decoder=decoder, every=3)
    assert (more.added, more.known) == (2, 1)
    with Catalogue.open(library) as catalogue:
        frames = sorted(record.frame for record in catalogue.records())
    assert frames == [1, 4, 7]


def test_a_stopped_import_keeps_only_what_it_added(
    archive: Path, library: Path, decoder
) -> None:
    def stop(done: int, total: int, text: str = "") -> None:
        if text == "loading the model":
            raise Cancelled

    summary = add(library, archive, decoder=decoder, progress=stop)
    assert summary.cancelled
    assert imported(library) == []
    assert add(library, archive, decoder=decoder).added == 5


def test_a_stopped_look_leaves_nothing(archive: Path, library: Path, decoder) -> None:
    def stop(done: int, total: int, text: str = "") -> None:
        raise Cancelled

    assert add(library, archive, decoder=decoder, progress=stop).cancelled
    assert imported(library) == []


def test_an_archive_for_a_new_library_is_unpacked_on_its_disk(
    archive: Path, tmp_path: Path, decoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    places: list[Path] = []

    def record(path: Path, place: Path, *rest: object) -> Staged:
        places.append(place)
        return stage(path, place, *rest)

    monkeypatch.setattr(import_look, "stage", record)
    new = tmp_path / "libraries" / "new"
    assert add(new, archive, decoder=decoder).added == 5
    assert [place.parent for place in places] == [new.parent]
    assert [path.name for path in new.parent.iterdir()] == ["new"]


@pytest.mark.parametrize("model", ["no such model", "raw-pixels"])
def test_what_was_unpacked_is_gone_if_adding_does_not_begin(
    model: str, archive: Path, library: Path, decoder
) -> None:
    def stop(done: int, total: int, text: str = "") -> None:
        raise Cancelled

    staged = stage(archive, library / "imported", pytest.fail)
    selection = tuple(SelectedFile(str(file)) for file in staged.files)
    request = IndexRequest(
        str(library), (), model, selection=selection, staged=(str(staged.folder),)
    )
    if model == "raw-pixels":
        assert index_library(request, [decoder], stop).cancelled
    else:
        with pytest.raises(CbmirError, match="no such model"):
            index_library(request, [decoder])
    assert list((library / "imported").iterdir()) == []


def test_unpacked_files_that_are_gone_are_asked_for_again(
    archive: Path, library: Path, decoder
) -> None:
    staged = stage(archive, library / "imported", pytest.fail)
    selection = tuple(SelectedFile(str(file)) for file in staged.files)
    shutil.rmtree(staged.folder)
    request = IndexRequest(
        str(library),
        (),
        "raw-pixels",
        selection=selection,
        staged=(str(staged.folder),),
    )
    with pytest.raises(DataError, match=r"are gone\. Look at the archive again"):
        index_library(request, [decoder])
    assert list((library / "imported").iterdir()) == []


def test_an_archive_without_images_makes_no_library(tmp_path: Path, decoder) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.writestr("notes.txt", "hello")
    summary = add(tmp_path / "new", tmp_path / "a.zip", decoder=decoder)
    assert (summary.added, len(summary.skipped)) == (0, 1)
    assert {path.name for path in tmp_path.iterdir()} == {"home", "a.zip"}


def test_chosen_files_are_added_with_their_classes(
    tmp_path: Path, library: Path, decoder, write_dicom
) -> None:
    paths = [write_dicom(tmp_path / name, 3) for name in "ab"]
    selection = (
        SelectedFile(str(paths[0]), (1, 3), "lung"),
        SelectedFile(str(paths[1])),
    )
    request = IndexRequest(str(library), (), "raw-pixels", selection=selection)
    assert index_library(request, [decoder]).added == 3
    with Catalogue.open(library) as catalogue:
        found = sorted((r.frame, r.class_name) for r in catalogue.records())
    assert found == [(1, "lung"), (2, ""), (3, "lung")]


def test_a_manifest_is_not_mixed_with_a_look(
    tmp_path: Path, library: Path, decoder
) -> None:
    with pytest.raises(DataError, match="A manifest names its images itself"):
        add(library, tmp_path / "a.csv", decoder=decoder, every=2)


def test_what_needs_a_look(archive: Path, tmp_path: Path) -> None:
    assert needs_look(str(archive))
    assert needs_look(str(tmp_path / "DICOMDIR"))
    assert not needs_look(str(tmp_path))
    assert not needs_look(str(tmp_path / "out" / "a"))


def test_what_a_killed_look_left_is_swept(archive: Path, tmp_path: Path) -> None:
    place = tmp_path / "place"
    ended = subprocess.run([sys.executable, "-c", ""], check=True)
    assert ended.returncode == 0
    alive = staging_folder(place, "own-01234567")
    dead = alive.with_name(alive.name.replace(f"-{os.getpid()}-", "-999999999-"))
    kept = place / "kept-1234"
    # Whether a process of another machine lives cannot be known.
    elsewhere = place / ".own-01234567.0000beef-1-1.new"
    left = place / ".own-01234567.0000beef-2-1.new"
    for folder in (dead, alive, kept, elsewhere, left):
        folder.mkdir(parents=True)
    os.utime(left, (0, 0))
    sweep_staging(place)
    names = {path.name for path in place.iterdir()}
    assert names == {alive.name, kept.name, elsewhere.name}
    discard([str(alive), str(elsewhere), str(kept)])
    assert [path.name for path in place.iterdir()] == ["kept-1234"]


def test_a_second_look_at_an_archive_leaves_the_files_of_the_first(
    archive: Path, tmp_path: Path
) -> None:
    def stop(done: int, total: int, text: str = "") -> None:
        if total:
            raise Cancelled

    place = tmp_path / "place"
    first = stage(archive, place, pytest.fail)
    with pytest.raises(Cancelled):
        stage(archive, place, pytest.fail, stop)
    assert first.files
    assert all(file.is_file() for file in first.files)
    assert [path.name for path in place.iterdir()] == [first.folder.name]


def test_what_killed_commands_left_is_swept_by_the_next_one(
    archive: Path, home: Path, decoder
) -> None:
    name = staging_folder(home, "own-01234567").name
    dead = name.replace(f"-{os.getpid()}-", "-999999999-")
    libraries = home / "feature_db"
    places = [home / "unpacked", libraries / ".new-imported"]
    for place in places:
        (place / dead / "ct").mkdir(parents=True)
    in_use = libraries / ".other-imported" / name
    in_use.mkdir(parents=True)
    (libraries / ".mine").mkdir()
    assert list_libraries() == ()
    assert list(places[0].iterdir()) == []
    assert {path.name for path in libraries.iterdir()} == {".other-imported", ".mine"}
    assert in_use.is_dir()
    (places[0] / dead).mkdir()
    with staging_place("") as place:
        assert place == places[0]
        staged = stage(archive, place, pytest.fail)
        assert [path.name for path in place.iterdir()] == [staged.folder.name]


def test_what_was_removed_is_gone_from_the_disk_with_compaction(
    archive: Path, library: Path, decoder
) -> None:
    add(library, archive, decoder=decoder)
    (library / "imported" / "of the user.txt").write_text("not ours")
    with Library.open(library) as opened:
        by_name = {
            Path(record.path).name: record.image_id
            for record in opened.catalogue.records()
        }
        opened.remove([by_name["IM1"], by_name["IM3"]])
    with Library.open(library) as opened:
        assert len(imported(library)) == 6, "the trash keeps its files"
        opened.compact()
        assert imported(library) == ["", "ct/IM0", "ct/IM2", "ct/IM4"]
        opened.remove(opened.catalogue.image_ids())
        opened.compact()
    left = [path.name for path in (library / "imported").iterdir()]
    assert left == ["of the user.txt"]


def test_a_library_that_was_moved_keeps_its_images(
    archive: Path, library: Path, decoder
) -> None:
    add(library, archive, decoder=decoder)
    moved = library.rename(library.with_name("moved"))
    with Library.open(moved) as opened:
        opened.compact()
    assert len(imported(moved)) == 5


def test_a_catalogue_that_has_lost_paths_deletes_no_images(
    archive: Path, library: Path, decoder
) -> None:
    add(library, archive, decoder=decoder)
    with sqlite3.connect(library / "library.sqlite") as connection:
        connection.execute("DELETE FROM path WHERE position = 2")
    connection.close()
    with Library.open(library) as opened:
        opened.compact()
    assert len(imported(library)) == 5


KILLED_IMPORT = """
import os, sys
from cbmir_gui.core.records import IndexRequest
from cbmir_gui.library.library import Library
from cbmir_gui.services.importing import import_paths
Library.add = lambda *_: os._exit(9)
import_paths(IndexRequest(sys.argv[1], (sys.argv[2],), "raw-pixels"))
"""


@pytest.fixture
def killed_import(archive: Path, library: Path) -> Path:
    """Import, ended between the moving of the files and the commit."""
    words = [sys.executable, "-c", KILLED_IMPORT, str(library), str(archive)]
    assert subprocess.run(words, check=False).returncode == 9
    assert imported(library)[1:] == [
        *(f"ct/IM{number}" for number in range(5)),
        "short",
    ]
    return library


def test_what_a_killed_import_moved_is_gone_with_the_next_change(
    killed_import: Path,
) -> None:
    Library.open(killed_import, read_only=True).close()
    assert len(imported(killed_import)) == 7
    Library.open(killed_import).close()
    assert list((killed_import / "imported").iterdir()) == []


def test_the_archive_of_a_killed_import_can_be_added_again(
    killed_import: Path, archive: Path, decoder
) -> None:
    again = add(killed_import, archive, decoder=decoder)
    assert (again.added, len(again.failed)) == (5, 1)
    assert imported(killed_import) == [f"ct/IM{number}" for number in range(5)]
    assert all(Path(path).is_file() for path in image_ids(killed_import))


def test_the_name_of_an_archive_becomes_a_plain_folder(tmp_path: Path) -> None:
    path = tmp_path / "a b:c*..zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("1", "hello")
    staged = stage(path, tmp_path / "place", pytest.fail)
    assert staged.home.name.startswith("a_b_c-")
