"""How long a process has worked, and the most memory that it has held."""

from pathlib import Path

import psutil


def work_s(pid: int) -> float:
    """Return the seconds that a process has worked, on whatever processor."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def peak_memory(pid: int) -> int:
    """Return the largest resident size since the start or `forget_peak_memory`.

    In bytes; 0 for a process that is gone. Where the system does not tell the peak,
    the present size.
    """
    status = Path(f"/proc/{pid}/status")
    try:
        lines = status.read_text(encoding="utf-8").splitlines()
    except OSError:
        return int(psutil.Process(pid).memory_info().rss) if _is_alive(pid) else 0
    peaks = [line.split()[1] for line in lines if line.startswith("VmHWM")]
    return int(peaks[0]) * 1024 if peaks else 0


def forget_peak_memory(pid: int) -> None:
    """Let the peak begin anew, where the system can (Linux)."""
    reference = Path(f"/proc/{pid}/clear_refs")
    if reference.exists():
        reference.write_text("5", encoding="ascii")


def _is_alive(pid: int) -> bool:
    return pid != 0 and psutil.pid_exists(pid)
