"""The decoder process: its limits, its death, and what survives it."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from pathlib import Path

import numpy as np
import psutil
import pytest

from cbmir_gui.core.contents import FileDescription
from cbmir_gui.core.errors import (
    DamagedImageError,
    DecoderCrashedError,
    DecoderTimeoutError,
    EngineError,
    FileAccessError,
    ImageTooLargeError,
    UnsupportedImageError,
)
from cbmir_gui.core.records import ImageArray
from cbmir_gui.engine import decoder_client
from cbmir_gui.engine.decoder_client import DecoderClient
from cbmir_gui.engine.messages import Message, read_message, write_message
from cbmir_gui.engine.process import ChildProcess
from cbmir_gui.imaging.raster import write_png

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")

FAKE_DECODER = """
import os, sys, time
import numpy as np
from cbmir_gui.engine.messages import Message, read_message, write_message
from cbmir_gui.engine.process import claim_standard_streams
from cbmir_gui.worker.decoder import answer
source, target = claim_standard_streams()
write_message(target, Message(0, "ready"))
while (call := read_message(source)) is not None:
    name = os.path.basename(call.payload["args"]["path"])
    if name.startswith("killer"):
        os.abort()
    if name.startswith("sleeper"):
        time.sleep(60)
    if name.startswith("printer"):
        os.system("echo codec output")
        print("codec output", flush=True)
    if name.startswith("liar"):
        payload = {} if "info" in name else answer(call).payload
        shape = (2, 2, 7) if "shape" in name else (2, 2)
        blobs = (np.zeros(shape, np.uint8), np.zeros(0, np.uint8))
        write_message(target, Message(call.ticket, "result", payload, blobs))
        continue
    write_message(target, answer(call))
"""


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """Return a PNG file of 30 x 20 pixels."""
    path = tmp_path / "a.png"
    write_png(path, pattern())
    return path


def pattern() -> ImageArray:
    """Return the pixels of `picture`."""
    return np.arange(600, dtype=np.uint16).reshape(20, 30).astype(np.uint8)


@pytest.fixture
def fake_decoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a decoder in place that dies, sleeps or prints when the file name says so."""
    (tmp_path / "fake_decoder.py").write_text(FAKE_DECODER)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(decoder_client, "DECODER_MODULE", "fake_decoder")


@pytest.fixture(scope="module")
def client() -> Iterator[DecoderClient]:
    """Yield a client that no test harms."""
    with DecoderClient() as shared_client:
        yield shared_client


def test_pixels_arrive_as_they_are(client: DecoderClient, picture: Path) -> None:
    image = client.decode(picture, thumbnail=True)
    np.testing.assert_array_equal(image.pixels, pattern())
    assert image.info.file_name == "a.png"
    assert image.thumbnail.startswith(b"\xff\xd8")


def test_a_preview_is_scaled_in_the_decoder(
    client: DecoderClient, picture: Path
) -> None:
    assert client.decode(picture, max_side_px=15).pixels.shape == (10, 15)


def test_an_error_keeps_its_class_and_its_words(
    client: DecoderClient, tmp_path: Path
) -> None:
    with pytest.raises(FileAccessError, match=r"^'b.png' cannot be read: there is no"):
        client.decode(tmp_path / "b.png")


