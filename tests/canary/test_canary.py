"""A short form of ``make canary``, and proof that it would find what it looks for."""

import gzip
import json
import sqlite3
import zipfile
import zlib
from pathlib import Path

import canary_looking
import canary_rounds
import h5py
import numpy as np
import pytest
from canary_patients import PATIENTS, typed_words
from canary_planting import NUM_IDENTIFIERS, Planted, plant

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:pydicom")


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    return plant(tmp_path_factory.mktemp("canary") / "images")


def found_in(folder: Path, planted: Planted) -> set[str]:
    elsewhere = Planted(Path("/nowhere"), planted.identifiers, digests=planted.digests)
    leaks, _, _ = canary_looking.look([folder], elsewhere)
    return {leak.identifier.upper() for leak in leaks}


def test_every_identifier_is_in_the_images(planted: Planted) -> None:
    assert len(planted.identifiers) == NUM_IDENTIFIERS
    assert len(planted.good) > 10
    assert len(planted.broken) > 5
    assert found_in(planted.folder, planted) >= set(planted.identifiers)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "latin-1"])
def test_text_is_found_in_every_encoding(
    planted: Planted, tmp_path: Path, encoding: str
) -> None:
    for number, identifier in enumerate(planted.identifiers):
        text = f"x{'y' * (number % 2)} {identifier.lower()} z"
        (tmp_path / f"{number}.log").write_bytes(text.encode(encoding))
    assert found_in(tmp_path, planted) == set(planted.identifiers)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_what_was_typed_is_found(
    planted: Planted, tmp_path: Path, encoding: str
) -> None:
    for number, word in enumerate(typed_words()):
        (tmp_path / "a").write_bytes(f"{'y' * (number % 2)} {word} z".encode(encoding))
        assert found_in(tmp_path, planted), word


def test_what_was_typed_is_in_the_images(planted: Planted) -> None:
    assert len(planted.typed) == len(PATIENTS)
    for path, patient in zip(planted.typed, PATIENTS, strict=True):
        data = path.read_bytes()
        assert all(word.encode() in data for word in patient.words)


def test_a_date_is_found_as_people_write_it(planted: Planted, tmp_path: Path) -> None:
    date = next(text for text in planted.identifiers if text.startswith("18"))
    (tmp_path / "a.txt").write_text(f"born {date[6:]}.{date[4:6]}.{date[:4]}")
    assert found_in(tmp_path, planted) == {f"{date[6:]}.{date[4:6]}.{date[:4]}"}


def test_packed_and_structured_files_are_looked_into(
    planted: Planted, tmp_path: Path
) -> None:
    words = [text for text in planted.identifiers if text.startswith("QZXJ")][:6]
    (tmp_path / "a.gz").write_bytes(gzip.compress(words[0].encode()))
    with zipfile.ZipFile(tmp_path / "b.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("in.txt", words[1])
    with sqlite3.connect(tmp_path / "c.sqlite") as connection:
        connection.execute("CREATE TABLE t (x)")
        connection.execute("INSERT INTO t VALUES (?)", (words[2].encode("utf-16-le"),))
    with h5py.File(tmp_path / "d.h5", "w") as file:
        file.create_dataset("x", data=np.array([words[3].encode()]), compression="gzip")
    text = b"k\0\0" + zlib.compress(words[4].encode())
    chunk = len(text).to_bytes(4, "big") + b"zTXt" + text + b"\0" * 4
    (tmp_path / "e.png").write_bytes(b"\x89PNG\r\n\x1a\n" + chunk)
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in words[5])
    (tmp_path / "f.json").write_text(f'{{"x": "{escaped}"}}')
    assert json.loads((tmp_path / "f.json").read_text()) == {"x": words[5]}
    assert found_in(tmp_path, planted) == set(words)


def test_a_plain_hash_of_a_patient_is_a_leak(planted: Planted, tmp_path: Path) -> None:
    digest = min(planted.digests)
    (tmp_path / "a.txt").write_text(digest)
    assert found_in(tmp_path, planted) == {digest.upper()}


def test_a_file_name_is_a_leak_in_a_log_only(planted: Planted, tmp_path: Path) -> None:
    name = next(path.name for path in planted.good if path.name.startswith("wvqk"))
    for folder in ("out", "logs"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.txt").write_text(f"no {name}")
    assert found_in(tmp_path / "out", planted) == set()
    assert found_in(tmp_path / "logs", planted) == {name.split()[0].upper()}


def test_what_others_can_read_is_found(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "own").mkdir(parents=True, mode=0o700)
    (root / "own" / "a").touch(mode=0o600)
    (root / "b").touch()
    (root / "b").chmod(0o644)
    exposed = canary_looking.others_can_read([root], Path("/nowhere"))
    assert exposed == [root / "b"]


def test_nothing_of_a_patient_is_left_anywhere(
    planted: Planted, tmp_path: Path
) -> None:
    stage = canary_rounds.Stage(tmp_path / "stage", planted).make()
    canary_rounds.play(stage, is_short=True)
    leaks, num_files, _ = canary_looking.look(stage.roots(), planted)
    assert leaks == []
    assert stage.surprises == []
    assert num_files > 60
    assert canary_rounds.core_files(stage) == []
    exposed = canary_looking.others_can_read(stage.roots(), planted.folder)
    assert exposed == []
