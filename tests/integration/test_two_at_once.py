"""Several processes use one library at the same time, and it is on a read-only disk."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from cbmir_gui.core.errors import LibraryBusyError
from cbmir_gui.core.records import IndexRequest
from cbmir_gui.core.search_records import SearchRequest
from cbmir_gui.engine.operations import (
    LibraryArguments,
    RelabelArguments,
    RepairArguments,
)
from cbmir_gui.imaging.raster import write_png
from cbmir_gui.library.library import Library
from cbmir_gui.services.indexing import index_library
from tests.integration.worker.conftest import Asker, asker
from tests.unit.library import format_1

NUM_IMAGES = 12
LIMIT_S = 120

__all__ = ["asker"]


@pytest.fixture
def images(tmp_path: Path) -> Path:
    folder = tmp_path / "images"
    folder.mkdir()
    rng = np.random.default_rng(11)
    for number in range(NUM_IMAGES):
        pixels = rng.integers(0, 256, (40, 40), dtype=np.uint8)
        write_png(folder / f"{number:03d}.png", pixels)
    return folder


@pytest.fixture
def library(tmp_path: Path, images: Path) -> Path:
    folder = tmp_path / "library"
    request = IndexRequest(str(folder), (str(images),), "raw-pixels")
    assert index_library(request).added == NUM_IMAGES
    return folder


RELABEL = """
import sys
from pathlib import Path
from cbmir_gui.core.errors import LibraryBusyError
from cbmir_gui.services.libraries import relabel_images

folder, name, num_steps, *image_ids = sys.argv[1:]
last = "none"
for step in range(int(num_steps)):
    try:
        relabel_images(Path(folder), image_ids, f"{name} {step}")
        last = f"{name} {step}"
    except LibraryBusyError as error:
        assert "Another window or command is changing the library" in str(error)
print(last)
"""


def python(code: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True)


def test_two_writers_take_turns_and_lose_nothing(library: Path) -> None:
    with Library.open(library, read_only=True) as opened:
        ids = opened.catalogue.image_ids()
        before = opened.change_number()
    halves = ids[:6], ids[6:]
    num_steps = 25
    writers = [
        python(RELABEL, library, f"writer {number}", num_steps, *half)
        for number, half in enumerate(halves)
    ]
    last = []
    for writer in writers:
        output, errors = writer.communicate(timeout=LIMIT_S)
        assert writer.returncode == 0, errors
        last.append(output.strip())
    with Library.open(library) as opened:
        classes = {
            record.image_id: record.class_name for record in opened.catalogue.records()
        }
        num_commits = opened.change_number() - before
        assert opened.verify().problems == ()
    for half, name in zip(halves, last, strict=True):
        assert {classes[image_id] for image_id in half} == {name}
    # They wait for each other: being told is for those who would wait long.
    assert num_commits > 1.5 * num_steps


WRITE = """
import sys, time
from pathlib import Path
import numpy as np
from cbmir_gui.core.records import ExtractorInfo, ImageInfo, ImageSource
from cbmir_gui.library.entries import FileState, NewImage
from cbmir_gui.library.library import Library

info = None
slowest_s = 0.0
with Library.open(Path(sys.argv[1])) as library:
    (info,) = library.catalogue.extractors()
    print("began", flush=True)
    for step in range(15):
        images = [
            NewImage(
                ImageInfo(f"{step * 100 + number:064x}:1", "a.png", 8, 8),
                ImageSource("/a.png"),
                FileState(f"/{step}-{number}.png", 1, 1),
                bytes(20_000),
            )
            for number in range(64)
        ]
        features = np.ones((64, info.feature_dim), np.float32)
        start_s = time.perf_counter()
        library.add(images, info, features)
        slowest_s = max(slowest_s, time.perf_counter() - start_s)
