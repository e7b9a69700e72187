"""Real DICOM files of every kind, rendered as `cbmir render` does, and judged.

    .venv/bin/python tests/fuzz/conformance.py [FOLDER]

Prints the counts; FOLDER is ../shared/dicom/conformance where none is named. Ends with
1 if a file had another outcome than expected, or if fewer than 98 % of the pictures
agree with DCMTK's.

The manifest in FOLDER describes the files and DCMTK's pictures of them: `file`, `kind`
(good, bad), `expected` (render, clear_error, render_or_clear_error), `oracle_png` and
`oracle_window_option`.
"""

import csv
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from usage import forget_peak_memory, peak_memory, work_s

from cbmir_gui.core.errors import ImageReadError
from cbmir_gui.core.records import ImageArray
from cbmir_gui.engine.decoder_client import DecoderClient
from cbmir_gui.imaging.transforms import to_rgb
from cbmir_gui.services.export import render_image

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "dicom" / "conformance"
SMALLEST_RATE = 0.98
LARGEST_DIFFERENCE = 1.0
"""Mean absolute difference, in grey levels of 255."""
LIMIT_S = 5.0
"""Of the decoder's work: a busy machine makes the clock run ahead of it."""
HANGS_AFTER_S = 90.0
"""By the clock."""
LARGEST_MEMORY = 2**30

EXCEPTIONS: dict[str, str] = {}
"""File name -> why its picture may differ from DCMTK's. None does."""

_WINDOWS = {
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


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file."""

    case: Case
    seconds: float
    """Of the decoder's work."""
    by_clock_s: float
    peak_bytes: int
    restarted: bool
    """The decoder was killed or died."""
    error: str = ""
    """Empty: it was rendered."""
    difference: float | None = None
    """Mean absolute difference from the oracle; None where there is none."""

    @property
    def agrees(self) -> bool:
        """Whether it was rendered like its oracle."""
        return self.difference is not None and self.difference <= LARGEST_DIFFERENCE

    @property
    def is_expected(self) -> bool:
        """Whether the manifest expects this outcome, within the limits."""
        if self.restarted or self.seconds >= LIMIT_S:
            return False
        if self.peak_bytes >= LARGEST_MEMORY:
            return False
        allowed = {"render": {False}, "clear_error": {True}}
        return bool(self.error) in allowed.get(self.case.expected, {False, True})


def read_cases(folder: Path) -> list[Case]:
    """Return every line of the manifest."""
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as stream:
        return [
            Case(
                folder / row["file"],
                row["kind"],
                row["expected"],
                _WINDOWS.get(row["oracle_window_option"], "first"),
                folder / row["oracle_png"] if row["oracle_png"] else None,
            )
            for row in csv.DictReader(stream)
        ]


def run_cases(cases: list[Case], folder: Path) -> Iterator[Outcome]:
    """Render every file with one decoder; pictures go to `folder`."""
    with DecoderClient(timeout_s=HANGS_AFTER_S) as decoder:
        decoder.start()
        render_image(cases[0].file, folder / "first.png", decoder)  # loads the codecs
        for case in cases:
            yield _run(case, decoder, folder / "rendered.png")


def _run(case: Case, decoder: DecoderClient, out: Path) -> Outcome:
    pid = decoder.pid
    forget_peak_memory(pid)
    error, difference = "", None
    worked, started = work_s(pid), time.perf_counter()
    try:
        render_image(case.file, out, decoder, 1, case.window)
    except ImageReadError as refusal:
        error = str(refusal)
    by_clock = time.perf_counter() - started
    restarted = decoder.pid != pid
    seconds = by_clock if restarted else work_s(pid) - worked
    peak = 0 if restarted else peak_memory(pid)
    if not error and case.oracle is not None:
        difference = mean_difference(read_picture(out), read_picture(case.oracle))
    if decoder.pid == 0:
        decoder.start()
    return Outcome(case, seconds, by_clock, peak, restarted, error, difference)


def read_picture(path: Path) -> ImageArray:
    """Return a PNG as gray or RGB."""
    stored = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert stored is not None
    pixels = stored[..., ::-1] if stored.ndim == 3 else stored
    return np.ascontiguousarray(pixels)


def mean_difference(ours: ImageArray, theirs: ImageArray) -> float:
    """Return the mean absolute difference; infinite for another size."""
    if ours.shape[:2] != theirs.shape[:2]:
        return float("inf")
    return float(np.abs(to_rgb(ours).astype(np.int16) - to_rgb(theirs)).mean())


def summary(outcomes: list[Outcome]) -> dict[str, object]:
    """Return the counts that a reader wants."""
    to_render = [o for o in outcomes if o.case.expected == "render"]
    compared = [o for o in to_render if o.case.oracle is not None]
    bad = [o for o in outcomes if o.case.kind == "bad"]
    differing = [o.case.file.name for o in compared if not o.agrees]
    worst = max(compared, key=lambda o: o.difference or 0.0)
    slowest = max(outcomes, key=lambda o: o.seconds)
    largest = max(outcomes, key=lambda o: o.peak_bytes)
    return {
        "files": len(outcomes),
        "to be rendered": len(to_render),
        "rendered": sum(not o.error for o in to_render),
        "with an oracle": len(compared),
        "within 1 grey level": sum(o.agrees for o in compared),
        "share": round(sum(o.agrees for o in compared) / len(compared), 4),
        "worst mean difference": round(worst.difference or 0.0, 3),
        "worst file": worst.case.file.name,
        "exceptions": {name: EXCEPTIONS.get(name, "") for name in differing},
        "bad files": len(bad),
        "bad files as expected": sum(o.is_expected for o in bad),
        "not as expected": [o.case.file.name for o in outcomes if not o.is_expected],
        "decoder restarts": sum(o.restarted for o in outcomes),
        "slowest_s": round(slowest.seconds, 3),
        "slowest by the clock_s": round(max(o.by_clock_s for o in outcomes), 3),
        "slowest file": slowest.case.file.name,
        "peak_mb": round(largest.peak_bytes / 1e6),
        "largest file": largest.case.file.name,
    }


def main() -> int:
    """Run all cases."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    with tempfile.TemporaryDirectory() as temporary:
        outcomes = list(run_cases(read_cases(folder), Path(temporary)))
    counts = summary(outcomes)
    sys.stdout.write(f"{json.dumps(counts, indent=2)}\n")
    compared = [o for o in outcomes if o.case.oracle and o.case.expected == "render"]
    is_enough = sum(o.agrees for o in compared) >= SMALLEST_RATE * len(compared)
    return 0 if is_enough and not counts["not as expected"] else 1


if __name__ == "__main__":
    sys.exit(main())
