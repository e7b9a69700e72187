"""What every attack is planted in, what it would betray, and the counts at the end."""

import resource
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import h5py
import numpy as np
import pytest

from cbmir_gui.core.errors import CbmirError
from tests.hostile.hdf5_attacks import SECRET

MAX_SECONDS = 30.0
MAX_MIB = 700
"""More than a network of ours with its framework takes, less than a bomb."""


@dataclass(frozen=True)
class Trap:
    """What shows that an attack has worked."""

    secret: Path
    other: Path
    canary: Path


@pytest.fixture
def trap(tmp_path: Path) -> Trap:
    """Put a secret file, an HDF5 file, and the place of a canary beside the attack."""
    folder = tmp_path / "somebody else's"
    folder.mkdir()
    (folder / "secret.txt").write_bytes(SECRET)
    with h5py.File(folder / "other.h5", "w") as file:
        file["stolen"] = np.full(128, 7.0, np.float16)
    return Trap(folder / "secret.txt", folder / "other.h5", tmp_path / "canary")


@dataclass
class Tally:
    """Counts over all doors."""

    refused: Counter[str] = field(default_factory=Counter)
    harmless: Counter[str] = field(default_factory=Counter)
    advisories: set[str] = field(default_factory=set)
    slowest_s: float = 0.0


_TALLY = Tally()


@dataclass(frozen=True)
class Guard:
    """Watch one attack at one door."""

    trap: Trap

    def refuses(
        self, door: str, attack: Callable[[], object], advisory: str = ""
    ) -> str:
        """Check that the attack is refused in words; return them."""
        with self._watched(advisory), pytest.raises(CbmirError) as caught:
            attack()
        text = str(caught.value)
        assert len(text) > 30, "a message says what is wrong and what helps"
        assert "\n" not in text
        assert text.rstrip().endswith((".", ")")), text
        assert "Traceback" not in text
        assert str(self.trap.canary.parent) not in text, "a message names no folder"
        _TALLY.refused[door] += 1
        return text

    def survives(
        self, door: str, attack: Callable[[], object], advisory: str = ""
    ) -> object:
        """Check that the attack does nothing; return what came of it."""
        with self._watched(advisory):
            result = attack()
        _TALLY.harmless[door] += 1
        return result

    @contextmanager
    def _watched(self, advisory: str) -> Iterator[None]:
        # Of the processor: others may need this machine, too.
        start_s = time.process_time()
        start_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        yield
        seconds = time.process_time() - start_s
        grown_mib = (
            resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - start_kib
        ) / 1024
        assert seconds < MAX_SECONDS
        assert grown_mib < MAX_MIB
        assert not self.trap.canary.exists(), "code from the file was run"
        assert self.trap.secret.read_bytes() == SECRET
        _TALLY.slowest_s = max(_TALLY.slowest_s, seconds)
        _TALLY.advisories.update(filter(None, advisory.split(", ")))


@pytest.fixture
def guard(trap: Trap) -> Guard:
    return Guard(trap)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was played."""
    if not _TALLY.refused:
        return
    write = terminalreporter.write_line
    terminalreporter.section("hostile files")
    for door in sorted(_TALLY.refused | _TALLY.harmless):
        refused, harmless = _TALLY.refused[door], _TALLY.harmless[door]
        write(f"{door}: {refused} refused, {harmless} without effect")
    write(
        f"in all: {_TALLY.refused.total()} refused, {_TALLY.harmless.total()} without "
        f"effect, slowest {_TALLY.slowest_s:.1f} s of the processor"
    )
    write(
        f"{len(_TALLY.advisories)} advisories: {', '.join(sorted(_TALLY.advisories))}"
    )
