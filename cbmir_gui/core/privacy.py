"""What a process does before anything else, so that it leaves nothing behind.

Files are made for the user alone. A crash leaves no image of the memory, which may
hold a patient's data, and what nobody caught is told to the log, redacted, instead of
the terminal or a session's error file.
"""

import logging
import os
import sys
import threading
from types import TracebackType

_LOGGER = logging.getLogger(__name__)
_FOR_THE_USER_ALONE = 0o077
_PR_SET_DUMPABLE = 4


def keep_private() -> None:
    """Do all of it; call it once, where a process starts."""
    os.umask(_FOR_THE_USER_ALONE)
    forbid_core_files()
    sys.excepthook = _report_uncaught
    threading.excepthook = _report_thread
    sys.unraisablehook = _report_unraisable


def forbid_core_files() -> None:
    """Let this process and its children write no core file, where there are any."""
    try:
        import resource  # not on Windows
    except ImportError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard))


def forbid_memory_images() -> bool:
    """Keep the memory of this process from crash reporters, and from other programs.

    A limit of 0 for core files does not reach those who are handed the memory through
    a pipe. Children start without this.

    Returns
    -------
    bool
        False where the platform has no such thing.
    """
    if not sys.platform.startswith("linux"):
        return False
    import ctypes

    return bool(ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) == 0)


def _report_uncaught(
    error_type: type[BaseException],
    error: BaseException,
    traceback: TracebackType | None,
) -> None:
    if issubclass(error_type, KeyboardInterrupt):
        return
    _LOGGER.critical("Unexpected error", exc_info=(error_type, error, traceback))
    sys.stderr.write(
        f"cbmir: An unexpected error ({error_type.__name__}) ended the program. "
        f"The log has its details; 'cbmir doctor' says where the log is.\n"
    )


def _report_thread(report: "threading.ExceptHookArgs") -> None:
    if report.exc_value is None or issubclass(report.exc_type, SystemExit):
        return
    _LOGGER.error(
        "Unexpected error in a thread",
        exc_info=(report.exc_type, report.exc_value, report.exc_traceback),
    )


def _report_unraisable(report: "sys.UnraisableHookArgs") -> None:
    if report.exc_value is not None:
        _LOGGER.error(
            "Unexpected error while something was deleted",
            exc_info=(report.exc_type, report.exc_value, report.exc_traceback),
        )
