from pathlib import Path

import pytest

from cbmir_gui.sources.licences import read_licences

ROWS = [
    ("file", "class", "sets", "original_dataset", "licence"),
    ("a.png", "x", "c18,m4", "B", "MIT"),
    ("b.png", "x", "c18", "A", "CC BY 4.0"),
    ("c.png", "x", "m4", "A", "CC BY 4.0"),
    ("d.png", "x", "c18", "", "unknown"),
    ("e.png", "x", "c18", "C", ""),
]


def write(folder: Path, delimiter: str = ",", between: str = ";") -> Path:
    lines = [delimiter.join(row) for row in ROWS]
    text = "\n".join(lines)
    if delimiter == ",":
        text = text.replace("c18,m4", f"c18{between}m4")
    path = folder / "manifest.csv"
    path.write_text(text)
    return path


def test_each_licence_is_stated_once(tmp_path: Path) -> None:
    assert read_licences(write(tmp_path)) == (
        "A: CC BY 4.0",
        "B: MIT",
        "unnamed: unknown",
    )


@pytest.mark.parametrize("between", [";", "; "])
def test_only_the_licences_of_the_set_are_stated(tmp_path: Path, between: str) -> None:
    manifest = write(tmp_path, between=between)
    assert read_licences(manifest, "m4") == ("A: CC BY 4.0", "B: MIT")


def test_semicolons_may_separate_the_columns(tmp_path: Path) -> None:
    assert read_licences(write(tmp_path, ";")) == read_licences(write(tmp_path))


def test_a_folder_and_a_manifest_without_licences_state_none(tmp_path: Path) -> None:
    assert read_licences(tmp_path) == ()
    path = tmp_path / "plain.csv"
    path.write_text("file,class\na.png,x\n")
    assert read_licences(path) == ()
