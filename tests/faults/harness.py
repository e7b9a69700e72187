"""Tell a story in a process that is killed or whose writes fail; look what is left.

A kill comes at a change of a file, chosen beforehand; in every second kill the power
goes, too: what was not synced is taken back (`power_loss`). Failing writes meet EIO
once or ENOSPC from then on.
"""

import errno
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import stories

HERE = Path(__file__).parent
NEVER = 10**9


@dataclass(frozen=True)
class Fault:
    """What happens at which change of a file."""

    at: int
    error: int = 0
    """errno; 0: the process is killed."""
    stays: bool = False
    """All later changes fail, too."""
    power_goes: bool = False

    def __str__(self) -> str:
        if self.error:
            return f"{errno.errorcode[self.error]} at change {self.at}"
        return f"{'power loss' if self.power_goes else 'kill'} at change {self.at}"


@dataclass(frozen=True)
class Outcome:
    """What a fault left behind."""

    story: str
    fault: Fault
    num_done: int
    problem: str
    """Empty: nothing was lost."""
    recovery_s: float
    """Until everything was open again and checked."""


def build_shim(folder: Path) -> Path:
    """Compile the library that is preloaded.

    Raises
    ------
    FileNotFoundError
        There is no C compiler.
    """
    compiler = shutil.which("cc")
    if compiler is None or sys.platform != "linux":
        raise FileNotFoundError("a C compiler on Linux")
    shim = folder / "faults.so"
    command = [compiler, "-shared", "-fPIC", "-O1", "-o", shim, HERE / "faults.c"]
    subprocess.run([*command, "-ldl"], check=True)
    return shim


def count_changes(story: str, shim: Path, folder: Path) -> int:
    """Return how many changes of files a story makes."""
    with _told(story, shim, folder, Fault(NEVER)) as (root, _, _):
        log = (root.parent / "log" / "log").read_text().splitlines()
    return len(log)


def tell(story: str, shim: Path, folder: Path, fault: Fault) -> Outcome:
    """Tell a story with a fault and look at what is left."""
    with _told(story, shim, folder, fault) as (root, output, code):
        num_done = sum(line.isdigit() for line in output)
        problem = _misbehaviour(fault, output, code)
        if fault.power_goes:
            power_loss(root.parent / "log")
        start = time.perf_counter()
        try:
            left = stories.STORIES[story].problem(root, num_done)
        except Exception as error:  # noqa: BLE001  (whatever is raised is the finding)
            left = f"{type(error).__name__}: {error}"
        recovery_s = time.perf_counter() - start
        return Outcome(story, fault, num_done, problem or left, recovery_s)


def _misbehaviour(fault: Fault, output: list[str], code: int) -> str:
    """Say whether the process itself did what it may not."""
    if fault.error == 0:
        return "" if code in {0, -9} else f"ended with {code}: {output[-1:]}"
    # Text that is no refusal is a traceback.
    return "" if code == 0 else f"ended with {code}: {output[-1:]}"


@contextmanager
def _told(
    story: str, shim: Path, folder: Path, fault: Fault
) -> Iterator[tuple[Path, list[str], int]]:
    base = folder / "told"
    shutil.rmtree(base, ignore_errors=True)
    root, log, arm = base / "root", base / "log", base / "arm"
    log.mkdir(parents=True)
    chosen = stories.STORIES[story]
    chosen.prepare(root)
    settings = {
        "LD_PRELOAD": str(shim),
        "FAULT_ROOT": str(root),
        "FAULT_ARM": str(arm),
        "FAULT_LOG": str(log),
        "FAULT_AT": str(fault.at),
        "FAULT_ERRNO": str(fault.error),
        "FAULT_STICKY": "1" if fault.stays else "",
    }
    words = [sys.executable, HERE / "stories.py", story, root]
    process = subprocess.run(
        [*map(str, words), str(chosen.num_steps), str(arm)],
        env=os.environ | settings,
        capture_output=True,
        text=True,
        check=False,
    )
    errors = process.stderr.strip().splitlines()
    try:
        yield root, process.stdout.splitlines() + errors[-1:], process.returncode
    finally:
        shutil.rmtree(base, ignore_errors=True)


def power_loss(log_folder: Path) -> None:
    """Take back what a process had not synced when it was killed.

    A name that was given or taken without a sync of its folder is as before; a file
    whose content was not synced is empty. SQLite's own file keeps its content: what
    it writes before a sync is covered by its journal.
    """
    entries = []
    path = log_folder / "log"
    if path.is_file():
        entries = [line.split(" ") for line in path.read_text().splitlines()]
    content_at_risk: set[str] = set()
    lost_names: list[list[str]] = []
    for kind, *names in entries:
        if kind == "write":
            content_at_risk.add(names[0])
        elif kind == "sync":
            content_at_risk.discard(names[0])
            lost_names = [e for e in lost_names if _folder_of(e) != names[0]]
        elif kind == "rename":
            if names[0] in content_at_risk:
                content_at_risk.discard(names[0])
                content_at_risk.add(names[1])
            lost_names.append([kind, *names])
        elif kind == "unlink":
            content_at_risk.discard(names[0])
            lost_names.append([kind, *names])
    for name in content_at_risk:
        if not name.endswith(".sqlite") and Path(name).is_file():
            os.truncate(name, 0)
    for kind, *names in reversed(lost_names):
        saved = names[-1]
        if not Path(names[0]).parent.is_dir():
            continue  # deleted with its folder
        if kind == "rename":
            if Path(names[1]).exists() and not Path(names[0]).exists():
                Path(names[1]).rename(names[0])
            if saved != "-":
                Path(saved).rename(names[1])
        elif saved != "-" and not Path(names[0]).exists():
            Path(saved).rename(names[0])


def _folder_of(entry: list[str]) -> str:
    return str(Path(entry[2] if entry[0] == "rename" else entry[1]).parent)
