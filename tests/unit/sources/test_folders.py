import os
from pathlib import Path

import pytest

from cbmir_gui.core.errors import DataError
from cbmir_gui.core.records import FailedFile
from cbmir_gui.sources.folders import find_files, has_class_folders
from cbmir_gui.sources.manifests import read_sources


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


def fill(folder: Path, files: str) -> None:
    for name in files.split():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"image")


def test_files_are_found_in_order_without_the_hidden_ones(data: Path) -> None:
    fill(data, "b/2.dcm b/1.dcm a.png .git/x b/.hidden b/Thumbs.db c/d/e.tif")
    found = [path.relative_to(data).as_posix() for path in find_files([data])]
    assert found == ["a.png", "b/1.dcm", "b/2.dcm", "c/d/e.tif"]


def test_single_files_and_folders_may_be_mixed(data: Path) -> None:
    fill(data, "a.png b/c.png")
    assert len(list(find_files([data / "a.png", data / "b"]))) == 2


def test_what_cannot_be_read_is_reported_and_the_rest_goes_on(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(data, "a.png closed/b.png z.png")
    listdir = os.listdir

    def refuse(path: Path) -> list[str]:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied")
        return listdir(path)

    monkeypatch.setattr(os, "listdir", refuse)
    failed: list[FailedFile] = []
    found = list(find_files([data, data / "none"], failed.append))
    assert [path.name for path in found] == ["a.png", "z.png"]
    assert [(Path(entry.path).name, entry.reason) for entry in failed] == [
        ("closed", "Permission denied"),
        ("none", "there is no such file or folder"),
    ]


def test_a_folder_that_may_be_listed_but_not_entered_stops_nothing(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(data, "a.png closed/b.png z.png")
    stat = os.stat

    def refuse(path: Path, **options: object) -> os.stat_result:
        if Path(path).parent.name == "closed":
            raise PermissionError(13, "Permission denied")
        return stat(path, **options)

    monkeypatch.setattr(os, "stat", refuse)
    found = list(find_files([data, data / "closed" / "b.png"]))
    assert [path.name for path in found] == ["a.png", "b.png", "z.png", "b.png"]
    assert not has_class_folders(data / "closed")


def test_a_loop_of_links_ends(data: Path) -> None:
    fill(data, "a/b.png")
    (data / "a" / "back").symlink_to(data, target_is_directory=True)
    assert len(list(find_files([data]))) == 1


def test_class_folders_become_classes(data: Path) -> None:
    fill(data, "head/2.png head/1.png chest/deep/3.png readme.txt")
    sources = read_sources(data)
    assert [
        (source.class_name, Path(source.path).name, source.split) for source in sources
    ] == [("chest", "3.png", ""), ("head", "1.png", ""), ("head", "2.png", "")]


def test_folders_named_train_and_test_are_a_split(data: Path) -> None:
    fill(data, "train/head/1.png test/head/2.png train/chest/3.png")
    sources = read_sources(data)
    assert {(source.class_name, source.split) for source in sources} == {
        ("head", "train"),
        ("head", "test"),
        ("chest", "train"),
    }
    assert len(read_sources(data, splits=("test",))) == 1


def test_a_folder_without_class_folders_is_refused(data: Path) -> None:
    fill(data, "a.png")
    with pytest.raises(DataError, match="expected one folder per class"):
        read_sources(data)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ("head/1.png chest/2.png", True),
        ("train/head/1.png test/head/2.png", True),
        ("readme.txt manifest.csv head/1.png chest/2.png", True),
        ("head/1.png", False),
        ("a.png head/1.png chest/2.png", False),
        ("patient/study/1.dcm patient2/study/1.dcm", False),
        ("a.png", False),
    ],
)
def test_class_folders_are_told_from_other_trees(
    data: Path, files: str, expected: bool
) -> None:
    fill(data, files)
    assert has_class_folders(data) is expected


def test_a_class_folder_whose_name_is_not_utf8_gives_a_readable_class(
    data: Path,
) -> None:
    fill(data, "R\udcf6ntgen/a.png CT/b.png")
    classes = [source.class_name for source in read_sources(data)]
    assert classes == ["CT", "R\N{REPLACEMENT CHARACTER}ntgen"]
