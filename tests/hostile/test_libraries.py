"""Whole libraries of others: catalogues that claim, compute, or point elsewhere."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cbmir_gui.core.records import ExtractorInfo, ImageInfo, ImageSource
from cbmir_gui.library.entries import FileState, NewImage
from cbmir_gui.library.library import Library
from cbmir_gui.library.segments import segment_path
from tests.hostile.conftest import Guard

DIM, ROWS = 16, 8
EXTRACTOR = ExtractorInfo("evil", "layer", DIM, "cosine", "evil/1")


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "library"
    images = [
        NewImage(
            ImageInfo(f"{number:064x}:1", "a.png", 8, 8),
            ImageSource("/a.png"),
            FileState(f"/{number}.png", 1, 1),
            b"jpeg",
        )
        for number in range(ROWS)
    ]
    with Library.create(folder) as library:
        library.add(images, EXTRACTOR, np.ones((ROWS, DIM), np.float32))
    return folder


def execute(folder: Path, *statements: str) -> None:
    connection = sqlite3.connect(folder / "library.sqlite", isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()


def sql(*statements: str) -> Callable[[Path], None]:
    return lambda folder: execute(folder, *statements)


ENDLESS = """
    CREATE VIEW image AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
    SELECT i AS position, i AS image_id, 1 AS frame, 1 AS num_frames, 1 AS width,
    1 AS height, '' AS file_format, '' AS class_name, '' AS diagnosis, '' AS modality,
    '' AS body_part, '' AS group_name, '' AS sop_instance_uid,
    '' AS series_instance_uid, '' AS study_instance_uid, '' AS patient_key,
    NULL AS removal FROM n
"""

CATALOGUES: dict[str, Callable[[Path], None]] = {
    "a view without end": sql(
        "PRAGMA foreign_keys = OFF", "ALTER TABLE image RENAME TO old", ENDLESS
    ),
    "a trigger that deletes": sql(
        "CREATE TRIGGER evil AFTER UPDATE ON setting BEGIN DELETE FROM image; END"
    ),
    # Not by CREATE: SQLite is often built without the module.
    "a virtual table": sql(
        "PRAGMA writable_schema = ON",
        "INSERT INTO sqlite_master VALUES ('table', 'evil', 'evil', 0, "
        "'CREATE VIRTUAL TABLE evil USING fts5(text)')",
    ),
    "a computed column": sql(
        "ALTER TABLE removal ADD COLUMN evil AS (hex(zeroblob(id * 100000)))"
    ),
    "a dimension without end": sql(f"UPDATE extractor SET feature_dim = {2**40}"),
    "a dimension of a gibibyte": sql(f"UPDATE extractor SET feature_dim = {2**28}"),
    "no dimension": sql("UPDATE extractor SET feature_dim = -1"),
    "text as dimension": sql("UPDATE extractor SET feature_dim = 'many'"),
    "rows without end": sql(f"UPDATE segment SET num_rows = {2**50}"),
    "one row for everybody": sql("UPDATE feature SET row = 0"),
    "rows that are not there": sql("UPDATE feature SET row = row + 1000"),
    "rows before the first": sql("UPDATE feature SET row = row - 4"),
    "another storage": sql("UPDATE segment SET storage = '|O'"),
    "another checksum": sql("UPDATE segment SET checksum = ''"),
    "another key": sql("UPDATE extractor SET key = '../../../etc/passwd'"),
    "an absolute key": sql("UPDATE extractor SET key = '/etc'"),
    "text as a row": sql("UPDATE feature SET row = 'evil'"),
    "a number as image_id": sql("UPDATE image SET image_id = x'00' WHERE position = 1"),
    "text as a size": sql("UPDATE image SET width = 'evil'"),
    "bytes as a class": sql("UPDATE image SET class_name = x'ff'"),
    "an older page of it": lambda folder: _tear(folder / "library.sqlite"),
    "another application": sql("PRAGMA application_id = 1"),
    "a newer format": sql("PRAGMA user_version = 99"),
    "no settings": sql("DELETE FROM setting"),
    "a catalogue of nothing": lambda folder: _replace(folder, b""),
    "a catalogue of text": lambda folder: _replace(folder, b"evil" * 2000),
}


def _tear(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4096:] = bytes(len(data) - 4096)
    path.write_bytes(data)


def _replace(folder: Path, content: bytes) -> None:
    (folder / "library.sqlite").write_bytes(content)


@pytest.mark.parametrize("name", CATALOGUES)
@pytest.mark.parametrize("read_only", [True, False], ids=["reading", "changing"])
def test_a_hostile_catalogue_is_refused(
    name: str, read_only: bool, library: Path, guard: Guard
) -> None:
    CATALOGUES[name](library)

    def use() -> object:
        with Library.open(library, read_only=read_only) as opened:
            opened.info()
            opened.catalogue.records()
            return opened.features()

    guard.refuses("library folder", use)


def test_a_library_deletes_and_writes_nothing_outside_its_folder(
    library: Path, tmp_path: Path, guard: Guard
) -> None:
    """Let folders and files of the library be links to somebody else's."""
    treasure = tmp_path / "treasure"
    treasure.mkdir()
    kept = {}
    for name in ("weights.h5", "000009.h5", "000009.h5.new", "notes.txt"):
        (treasure / name).write_text(name)
        kept[name] = name
    features = library / "features"
    (features / "linked").symlink_to(treasure)
    (features / "evil_1").mkdir(exist_ok=True)
    (features / "evil_1" / "000077.h5").symlink_to(treasure / "weights.h5")
    (features / "evil_1" / "000078.h5.new").symlink_to(treasure / "notes.txt")

    def use() -> None:
        with Library.open(library) as opened:
            opened.remove(opened.catalogue.image_ids()[:2])
            opened.compact()
            opened.mend(opened.inspect())

    guard.survives("library folder", use)
    assert {path.name: path.read_text() for path in treasure.iterdir()} == kept


def test_all_features_behind_a_link_are_left_alone(
    library: Path, tmp_path: Path, guard: Guard
) -> None:
    treasure = tmp_path / "treasure"
    shutil.move(library / "features", treasure)
    foreign = treasure / "other"
    foreign.mkdir()
    (foreign / "000001.h5").write_text("of another library")
    (library / "features").symlink_to(treasure)
    guard.survives("library folder", lambda: Library.open(library).close())
    assert (foreign / "000001.h5").read_text() == "of another library"


@pytest.mark.skipif(os.name == "nt", reason="needs symbolic links")
def test_a_lock_that_is_a_link_makes_no_file_elsewhere(
    library: Path, guard: Guard
) -> None:
    (library / "library.lock").unlink()
    (library / "library.lock").symlink_to(guard.trap.canary)
    guard.refuses("library folder", lambda: Library.open(library))


@pytest.mark.parametrize(
    "key",
    ["../../../evil", "/evil", "a/../../b", "..", ".", "", "\0", "a" * 5000, "CON"],
)
def test_no_key_leads_out_of_the_folder(key: str, library: Path, guard: Guard) -> None:
    path = guard.survives("library folder", lambda: segment_path(library, key, 1))
    assert isinstance(path, Path)
    assert path.parent.parent == library / "features"
    assert path.parent.name not in {"", ".", ".."}
    assert len(path.parent.name) < 128
