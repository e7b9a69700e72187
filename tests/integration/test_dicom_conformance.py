"""Real DICOM files of every kind, against pictures that DCMTK made of them."""

import csv
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import psutil
import pytest

from cbmir_gui.core.errors import ImageReadError
from cbmir_gui.core.records import ImageArray
from cbmir_gui.engine.decoder_client import DecoderClient
from cbmir_gui.imaging.transforms import to_rgb

SMALLEST_RATE = 0.98
LARGEST_DIFFERENCE = 1.0
"""Mean absolute difference, in grey levels of 255."""
LIMIT_S = 5.0
LARGEST_MEMORY = 2**30

WINDOWS = {
    "+Wi 1": "first",
    "+Wl 1": "first",
    "+Wm": "minmax",
    "none (colour)": "first",
}


@dataclass(frozen=True, slots=True)
class Case:
    """One line of the manifest."""

    file: Path
    kind: str
    expected: str
    window: str
    oracle: Path | None


@pytest.fixture(scope="module")
def cases(shared: Path) -> list[Case]:
    """Return every line of the manifest."""
    folder = shared / "dicom" / "conformance"
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as stream:
        return [
            Case(
                folder / row["file"],
                row["kind"],
                row["expected"],
                WINDOWS.get(row["oracle_window_option"], "first"),
                folder / row["oracle_png"] if row["oracle_png"] else None,
            )
            for row in csv.DictReader(stream)
        ]


@pytest.fixture
def decoder() -> Iterator[DecoderClient]:
    """Yield a client whose files may take no longer than the limit."""
    with DecoderClient(timeout_s=LIMIT_S) as client:
        client.start()
        yield client


def difference(pixels: ImageArray, oracle: Path) -> float:
    """Return the mean absolute difference from a picture; infinite for another size."""
    stored = cv2.imread(str(oracle), cv2.IMREAD_UNCHANGED)
    assert stored is not None
    reference = stored[..., ::-1] if stored.ndim == 3 else stored
    if reference.shape[:2] != pixels.shape[:2]:
        return float("inf")
    ours, theirs = to_rgb(pixels), to_rgb(np.ascontiguousarray(reference))
    return float(np.abs(ours.astype(np.int16) - theirs).mean())


def test_pictures_equal_those_of_dcmtk(
    cases: list[Case], decoder: DecoderClient, capsys: pytest.CaptureFixture[str]
) -> None:
    compared = [case for case in cases if case.oracle and case.expected == "render"]
    exceptions: list[str] = []
    for case in compared:
        assert case.oracle is not None
        try:
            pixels = decoder.decode(case.file, frame=1, window=case.window).pixels
        except ImageReadError as error:
            exceptions.append(str(error))
            continue
        mean = difference(pixels, case.oracle)
        if mean > LARGEST_DIFFERENCE:
            exceptions.append(f"{case.file.name}: mean difference {mean:.2f}")
    assert len(compared) >= 90
    rate = 1 - len(exceptions) / len(compared)
    report = f"{rate:.1%} of {len(compared)} pictures agree; exceptions: {exceptions}"
    assert rate >= SMALLEST_RATE, report
    with capsys.disabled():
        sys.stdout.write(f"\n{report}\n")


def test_every_good_file_is_rendered(cases: list[Case], decoder: DecoderClient) -> None:
    good = [case for case in cases if case.kind == "good"]
    assert len(good) >= 100
    for case in good:
        image = decoder.decode(case.file, thumbnail=True)
        assert image.info.file_format == "DICOM"
        assert image.pixels.shape[:2] == (image.info.height, image.info.width)


def test_every_bad_file_has_its_expected_outcome(
    cases: list[Case], decoder: DecoderClient
) -> None:
    bad = [case for case in cases if case.kind == "bad"]
    wrong: list[str] = []
    pid = decoder.pid
    for case in bad:
        try:
            decoder.decode(case.file)
        except ImageReadError as error:
            message = str(error)
            assert message.startswith(f"'{case.file.name}' cannot be read: ")
            assert str(case.file.parent) not in message
            if "decoder stopped" in message or "took longer" in message:
                wrong.append(message)
        else:
            if case.expected == "clear_error":
                wrong.append(f"{case.file.name} was rendered")
    assert len(bad) >= 60
    assert wrong == []
    assert decoder.pid == pid
    assert peak_memory(pid) < LARGEST_MEMORY


def peak_memory(pid: int) -> int:
    """Return the most memory that a process has ever held, in bytes."""
    status = Path(f"/proc/{pid}/status")
    if not status.is_file():  # not Linux
        return int(psutil.Process(pid).memory_info().rss)
    lines = status.read_text(encoding="utf-8").splitlines()
    (peak,) = (line.split()[1] for line in lines if line.startswith("VmHWM"))
    return int(peak) * 1024
