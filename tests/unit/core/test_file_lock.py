import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cbmir_gui.core.file_lock import FileLock

HOLDER = """
import sys
from pathlib import Path
from cbmir_gui.core.file_lock import FileLock

lock = FileLock(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_a_second_holder_is_refused_until_the_first_lets_go(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with FileLock(path), pytest.raises(BlockingIOError):
        FileLock(path)
    FileLock(path).close()


def test_a_killed_process_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(BlockingIOError):
            FileLock(path)
        process.send_signal(signal.SIGKILL)
        process.wait()
    FileLock(path).close()


def test_a_folder_that_is_missing_is_no_busy_lock(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        FileLock(tmp_path / "none" / "lock")
