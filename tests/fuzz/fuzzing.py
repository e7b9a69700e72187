"""Read mutated files as the window reads them, and count what becomes of them."""

import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from mutations import mutate
from seeds import seeds, shared_seeds
from usage import forget_peak_memory, peak_memory, work_s

from cbmir_gui.core.contents import (
    FileDescription,
    FoundFile,
    FoundGroup,
    select_every,
)
from cbmir_gui.core.errors import (
    DecoderCrashedError,
    DecoderTimeoutError,
    ImageReadError,
)
from cbmir_gui.engine.decoder_client import DecoderClient
from cbmir_gui.gui.widgets.images import from_jpeg, to_qimage

PROJECT = Path(__file__).resolve().parents[2]
SHARED = PROJECT.parent / "shared" / "dicom"
LIMIT_S = 5.0
"""Of the decoder's work. A busy machine gives it less than a second in a second: what
takes longer by the clock is counted apart."""
HANGS_AFTER_S = 20.0
"""By the clock: the time after which the window gives up."""
LARGEST_MEMORY = 2**30
SHARE_OF_REAL_FILES = 0.2


@dataclass(slots=True)
class Counts:
    """What became of the files."""

    files: int = 0
    read: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    restarts: int = 0
    over_time: int = 0
    over_time_by_clock: int = 0
    over_memory: int = 0
    window_crashes: int = 0
    slowest_s: float = 0.0
    slowest_by_clock_s: float = 0.0
    slowest_file: int = -1
    peak_bytes: int = 0
    seconds: float = 0.0
    kept: list[str] = field(default_factory=list)

    def add(self, other: "Counts") -> None:
        """Take in the counts of another process."""
        if other.slowest_s > self.slowest_s:
            self.slowest_s, self.slowest_file = other.slowest_s, other.slowest_file
        self.slowest_by_clock_s = max(self.slowest_by_clock_s, other.slowest_by_clock_s)
        self.peak_bytes = max(self.peak_bytes, other.peak_bytes)
        self.seconds = max(self.seconds, other.seconds)
        self.refused += other.refused
        self.kept += other.kept
        for name in (
            "files",
            "read",
            "restarts",
            "over_time",
            "over_time_by_clock",
            "over_memory",
            "window_crashes",
        ):
            setattr(self, name, getattr(self, name) + getattr(other, name))


class Corpus:
    """The seeds, and from them file number N."""

    def __init__(self) -> None:
        self._generated = list(seeds().values())
        self._real = list(shared_seeds(SHARED).values())

    @property
    def num_seeds(self) -> int:
        """How many sound files there are."""
        return len(self._generated) + len(self._real)

    def file(self, number: int) -> bytes:
        """Return mutated file `number`, always the same one."""
        random = Random(number)
        is_real = bool(self._real) and random.random() < SHARE_OF_REAL_FILES
        chosen = self._real if is_real else self._generated
        return mutate(random.choice(chosen), self._generated, random)


def run(numbers: range, stop_at: float, keep: Path | None) -> Counts:
    """Read the files with these numbers, until `stop_at` (monotonic seconds)."""
    corpus, counts, started = Corpus(), Counts(), time.monotonic()
    with (
        tempfile.TemporaryDirectory() as temporary,
        DecoderClient(timeout_s=HANGS_AFTER_S) as client,
    ):
        path = Path(temporary) / "mutated"
        for number in numbers:
            if time.monotonic() >= stop_at:
                break
            data = corpus.file(number)
            path.write_bytes(data)
            if _read(client, path, number, counts) and keep is not None:
                kept = keep / f"{number}"
                kept.write_bytes(data)
                counts.kept.append(kept.name)
    counts.seconds = time.monotonic() - started
    return counts


