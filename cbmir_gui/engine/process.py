"""Starting, watching and ending a child process; and what the child does first.

The parent talks to its child over the child's standard input and output. The child
ends when its input ends, so it never outlives its parent.
"""

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, BinaryIO, cast

from cbmir_gui.core.errors import EngineError

_PACKAGE_PARENT = Path(__file__).resolve().parents[2]


class ChildProcess:
    """One ``python -m module`` whose standard streams belong to the parent.

    Parameters
    ----------
    module : str
        What runs, e.g. ``"cbmir_gui.worker.decoder"``.
    arguments : sequence of str
        Its command line.
    environment : mapping, optional
        Variables added to those of this process.
    stderr : file, optional
        Where its messages go; nowhere by default.
    """

    def __init__(
        self,
        module: str,
        arguments: Sequence[str] = (),
        environment: dict[str, str] | None = None,
        stderr: IO[bytes] | None = None,
    ) -> None:
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", module, *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL if stderr is None else stderr,
                env=child_environment(environment),
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            raise EngineError(
                f"A background process could not be started: {error.strerror}. "
                f"Close other programs, then try again."
            ) from error
        self.stdin = cast("BinaryIO", self._process.stdin)
        self.stdout = cast("BinaryIO", self._process.stdout)

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether the process has not ended."""
        return self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """Exit status, negative for a signal; None while it runs."""
        return self._process.poll()

    def kill(self) -> None:
        """End the process at once; safe from any thread and more than once."""
        self._process.kill()

    def close(self, patience_s: float = 1.0) -> None:
        """Ask the process to end by closing its input; kill it if it does not."""
        with contextlib.suppress(OSError):  # it is gone already
            self.stdin.close()
        try:
            self._process.wait(patience_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self.stdout.close()


@contextlib.contextmanager
def killed_after(
    child: ChildProcess, limit_s: float, fired: threading.Event
) -> Iterator[None]:
    """Kill `child` and set `fired` if the block takes longer than `limit_s`."""

    def fire() -> None:
        fired.set()
        child.kill()

    timer = threading.Timer(limit_s, fire)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def child_environment(extra: dict[str, str] | None = None) -> dict[str, str]:
    """Let the child import this package wherever its parent was started."""
    inherited = os.environ.get("PYTHONPATH", "")
    paths = [str(_PACKAGE_PARENT), *filter(None, inherited.split(os.pathsep))]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), **(extra or {})}


def claim_standard_streams() -> tuple[BinaryIO, BinaryIO]:
    """Take the child's input and output for messages, before anything can print.

    Native codecs print to descriptor 1 and some read from 0: afterwards 0 is empty
    and 1 is a second name of standard error.

    Returns
    -------
    input, output
        Buffered binary streams on private descriptors.
    """
    sys.stdout.flush()
    source, target = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return os.fdopen(source, "rb"), os.fdopen(target, "wb")


def limit_own_memory(memory_bytes: int) -> bool:
    """Let this process take at most so much address space; 0 for no limit.

    Returns
    -------
    bool
        False where the platform cannot limit it (Windows).
    """
    if memory_bytes <= 0:
        return False
    try:
        import resource  # not on Windows
    except ImportError:
        return False
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard != resource.RLIM_INFINITY:
        memory_bytes = min(memory_bytes, hard)
    try:
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    except (OSError, ValueError):  # macOS refuses limits below what is mapped
        return False
    return True
