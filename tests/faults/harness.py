"""Tell a story in a process that is killed or whose writes fail; look what is left.

A kill comes at a change of a file, chosen beforehand; in every second kill the power
goes, too: what was not synced is taken back (`power_loss`). Failing writes meet EIO
once or ENOSPC from then on, failing syncs EIO once, and a limit of a file's size meets
whatever grows beyond it.
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
SIGXFSZ_ENDS = -25


@dataclass(frozen=True)
class Fault:
    """What happens at which change of a file."""

    at: int
    """Number of the change, or of the sync; with `max_bytes` it means nothing."""
    error: int = 0
    """errno; 0: the process is killed."""
    stays: bool = False
    """All later changes fail, too."""
    power_goes: bool = False
    only_syncs: bool = False
    """Only syncs are counted, and fail."""
    max_bytes: int = 0
    """No file may grow beyond; 0: no limit. With an error of 0 the system ends the
    process with SIGXFSZ."""
    careless: str = ""
    """Syncs of folders with this word in their path do nothing: names get lost there,
    as with a program that forgot to sync them."""

    @property
    def kind(self) -> str:
        if self.max_bytes:
            return "size limits"
        if self.only_syncs:
            return "failing syncs"
        return "failing writes" if self.error else "kills"

    def __str__(self) -> str:
        power = " and power loss" if self.power_goes else ""
        if self.max_bytes:
            code = errno.errorcode[self.error] if self.error else "SIGXFSZ"
            return f"{code} beyond {self.max_bytes} bytes"
        if self.error:
            what = "sync" if self.only_syncs else "change"
            return f"{errno.errorcode[self.error]} at {what} {self.at}{power}"
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
    num_taken_back: int = 0
    """Names and contents that the loss of power took back."""
    has_refused: bool = False
    """The program said that it could not write."""


@dataclass(frozen=True)
class Told:
    """A story that has come to its end, and what it said."""

    root: Path
    log: Path
    lines: list[str]
    code: int


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


@dataclass(frozen=True)
class Extent:
    """How much a story changes where nothing goes wrong."""

    num_changes: int
    num_syncs: int
    largest_bytes: int
    """Size of its largest file at the end."""


def measure(story: str, shim: Path, folder: Path) -> Extent:
    """Tell a story without a fault.

    Raises
    ------
    AssertionError
        It did not come to its end.
    """
    with told(story, shim, folder, Fault(NEVER)) as tale:
        assert tale.code == 0, tale.lines
        log = (tale.log / "log").read_text().splitlines()
        sizes = [path.stat().st_size for path in tale.root.rglob("*") if path.is_file()]
    num_syncs = sum(line.startswith("sync ") for line in log)
    return Extent(len(log), num_syncs, max(sizes))


def tell(story: str, shim: Path, folder: Path, fault: Fault) -> Outcome:
    """Tell a story with a fault and look at what is left."""
    with told(story, shim, folder, fault) as tale:
        num_done = sum(line.isdigit() for line in tale.lines)
        problem = _misbehaviour(fault, tale)
        num_taken_back = power_loss(tale.log) if fault.power_goes else 0
        start = time.perf_counter()
        try:
            left = stories.STORIES[story].problem(tale.root, num_done)
        except Exception as error:  # noqa: BLE001  (whatever is raised is the finding)
            left = f"{type(error).__name__}: {error}"
        recovery_s = time.perf_counter() - start
        has_refused = any(line.startswith("refused") for line in tale.lines)
        found = problem or left
        values = found, recovery_s, num_taken_back, has_refused
        return Outcome(story, fault, num_done, *values)


def _misbehaviour(fault: Fault, tale: Told) -> str:
    """Say whether the process itself did what it may not."""
    allowed = {0}
    if fault.error == 0:
        allowed |= {SIGXFSZ_ENDS if fault.max_bytes else -9}
    # Text that is no refusal is a traceback.
    return "" if tale.code in allowed else f"ended with {tale.code}: {tale.lines[-1:]}"


@contextmanager
def told(story: str, shim: Path, folder: Path, fault: Fault) -> Iterator[Told]:
    """Tell a story with a fault; what it left is deleted with the block."""
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
        # The log itself would grow beyond a limit.
        "FAULT_LOG": "" if fault.max_bytes else str(log),
        "FAULT_AT": "0" if fault.max_bytes else str(fault.at),
        "FAULT_ERRNO": str(fault.error),
        "FAULT_STICKY": "1" if fault.stays else "",
        "FAULT_SYNCS": "1" if fault.only_syncs else "",
        "FAULT_CARELESS": fault.careless,
        "FAULT_MAX_BYTES": str(fault.max_bytes),
        "CBMIR_HOME": str(base / "home"),
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
        lines = process.stdout.splitlines() + errors[-1:]
        yield Told(root, log, lines, process.returncode)
    finally:
        shutil.rmtree(base, ignore_errors=True)


def power_loss(log_folder: Path) -> int:
    """Take back what a process had not synced when it ended.

    A name that was given or taken without a sync of its folder is as before; a file
    whose content was not synced is empty. SQLite's own file keeps its content: what
    it writes before a sync is covered by its journal.

    Returns
    -------
    int
        How many names and contents were taken back.
    """
    content_at_risk, lost_names = _unsynced(log_folder)
    num_taken_back = 0
    for name in content_at_risk:
        path = Path(name)
        if not name.endswith(".sqlite") and path.is_file() and path.stat().st_size:
            os.truncate(name, 0)
            num_taken_back += 1
    for kind, *names in reversed(lost_names):
        saved = names[-1]
        if not Path(names[0]).parent.is_dir():
            continue  # deleted with its folder
        num_taken_back += 1
        if kind == "rename":
            if Path(names[1]).exists() and not Path(names[0]).exists():
                Path(names[1]).rename(names[0])
            if saved != "-":
                Path(saved).rename(names[1])
        elif saved != "-" and not Path(names[0]).exists():
            Path(saved).rename(names[0])
    return num_taken_back


def _unsynced(log_folder: Path) -> tuple[set[str], list[list[str]]]:
    """Return files whose content, and renames and unlinks that no sync has saved."""
    entries = []
    path = log_folder / "log"
    if path.is_file():
        entries = [line.split(" ") for line in path.read_text().splitlines()]
    content_at_risk: set[str] = set()
    beyond_help: set[str] = set()
    lost_names: list[list[str]] = []
    for kind, *names in entries:
        if kind == "write":
            content_at_risk.add(names[0])
        elif kind == "failed" and names[0] in content_at_risk:
            beyond_help.add(names[0])
        elif kind == "sync":
            content_at_risk -= {names[0]} - beyond_help
            lost_names = [e for e in lost_names if _folder_of(e) != names[0]]
        elif kind == "sync-all":
            content_at_risk &= beyond_help
            lost_names = []
        elif kind == "rename":
            for files in (content_at_risk, beyond_help):
                if names[0] in files:
                    files.remove(names[0])
                    files.add(names[1])
            lost_names.append([kind, *names])
        elif kind == "unlink":
            content_at_risk.discard(names[0])
            beyond_help.discard(names[0])
            lost_names.append([kind, *names])
    return content_at_risk, lost_names


def _folder_of(entry: list[str]) -> str:
    return str(Path(entry[2] if entry[0] == "rename" else entry[1]).parent)