def _read(client: DecoderClient, path: Path, number: int, counts: Counts) -> bool:
    """Read one file; return whether it is worth keeping."""
    if not client.pid:
        client.start()
    pid, survived = client.pid, True
    worked, started = work_s(pid), time.perf_counter()
    try:
        _look(client, path)
        image = client.decode(path, thumbnail=True, max_side_px=1024)
        to_qimage(image.pixels)
        if from_jpeg(image.thumbnail).isNull():
            raise ValueError("The thumbnail is no picture.")
        counts.read += 1
    except ImageReadError as error:
        counts.refused[type(error).__name__] += 1
        counts.restarts += client.pid != pid
        survived = not isinstance(error, DecoderCrashedError | DecoderTimeoutError)
        counts.over_time += isinstance(error, DecoderTimeoutError)
        if not survived:
            sys.stderr.write(f"file {number}: {type(error).__name__}\n")
    except Exception as error:  # noqa: BLE001 - this is what must never come
        survived = False
        counts.window_crashes += 1
        sys.stderr.write(f"file {number}: {error!r}\n")
    counts.files += 1
    by_clock = time.perf_counter() - started
    is_there = client.pid == pid
    # Where the decoder has died, nobody knows any more how long it worked.
    seconds = work_s(pid) - worked if is_there else by_clock
    is_large = is_there and _count_memory(pid, number, counts)
    return _count_time(seconds, by_clock, number, counts) or is_large or not survived


def _look(client: DecoderClient, path: Path) -> None:
    """List a file as the window does before it is added; reading it counts refusals."""
    try:
        described = client.ask("describe", path)
    except (DecoderCrashedError, DecoderTimeoutError):
        raise
    except ImageReadError:
        return
    assert isinstance(described, FileDescription)
    if described.num_frames > 8 * path.stat().st_size:
        raise ValueError(f"It is said to have {described.num_frames} frames.")
    file = FoundFile(str(path), described.num_frames)
    select_every(FoundGroup((file,)), step=1)


def _count_time(seconds: float, by_clock: float, number: int, counts: Counts) -> bool:
    """Return whether a file took too long."""
    if seconds > counts.slowest_s:
        counts.slowest_s, counts.slowest_file = seconds, number
    counts.slowest_by_clock_s = max(counts.slowest_by_clock_s, by_clock)
    counts.over_time_by_clock += by_clock > LIMIT_S
    counts.over_time += LIMIT_S < seconds < HANGS_AFTER_S
    if seconds > LIMIT_S:
        sys.stderr.write(f"file {number} took {seconds:.1f} s\n")
    return seconds > LIMIT_S


def _count_memory(pid: int, number: int, counts: Counts) -> bool:
    """Return whether a file took too much memory."""
    peak = peak_memory(pid)
    counts.peak_bytes = max(counts.peak_bytes, peak)
    if peak <= LARGEST_MEMORY:
        return False
    counts.over_memory += 1
    forget_peak_memory(pid)
    sys.stderr.write(f"file {number} took {peak / 1e6:.0f} MB\n")
    return True


def run_share(share: tuple[range, float, Path | None]) -> Counts:
    """Read the files of one process."""
    return run(*share)


def document(counts: Counts) -> dict[str, object]:
    """Return the counts as they are printed."""
    return {
        "files": counts.files,
        "seeds": Corpus().num_seeds,
        "read": counts.read,
        "refused": sum(counts.refused.values()),
        "refused by": dict(counts.refused.most_common()),
        "decoder restarts": counts.restarts,
        "over 5 s": counts.over_time,
        "over 1 GB": counts.over_memory,
        "window crashes": counts.window_crashes,
        "slowest_s": round(counts.slowest_s, 3),
        "slowest by the clock_s": round(counts.slowest_by_clock_s, 3),
        "over 5 s by the clock": counts.over_time_by_clock,
        "slowest file": counts.slowest_file,
        "peak_mb": round(counts.peak_bytes / 1e6),
        "files per second": round(counts.files / max(counts.seconds, 1e-9)),
        "kept": counts.kept,
    }
