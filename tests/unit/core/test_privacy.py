"""What a process does first: it leaves nothing behind, and nothing to others."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import ctypes, os, resource, sys, threading
from pathlib import Path
from cbmir_gui.core.logs import open_log
from cbmir_gui.core.privacy import forbid_memory_images, keep_private

hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
keep_private()
assert forbid_memory_images() == sys.platform.startswith("linux")
if sys.platform.startswith("linux"):
    assert ctypes.CDLL(None).prctl(3, 0, 0, 0, 0) == 0, "PR_GET_DUMPABLE"
assert resource.getrlimit(resource.RLIMIT_CORE)[0] == 0
open_log("test")
Path("new").mkdir()
Path("new/file").write_text("x")
thread = threading.Thread(target=lambda: int("DOE^JOHN"))
thread.start()
thread.join()
raise ValueError("Doe, JOHN born 1970-01-02 has 907316421234")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_a_process_keeps_its_files_and_its_memory_to_itself(
    tmp_path: Path, home: Path, project: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(project), "CBMIR_HOME": str(home), "PATH": "/usr/bin"},
    )
    assert done.returncode == 1
    assert "An unexpected error (ValueError) ended the program" in done.stderr
    assert done.stderr.count("\n") == 1
    log = (home / "logs" / "test.log").read_text(encoding="utf-8")
    assert log.count("ValueError") == 2
    assert "born" not in log
    for private in ("Doe", "JOHN", "1970", "9073"):
        assert private not in done.stderr
        assert private not in log
    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode)
        for path in (
            tmp_path / "new",
            tmp_path / "new" / "file",
            home / "logs",
            home / "logs" / "test.log",
        )
    }
    assert modes == {"new": 0o700, "file": 0o600, "logs": 0o700, "test.log": 0o600}
