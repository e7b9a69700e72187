"""What is taken for an archive of images."""

import os
import zipfile
from pathlib import Path

import pytest

from cbmir_gui.core.archive_files import is_archive


def test_archives_are_known_by_name_or_content(tmp_path: Path) -> None:
    for name in ("a", "letter.docx"):
        with zipfile.ZipFile(tmp_path / name, "w") as packed:
            packed.writestr("x", b"1")
    (tmp_path / "b.zip").touch()
    (tmp_path / "c").write_bytes(b"PK")
    (tmp_path / "d.zip").mkdir()
    names = [path.name for path in sorted(tmp_path.iterdir()) if is_archive(path)]
    assert names == ["a", "b.zip"]
    assert not is_archive(tmp_path / "missing.zip")


@pytest.mark.skipif(os.name == "nt", reason="pipes have names on POSIX only")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.zip")
    assert not is_archive(tmp_path / "pipe.zip")