def test_relative_paths_belong_to_the_caller(
    client: DecoderClient, picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(picture.parent)
    assert client.decode(Path("a.png")).info.width == 30


def test_names_in_any_encoding_are_found(
    client: DecoderClient, picture: Path, tmp_path: Path
) -> None:
    for name in ("bild ä 画像.png", os.fsdecode(b"latin-\xe4.png")):
        path = tmp_path / name
        path.write_bytes(picture.read_bytes())
        assert client.decode(path).info.width == 30


def test_several_threads_share_one_decoder(
    client: DecoderClient, picture: Path
) -> None:
    client.decode(picture)
    pid = client.pid
    with ThreadPoolExecutor(8) as pool:
        sizes = list(
            pool.map(
                lambda side: client.decode(picture, max_side_px=side), range(1, 31)
            )
        )
    assert [max(image.pixels.shape) for image in sizes] == list(range(1, 31))
    assert client.pid == pid


def test_two_clients_are_two_processes(client: DecoderClient, picture: Path) -> None:
    with DecoderClient() as other:
        client.decode(picture)
        other.decode(picture)
        assert other.pid not in {client.pid, 0}


@pytest.mark.usefixtures("fake_decoder")
def test_a_file_that_kills_the_decoder_costs_only_itself(
    picture: Path, tmp_path: Path
) -> None:
    with DecoderClient() as client:
        client.decode(picture)
        pid = client.pid
        with pytest.raises(DecoderCrashedError, match=r"'killer.dcm' cannot be read"):
            client.decode(tmp_path / "killer.dcm")
        np.testing.assert_array_equal(client.decode(picture).pixels, pattern())
        assert client.pid not in {pid, 0}


@pytest.mark.usefixtures("fake_decoder")
@pytest.mark.parametrize("name", ["liar info.png", "liar shape.png"])
def test_an_answer_that_is_no_image_costs_only_its_file(
    picture: Path, tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_bytes(picture.read_bytes())
    with DecoderClient() as client:
        client.decode(picture)
        pid = client.pid
        with pytest.raises(DamagedImageError, match=f"'{name}' cannot be read"):
            client.decode(tmp_path / name)
        np.testing.assert_array_equal(client.decode(picture).pixels, pattern())
        assert client.pid not in {pid, 0}


def test_an_answer_that_was_not_taken_is_never_taken_for_the_next(
    picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise MemoryError

    with DecoderClient() as client:
        client.decode(picture)
        with monkeypatch.context() as broken:
            broken.setattr(decoder_client, "read_message", fail)
            with pytest.raises(MemoryError):
                client.decode(picture, max_side_px=5)
        assert client.decode(picture).info.width == 30


@pytest.mark.usefixtures("fake_decoder")
def test_a_file_that_takes_too_long_is_given_up(picture: Path, tmp_path: Path) -> None:
    with DecoderClient(timeout_s=5) as client:
        client.decode(picture)
        pid = client.pid
        with pytest.raises(DecoderTimeoutError, match="took longer than 5 s"):
            client.decode(tmp_path / "sleeper.dcm")
        assert client.decode(picture).info.width == 30
        assert client.pid != pid


@pytest.mark.usefixtures("fake_decoder")
def test_what_codecs_print_does_not_reach_the_messages(
    picture: Path, tmp_path: Path
) -> None:
    path = tmp_path / "printer.png"
    path.write_bytes(picture.read_bytes())
    with DecoderClient() as client:
        for _ in range(3):
            assert client.decode(path).info.width == 30


def test_a_decoder_killed_between_two_files_is_replaced(picture: Path) -> None:
    with DecoderClient() as client:
        client.decode(picture)
        victim = psutil.Process(client.pid)
        victim.kill()
        victim.wait(10)
        assert client.decode(picture).info.width == 30


@pytest.mark.usefixtures("fake_decoder")
def test_a_file_can_be_given_up_and_the_next_is_read(
    picture: Path, tmp_path: Path
) -> None:
    with DecoderClient(timeout_s=60) as client, ThreadPoolExecutor(1) as pool:
        client.decode(picture)
        pid = client.pid
        client.interrupt(patience_s=0)
        assert client.pid == pid, "there was nothing to give up"
        decoding = pool.submit(client.decode, tmp_path / "sleeper.dcm")
        with pytest.raises(FutureTimeoutError):
            decoding.result(0.5)
        client.interrupt(patience_s=0.1)
        with pytest.raises(DecoderCrashedError):
            decoding.result(20)
        assert client.decode(picture).info.width == 30


@pytest.mark.usefixtures("fake_decoder")
def test_closing_gives_up_a_file_in_another_thread(tmp_path: Path) -> None:
    client = DecoderClient(timeout_s=60)
    errors: list[Exception] = []

    def decode() -> None:
        try:
            client.decode(tmp_path / "sleeper.dcm")
        except EngineError as error:
            errors.append(error)

    thread = threading.Thread(target=decode)
    thread.start()
    wait_until(lambda: client.pid != 0)
    client.close()
    thread.join(10)
    assert not thread.is_alive()
    assert len(errors) == 1
    with pytest.raises(EngineError, match="decoder is closed"):
        client.decode(tmp_path / "a.png")


@pytest.mark.usefixtures("fake_decoder")
def test_closing_while_the_decoder_starts_gives_the_file_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = DecoderClient(timeout_s=60)
    closing = threading.Thread(target=client.close)

    def start(*arguments: object) -> ChildProcess:
        child = ChildProcess(*arguments)
        closing.start()
        closing.join(0.2)  # it has seen no process, and waits for the file
        return child

    monkeypatch.setattr(decoder_client, "ChildProcess", start)
    with ThreadPoolExecutor(1) as pool:
        decoding = pool.submit(client.decode, tmp_path / "sleeper.dcm")
        with pytest.raises(EngineError, match="closed"):
            decoding.result(20)
    closing.join(20)
    assert not closing.is_alive()


def test_a_module_that_cannot_start_is_an_engine_error(
    picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoder_client, "DECODER_MODULE", "cbmir_gui.worker.missing")
    with DecoderClient() as client, pytest.raises(EngineError, match="cbmir doctor"):
        client.decode(picture)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits address space")
def test_a_picture_beyond_the_memory_limit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    write_png(path, np.zeros((8000, 8000, 3), np.uint8))
    with DecoderClient(memory_bytes=2**29) as client:
        with pytest.raises((ImageTooLargeError, DecoderCrashedError)):
            client.decode(path)
        assert client.decode(make_small(tmp_path)).info.width == 2


def make_small(folder: Path) -> Path:
    """Return a PNG file of 2 x 2 pixels."""
    write_png(folder / "small.png", np.zeros((2, 2), np.uint8))
    return folder / "small.png"


def test_the_decoder_loads_neither_tensorflow_nor_qt(picture: Path) -> None:
    script = (
        "import sys\n"
        "import cbmir_gui.worker.decoder as decoder\n"
        "at_start = {name.partition('.')[0] for name in sys.modules}\n"
        "decoder.load_libraries()\n"
        "in_all = {name.partition('.')[0] for name in sys.modules}\n"
        "print(sorted(at_start & {'cv2', 'pydicom'}),"
        " sorted(in_all & {'tensorflow', 'keras', 'PySide6', 'h5py'}))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert ended.stdout.strip() == "[] []"


@posix
def test_the_decoder_ends_with_its_parent(picture: Path) -> None:
    script = (
        "import sys, os\n"
        "from pathlib import Path\n"
        "from cbmir_gui.engine.decoder_client import DecoderClient\n"
        "client = DecoderClient()\n"
        "client.decode(Path(sys.argv[1]))\n"
        "print(client.pid, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script, str(picture)], capture_output=True, check=False
    )
    assert ended.returncode == -signal.SIGKILL
    pid = int(ended.stdout)
    wait_until(lambda: not is_alive(pid))


def test_a_child_answers_until_its_input_ends(picture: Path) -> None:
    child = ChildProcess("cbmir_gui.worker.decoder")
    ready = read_message(child.stdout)
    assert ready is not None
    assert ready.kind == "ready"
    write_message(
        child.stdin,
        Message(
            5,
            "call",
            {
                "op": "decode",
                "args": {
                    "path": str(picture),
                    "frame": 1,
                    "window": "first",
                    "max_side_px": 0,
                    "thumbnail": False,
                    "as_stored": False,
                    "overlays": False,
                    "time_limit_s": 20,
                },
            },
        ),
    )
    reply = read_message(child.stdout)
    assert reply is not None
    assert (reply.ticket, reply.kind) == (5, "result")
    child.close(patience_s=30)
    assert child.exit_code == 0


def is_alive(pid: int) -> bool:
    """Return whether a process runs; one that nobody has waited for does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_until(condition: Callable[[], bool], limit_s: float = 20.0) -> None:
    """Return when `condition` holds; fail after `limit_s`."""
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        threading.Event().wait(0.01)


def test_a_file_is_described_without_its_pixels(
    client: DecoderClient, picture: Path, tmp_path: Path
) -> None:
    assert client.ask("describe", picture) == FileDescription("PNG")
    (tmp_path / "a.txt").write_text("hello")
    found = client.ask("describe", tmp_path / "a.txt")
    assert found == FileDescription(skip_reason="it is a text file")
    with pytest.raises(FileAccessError, match="no such file"):
        client.ask("describe", tmp_path / "b.png")


def test_questions_about_tags_and_media_are_answered_or_refused(
    client: DecoderClient, picture: Path
) -> None:
    with pytest.raises(UnsupportedImageError, match="no DICOM file"):
        client.ask("tags", picture, show_patient_data=False)
    with pytest.raises(UnsupportedImageError, match="no table of contents"):
        client.ask("references", picture)


@pytest.mark.usefixtures("fake_decoder")
def test_an_answer_that_is_none_is_refused(tmp_path: Path) -> None:
    write_png(tmp_path / "liar-info.png", pattern())
    with (
        DecoderClient() as client,
        pytest.raises(DamagedImageError, match="not an image"),
    ):
        client.ask("describe", tmp_path / "liar-info.png")
