"""Which images a request names."""

from pathlib import Path

import pytest

from cbmir_gui.core.records import FailedFile, IndexRequest
from cbmir_gui.services.image_sources import find_sources


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Make two folders with a file each."""
    for name in ("head", "chest"):
        (tmp_path / "tree" / name).mkdir(parents=True)
        (tmp_path / "tree" / name / "1.png").write_bytes(b"image")
    return tmp_path / "tree"


def classes_of(request: IndexRequest) -> list[str]:
    failed: list[FailedFile] = []
    sources = find_sources(request, failed.append)
    assert failed == []
    return [source.class_name for source in sources]


def test_folders_are_no_classes_unless_it_is_said(tree: Path) -> None:
    assert classes_of(IndexRequest("library", (str(tree),))) == ["", ""]


def test_class_folders_give_their_names_where_it_is_said(tree: Path) -> None:
    request = IndexRequest("library", (str(tree),), class_folders=True)
    assert classes_of(request) == ["chest", "head"]


def test_another_tree_gives_no_names_even_so(tree: Path) -> None:
    (tree / "1.png").write_bytes(b"image")
    request = IndexRequest("library", (str(tree),), class_folders=True)
    assert classes_of(request) == ["", "", ""]


def test_a_file_that_is_named_twice_is_one_source(tree: Path) -> None:
    request = IndexRequest("library", (str(tree), str(tree / "head" / "1.png")))
    assert len(classes_of(request)) == 2
