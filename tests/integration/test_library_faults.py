"""Killed, out of space, read at the same time: a library never loses a commit."""

import os
import random
import runpy
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cbmir_gui.core.errors import LibraryBusyError, LibraryUnreadableError
from cbmir_gui.library.library import Library

NUM_KILLS = 12
STORY = Path(__file__).parents[1] / "faults" / "library_story.py"
story: dict[str, Any] = runpy.run_path(str(STORY))

pytestmark = pytest.mark.skipif(
    os.name == "nt", reason="needs POSIX signals and limits"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "library"
    Library.create(folder).close()
    return folder


def python(*arguments: object, prefix: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    command = [*prefix, sys.executable, *map(str, arguments)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def state_of(library: Library) -> list[tuple[str, str]]:
    """Return what a library holds; features and thumbnails are checked on the way."""
    records = library.catalogue.records()
    if records:
        table = library.features()
        for image_id, row in zip(table.image_ids, table.features, strict=True):
            np.testing.assert_array_equal(row, story["features_of"](image_id))
    return [(record.image_id, record.class_name) for record in records]


@pytest.mark.parametrize("seed", range(NUM_KILLS))
def test_a_killed_writer_loses_nothing_that_it_committed(
    folder: Path, seed: int
) -> None:
    seconds = random.Random(seed).uniform(0.001, 0.3)
    with python(STORY, folder, 100_000, seconds) as writer:
        output, errors = writer.communicate()
    assert writer.returncode == -signal.SIGALRM, errors
    num_steps = int(output.split()[-1]) if output.strip() else 0

    with Library.open(folder) as library:
        state = state_of(library)
        assert library.verify().problems[:-1] == (), "only the images are not there"
        for image_id, _ in state:
            thumbnail = library.catalogue.thumbnail(image_id)
            assert thumbnail == story["thumbnail_of"](image_id)
    assert state in (
        story["state_after"](num_steps),
        story["state_after"](num_steps + 1),
    )


def test_a_reader_sees_whole_commits_while_another_process_writes(
    folder: Path,
) -> None:
    num_steps = 42
    possible = [story["state_after"](step) for step in range(num_steps + 1)]
    seen: list[list[tuple[str, str]]] = []
    with python(STORY, folder, num_steps) as writer:
        assert writer.stdout is not None
        with Library.open(folder, read_only=True) as reader:
            for _ in writer.stdout:  # one line after each commit
                records = reader.catalogue.records()
                state = [(record.image_id, record.class_name) for record in records]
                seen += [state] if state not in seen[-1:] else []
                if records:
                    table = reader.features()
                    expected = map(story["features_of"], table.image_ids)
                    np.testing.assert_array_equal(table.features, list(expected))
    assert writer.returncode == 0
    assert seen[-1] == possible[-1]
    remaining = iter(possible)
    assert all(state in remaining for state in seen), "never back to an older commit"


def test_a_second_process_cannot_write_until_the_first_is_dead(folder: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from cbmir_gui.library.library import Library\n"
        "library = Library.open(Path(sys.argv[1]))\n"
        "print('open', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(folder)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"open\n"
        with pytest.raises(LibraryBusyError, match="'library'"):
            Library.open(folder)
        Library.open(folder, read_only=True).close()
        writer.kill()
        writer.wait()
    Library.open(folder).close()


FILL_DISK = """
import dataclasses, resource, runpy, sys
from pathlib import Path
import numpy as np
from cbmir_gui.core.errors import StorageError
from cbmir_gui.library.library import Library

story = runpy.run_path(sys.argv[2])
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
with Library.open(Path(sys.argv[1])) as library:
    for number in range(40):
        # Grows by a half each time, so that every kind of write is the first to fail.
        limit = int(1000 * 1.5**(number % 20))
        image = story["new_image"](number)
        image = dataclasses.replace(image, thumbnail=bytes(100_000))
        features = story["features_of"](image.info.image_id)[np.newaxis]
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
        try:
            library.add([image], story["EXTRACTOR"], features)
            print("added", image.info.image_id, flush=True)
        except StorageError as error:
            print("failed", error, flush=True)
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
"""


def test_a_full_disk_leaves_what_was_committed_and_nothing_else(folder: Path) -> None:
    with python("-c", FILL_DISK, folder, STORY) as writer:
        output, errors = writer.communicate()
    assert writer.returncode == 0, errors
    lines = [line.split(" ", 1) for line in output.splitlines()]
    added = [text for kind, text in lines if kind == "added"]
    failed = [text for kind, text in lines if kind == "failed"]
    assert len(added) + len(failed) == 40
    assert added
    assert any(text.startswith("The features of") for text in failed)
    assert any(text.startswith("The library") for text in failed)
    assert all("Nothing was lost" in text for text in failed)

    with Library.open(folder) as library:
        assert len(list(folder.rglob("*.h5*"))) == len(added)
        assert [image_id for image_id, _ in state_of(library)] == added
        assert {problem.kind for problem in library.verify().problems} == {"moved"}


READ = """
import sys
from pathlib import Path
from cbmir_gui.core.errors import CbmirError
from cbmir_gui.library.library import Library

try:
    with Library.open(Path(sys.argv[1])) as library:
        info = library.info()
        shape = library.features().features.shape
        print(library.is_read_only, info.read_only, info.num_images, shape)
except CbmirError as error:
    print(type(error).__name__, error)
"""


@pytest.fixture
def read_without_rights() -> Any:
    """Open a library in a process that respects the modes of files, even for root."""
    prefix: tuple[str, ...] = ()
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("needs setpriv of util-linux to run as root")
        prefix = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")

    def read(folder: Path) -> str:
        with python("-c", READ, folder, prefix=prefix) as reader:
            output, errors = reader.communicate()
        assert reader.returncode == 0, errors
        return output.strip()

    return read


def make_read_only(folder: Path) -> None:
    for path in [*folder.rglob("*"), folder]:
        path.chmod(0o500 if path.is_dir() else 0o400)


def make_writable(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o700)


def test_a_library_in_a_read_only_folder_opens_read_only(
    folder: Path, read_without_rights: Any
) -> None:
    with python(STORY, folder, 2) as writer:
        writer.communicate()
    make_read_only(folder)
    try:
        assert read_without_rights(folder) == "True True 6 (6, 16)"
    finally:
        make_writable(folder)


def test_a_library_that_may_not_be_read_says_so(
    folder: Path, read_without_rights: Any
) -> None:
    folder.chmod(0o000)
    try:
        assert read_without_rights(folder).startswith("NotALibraryError")
    finally:
        folder.chmod(0o700)


def test_an_interrupted_change_in_a_read_only_folder_says_so(
    folder: Path, read_without_rights: Any
) -> None:
    code = (
        "import os, sqlite3, sys\n"
        "base = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "base.execute('PRAGMA cache_size = 1'); base.execute('BEGIN IMMEDIATE')\n"
        'base.execute("UPDATE setting SET value = value || hex(zeroblob(50000))")\n'
        "os.kill(os.getpid(), 9)"
    )
    with python("-c", code, folder / "library.sqlite") as writer:
        writer.communicate()
    assert (folder / "library.sqlite-journal").stat().st_size > 0
    make_read_only(folder)
    try:
        answer = read_without_rights(folder)
    finally:
        make_writable(folder)
    assert answer.startswith(LibraryUnreadableError.__name__)
    assert "a change was interrupted" in answer
    assert answer.endswith("Open it once where it may be written to.")
    with Library.open(folder) as library:
        assert library.info().num_images == 0
