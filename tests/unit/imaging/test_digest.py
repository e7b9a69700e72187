"""The hash of a file is that of its content now, remembered or not."""

import hashlib
import os
from pathlib import Path

import pytest

from cbmir_gui.core.errors import FileAccessError
from cbmir_gui.imaging import digest
from cbmir_gui.imaging.digest import read_with_digest

LARGE = 2**20


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_the_hash_is_that_of_the_content(tmp_path: Path) -> None:
    path = tmp_path / "a"
    for content in (b"1", b"x" * LARGE, b"y" * LARGE, b"2"):
        path.write_bytes(content)
        os.utime(path, ns=(0, 10**9 * len(content) + content[0]))
        for _ in range(2):
            assert read_with_digest(path) == (content, sha256(content))


def test_a_large_file_is_hashed_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"x" * LARGE)
    expected = read_with_digest(path)
    monkeypatch.setattr(digest.hashlib, "sha256", pytest.fail)
    assert read_with_digest(path) == expected


def test_another_file_of_the_same_size_is_hashed_anew(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_bytes(b"x" * LARGE)
    second.write_bytes(b"y" * LARGE)
    read_with_digest(first)
    assert read_with_digest(second)[1] == sha256(b"y" * LARGE)
    second.replace(first)
    assert read_with_digest(first)[1] == sha256(b"y" * LARGE)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileAccessError, match="no such file"):
        read_with_digest(tmp_path / "a")
    with pytest.raises(FileAccessError, match="not valid"):
        read_with_digest(Path("a\0b"))