print(slowest_s)
"""


def test_readers_wait_at_most_the_moment_of_a_commit(library: Path) -> None:
    with python(WRITE, library) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "began\n"
        waits_s: list[float] = []
        with Library.open(library, read_only=True) as reader:
            while writer.poll() is None:
                start_s = time.perf_counter()
                number = len(reader.catalogue.records(limit=5))
                reader.catalogue.num_images()
                waits_s.append(time.perf_counter() - start_s)
                assert number == 5
            table = reader.features()
        slowest_commit_s = float(writer.stdout.read())
    assert writer.returncode == 0
    assert len(table.image_ids) == NUM_IMAGES + 15 * 64
    assert len(waits_s) > 15
    assert max(waits_s) < slowest_commit_s + 0.5


def test_a_window_and_a_command_share_a_library(
    asker: Asker, library: Path, images: Path, tmp_path: Path
) -> None:
    more = tmp_path / "more"
    more.mkdir()
    rng = np.random.default_rng(12)
    for number in range(150):
        pixels = rng.integers(0, 256, (64, 64), dtype=np.uint8)
        write_png(more / f"{number:03d}.png", pixels)
    with Library.open(library, read_only=True) as opened:
        ids = opened.catalogue.image_ids()
    # The window is warm before the command begins, so that they do meet.
    search = SearchRequest(str(library), query_path=str(images / "003.png"))
    asker.ask("search", search)
    command = [sys.executable, "-m", "cbmir_gui", "index", str(library), str(more)]
    num_searches = num_changes = num_refused = 0
    with subprocess.Popen(
        [*command, "--json"], stdout=subprocess.PIPE, text=True
    ) as indexing:
        while indexing.poll() is None:
            hits = asker.ask("search", search).hits
            assert hits[0].is_query
            num_searches += 1
            change = RelabelArguments(str(library), tuple(ids[:3]), "seen")
            kind, answer = asker.ending(asker.submit("relabel", change))
            num_changes += kind == "result"
            if kind == "error":
                assert isinstance(answer, LibraryBusyError), answer
                num_refused += 1
        assert indexing.stdout is not None
        summary = json.loads(indexing.stdout.read())
    assert num_searches
    assert num_changes + num_refused == num_searches
    # The command either held the library first, or was told that the window did.
    assert indexing.returncode in {0, 1}
    added = summary.get("added", 0)
    assert added in {0, 150}
    check = asker.ask("check_library", LibraryArguments(str(library)))
    assert (check.num_images, check.problems) == (NUM_IMAGES + added, ())


def test_the_window_mends_its_library(asker: Asker, library: Path) -> None:
    (segment,) = (library / "features").rglob("*.h5")
    segment.write_bytes(segment.read_bytes()[:-100])
    check = asker.ask("check_library", LibraryArguments(str(library)))
    assert [problem.kind for problem in check.problems] == ["segment"]
    repair = asker.ask("repair_library", RepairArguments(str(library)))
    assert (repair.before, repair.after.problems) == (check, ())
    assert repair.num_extracted == NUM_IMAGES
    assert (library / repair.backup).is_file()


@pytest.fixture
def read_only_disk() -> tuple[str, ...]:
    """Return words before a command that sees a folder on a read-only disk."""
    words = ("unshare", "--mount") if os.geteuid() == 0 else ("unshare", "-rm")
    script = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'
    if shutil.which("unshare") is None:
        pytest.skip("needs unshare of util-linux")
    return (*words, "sh", "-c", script)


def run_read_only(
    prefix: tuple[str, ...], library: Path, *words: object
) -> subprocess.CompletedProcess[str]:
    command = [*prefix, str(library), sys.executable, "-m", "cbmir_gui"]
    done = subprocess.run(
        [*command, *map(str, words)], capture_output=True, text=True, check=False
    )
    if "unshare" in done.stderr or "mount" in done.stderr:
        pytest.skip(f"may not mount: {done.stderr.strip()}")
    return done


def test_a_library_on_a_read_only_disk_is_searched_and_not_changed(
    library: Path, images: Path, read_only_disk: tuple[str, ...]
) -> None:
    before = {path: path.read_bytes() for path in library.rglob("*") if path.is_file()}
    query = images / "003.png"
    found = run_read_only(read_only_disk, library, "search", library, query, "--json")
    assert found.returncode == 0, found.stderr
    assert Path(json.loads(found.stdout)["hits"][0]["path"]) == query
    info = run_read_only(read_only_disk, library, "library", "info", library, "--json")
    assert json.loads(info.stdout)["read_only"] is True
    check = run_read_only(read_only_disk, library, "library", "verify", library)
    assert check.returncode == 0
    assert "sound" in check.stdout
    for change in (
        ("library", "relabel", library, "--class", "", "--to", "x"),
        ("library", "compact", library),
        ("library", "verify", library, "--repair"),
        ("index", library, images),
    ):
        refused = run_read_only(read_only_disk, library, *change)
        assert refused.returncode == 1, refused.stdout
        assert "read-only" in refused.stderr
        assert len(refused.stderr.strip().splitlines()) == 1
    after = {path: path.read_bytes() for path in library.rglob("*") if path.is_file()}
    assert after == before


def test_an_old_library_on_a_read_only_disk_is_read(
    tmp_path: Path, read_only_disk: tuple[str, ...]
) -> None:
    folder = tmp_path / "old"
    format_1.make_library(folder)
    done = run_read_only(read_only_disk, folder, "library", "info", folder, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["num_images"] == format_1.NUM_IMAGES
