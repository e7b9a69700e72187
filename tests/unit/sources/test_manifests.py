from pathlib import Path

import pytest

from cbmir_gui.core.errors import DataError
from cbmir_gui.sources.manifests import (
    missing_files,
    read_column,
    read_sources,
    require_files,
)


def write_manifest(folder: Path, text: str, files: str = "a b c d") -> Path:
    for name in files.split():
        (folder / f"{name}.png").write_bytes(b"image")
    manifest = folder / "manifest.csv"
    manifest.write_text(text, encoding="utf-8")
    return manifest


FULL = (
    "file,class,group,split,diagnosis,modality,sets,licence\n"
    "a.png,head,p1,train,glioma,MR,c18;m4,x\n"
    "b.png,head,p2,test,,MR,c18,x\n"
    "c.png,chest,p3,val,,DX,m4,x\n"
    "d.png,chest,p3,val,pneumonia,DX,c18; m4 ,x\n"
)


def names(sources: list) -> list[str]:
    return [Path(source.path).name for source in sources]


def test_a_manifest_gives_its_rows_in_order(tmp_path: Path) -> None:
    sources = read_sources(write_manifest(tmp_path, FULL))
    assert names(sources) == ["a.png", "b.png", "c.png", "d.png"]
    first = sources[0]
    assert first.path == str(tmp_path / "a.png")
    assert (first.class_name, first.group, first.split) == ("head", "p1", "train")
    assert (first.diagnosis, first.modality) == ("glioma", "MR")


def test_sets_and_splits_narrow_a_manifest(tmp_path: Path) -> None:
    manifest = write_manifest(tmp_path, FULL)
    assert names(read_sources(manifest, "m4")) == ["a.png", "c.png", "d.png"]
    assert names(read_sources(manifest, "m4", ("val",))) == ["c.png", "d.png"]
    assert names(read_sources(manifest, splits=("train", "test"))) == [
        "a.png",
        "b.png",
    ]


def test_the_label_may_be_the_modality(tmp_path: Path) -> None:
    sources = read_sources(write_manifest(tmp_path, FULL), label="modality")
    assert [source.class_name for source in sources] == ["MR", "MR", "DX", "DX"]


def test_a_byte_order_mark_and_semicolons_are_understood(tmp_path: Path) -> None:
    text = "\ufeffFile; Class\na.png;head\nb.png;chest\n"
    sources = read_sources(write_manifest(tmp_path, text))
    assert [source.class_name for source in sources] == ["head", "chest"]


def test_absolute_paths_and_repeated_lines_are_accepted(tmp_path: Path) -> None:
    text = f"file,class\n{tmp_path / 'a.png'},head\na.png,head\n"
    assert len(read_sources(write_manifest(tmp_path, text))) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("file,class\n", "is empty"),
        ("name,class\na.png,head\n", "no column 'file'"),
        ("file,label\na.png,head\n", "no column 'class'.*received 'file', 'label'"),
        ("file,class\na.png,head\na.png,chest\n", "1 files two classes.*: 'a.png'"),
        (
            "file,class,split\na.png,head,train\na.png,head,test\n",
            "1 files two classes, splits or groups: 'a.png'",
        ),
        ("file,class,group\na.png,head,p\na.png,head,q\n", "splits or groups"),
        ('file,class\na.png,head\n"b.png,head\nc.png,x\n', "quote in line 3: its f"),
        ('file,class\na.png,"head\n' + "b.png,x\n" * 999, "quote in line 2: its class"),
        (f"file,class\n{'x' * 300}.png,head\n", "None of the 1 files"),
        (f"file,class\na.png,{'x' * 200}\n", "more than 100 letters"),
        ("file,class\na.png,he\x07ad\n", r"no text: 'he.ad"),
        ("file,class\nx.png,head\ny.png,head\n", "None of the 2 files"),
        ("\x00\x01", "has no column|not a manifest|is empty"),
    ],
)
def test_an_unusable_manifest_is_refused(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        read_sources(write_manifest(tmp_path, text))


def test_a_picture_is_not_taken_for_a_manifest(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"\x89PNG\xff\xfe")
    with pytest.raises(DataError, match="not a manifest"):
        read_sources(path)


def test_a_missing_manifest_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"'none\.csv' cannot be read: No such file"):
        read_sources(tmp_path / "none.csv")


