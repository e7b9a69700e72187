"""Indexing with real decoders, which bad files and signals may kill."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from cbmir_gui.core.records import IndexRequest
from cbmir_gui.engine.decoder_client import DecoderClient
from cbmir_gui.imaging.raster import write_png
from cbmir_gui.library.library import Library
from cbmir_gui.services.indexing import index_library


@pytest.fixture(scope="module")
def decoder() -> Iterator[DecoderClient]:
    with DecoderClient() as client:
        yield client


@pytest.fixture
def images(tmp_path: Path) -> Path:
    folder = tmp_path / "images"
    folder.mkdir()
    random = np.random.default_rng(0)
    for number in range(40):
        pixels = random.integers(0, 256, (40, 50, 3)).astype(np.uint8)
        write_png(folder / f"{number:02d}.png", pixels)
    return folder


def request_for(folder: Path, *paths: Path, **options: str) -> IndexRequest:
    names = tuple(map(str, paths))
    return IndexRequest(str(folder), names, model="raw-pixels", **options)


def test_real_images_become_records_with_thumbnails(
    shared: Path, tmp_path: Path, decoder: DecoderClient
) -> None:
    manifest = shared / "data" / "manifest.csv"
    lines = manifest.read_text(encoding="utf-8").splitlines()
    some = tmp_path / "some.csv"
    some.write_text("\n".join([lines[0], *lines[1::200]]), encoding="utf-8")
    (tmp_path / "images").symlink_to(shared / "data" / "images")

    summary = index_library(request_for(tmp_path / "library", some), [decoder])

    assert summary.added == len(lines[1::200])
    assert summary.failed == ()
    with Library.open(tmp_path / "library") as library:
        records = library.catalogue.records()
        thumbnails = [library.catalogue.thumbnail(r.image_id) for r in records]
        assert library.features().features.shape == (len(records), 784)
    assert all(jpeg.startswith(b"\xff\xd8") for jpeg in thumbnails)
    assert [r.class_name for r in records] == [
        line.split(",")[1] for line in lines[1::200]
    ]


def test_bad_files_are_counted_and_the_rest_goes_on(
    images: Path, tmp_path: Path, decoder: DecoderClient
) -> None:
    (images / "10 empty.png").touch()
    (images / "20 text.dcm").write_text("not an image")
    data = (images / "00.png").read_bytes()
    (images / "30 cut.png").write_bytes(data[: len(data) // 2])
    summary = index_library(request_for(tmp_path / "library", images), [decoder])
    assert summary.added == 40
    names = [Path(failed.path).name for failed in summary.failed]
    assert names == ["10 empty.png", "30 cut.png"]
    assert [Path(skipped.path).name for skipped in summary.skipped] == ["20 text.dcm"]


@pytest.mark.skipif(os.name == "nt", reason="kills by a POSIX signal")
def test_a_decoder_that_is_killed_costs_at_most_its_file(
    images: Path, tmp_path: Path
) -> None:
    with DecoderClient() as decoder:

        def kill_once(done: int, total: int, text: str = "") -> None:
            if done == 5 and not killed.is_set() and decoder.pid:
                killed.set()
                os.kill(decoder.pid, signal.SIGKILL)

        killed = threading.Event()
        folder = tmp_path / "library"
        summary = index_library(request_for(folder, images), [decoder], kill_once)
        assert killed.is_set()
        assert summary.added + len(summary.failed) == 40
        assert len(summary.failed) <= 1
        again = index_library(request_for(folder, images), [decoder])
    assert again.added == len(summary.failed)
    assert again.known == summary.added


def test_without_decoders_own_ones_are_started_and_ended(
    images: Path, tmp_path: Path
) -> None:
    summary = index_library(request_for(tmp_path / "library", images))
    assert summary.added == 40
    names = [thread.name for thread in threading.enumerate()]
    assert not [name for name in names if name.startswith("decode")]


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX limits")
def test_a_full_disk_ends_the_import_and_the_library_still_opens(
    images: Path, tmp_path: Path
) -> None:
    code = (
        "import resource, sys\n"
        "from cbmir_gui.core.errors import StorageError\n"
        "from cbmir_gui.core.records import IndexRequest\n"
        "from cbmir_gui.services import indexing\n"
        "_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), hard))\n"
        "indexing.COMMIT_IMAGES = 8\n"
        "request = IndexRequest(sys.argv[1], (sys.argv[2],), model='raw-pixels')\n"
        "try:\n    indexing.index_library(request)\n"
        "except StorageError as error:\n    print(error)\n"
    )
    folder = tmp_path / "library"
    Library.create(folder).close()
    limit = (folder / "library.sqlite").stat().st_size + 60_000
    command = [sys.executable, "-c", code, str(folder), str(images), str(limit)]
    process = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "could not be written" in process.stdout, process.stderr
    with Library.open(folder) as library:
        num_images = library.info().num_images
        assert 0 < num_images < 40
        assert num_images % 8 == 0
        assert library.features().features.shape == (num_images, 784)
        assert library.verify().problems == ()