def test_an_unknown_set_or_split_says_what_was_asked(tmp_path: Path) -> None:
    manifest = write_manifest(tmp_path, FULL)
    with pytest.raises(DataError, match="no images of set 'c99' and split 'test'"):
        read_sources(manifest, "c99", ("test",))
    with pytest.raises(DataError, match="no column 'sets'"):
        read_sources(write_manifest(tmp_path, "file,class\na.png,head\n"), "c18")
    with pytest.raises(DataError, match="must be one of"):
        read_sources(manifest, label="colour")


def test_missing_files_are_listed_and_counted(tmp_path: Path) -> None:
    sources = read_sources(write_manifest(tmp_path, FULL, files="a b"))
    assert names(missing_files(sources)) == ["c.png", "d.png"]
    with pytest.raises(DataError, match="2 of 4 files are missing: 'c"):
        require_files(sources)


def test_a_split_column_is_obeyed_and_a_missing_one_is_drawn(tmp_path: Path) -> None:
    files = [f"i{number}" for number in range(40)]
    lines = [f"{name}.png,c{index % 2}" for index, name in enumerate(files)]
    manifest = write_manifest(
        tmp_path, "file,class\n" + "\n".join(lines), " ".join(files)
    )
    parts = [
        set(names(read_sources(manifest, splits=(split,))))
        for split in ("train", "val", "test")
    ]
    assert sum(len(part) for part in parts) == len(set.union(*parts)) == 40
    assert [len(part) for part in parts] == [28, 4, 8]


def test_a_drawn_split_is_the_same_for_every_label(tmp_path: Path) -> None:
    files = [f"i{number}" for number in range(40)]
    lines = [
        f"{name}.png,c{index % 3},m{index % 5}" for index, name in enumerate(files)
    ]
    manifest = write_manifest(
        tmp_path, "file,class,modality\n" + "\n".join(lines), " ".join(files)
    )
    by_class, by_modality = (
        names(read_sources(manifest, splits=("test",), label=label))
        for label in ("class", "modality")
    )
    assert by_class == by_modality


def test_an_unknown_split_is_not_silently_left_out(tmp_path: Path) -> None:
    text = "file,class,split\na.png,head,train\nb.png,head,validation\n"
    manifest = write_manifest(tmp_path, text)
    assert len(read_sources(manifest)) == 2
    with pytest.raises(DataError, match=r"1 lines .*'validation'.*train, val or test"):
        read_sources(manifest, splits=("train",))


def test_a_split_may_be_written_in_capitals(tmp_path: Path) -> None:
    text = "file,class,split\na.png,head,Train\nb.png,head,VAL\n"
    sources = read_sources(write_manifest(tmp_path, text), splits=("train", "val"))
    assert [source.split for source in sources] == ["train", "val"]


def test_a_folder_refuses_what_only_a_manifest_knows(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="knows nothing of the set 'c18'"):
        read_sources(tmp_path, "c18")


def test_the_shared_manifest_has_its_published_counts(shared: Path) -> None:
    manifest = shared / "data" / "manifest.csv"
    assert len(read_sources(manifest, "c18", ("train", "val"))) == 4279
    assert len(read_sources(manifest, "c18", ("test",))) == 1116


def test_a_further_column_is_read_by_file(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.csv"
    manifest.write_text("file,class,Hospital\na.png,x, north \nsub/b.png,y,\n")
    assert read_column(manifest, "Hospital") == {
        str(tmp_path / "a.png"): "north",
        str(tmp_path / "sub" / "b.png"): "",
    }
    assert read_column(manifest, "city") == {}
    assert read_column(tmp_path, "hospital") == {}
