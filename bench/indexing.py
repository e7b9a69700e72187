"""Indexing rate and peak memory of `cbmir index`, into a new library.

    .venv/bin/python bench/indexing.py PATH... [-- options of cbmir index]

Prints one JSON document. The peak is that of the process and its children together,
as proportional set size where the system knows it: shared pages count once.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import psutil

_INTERVAL_S = 0.2


def memory_bytes(process: psutil.Process) -> int:
    """Return what a process and its children hold now."""
    total = 0
    for member in [process, *process.children(recursive=True)]:
        try:
            info = member.memory_full_info()
            total += getattr(info, "pss", info.rss)
        except psutil.Error:
            continue  # It has ended since it was listed.
    return total


def measure(arguments: list[str]) -> dict[str, Any]:
    """Index into a temporary library, watching the memory."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "cbmir_gui", "index", f"{folder}/library"]
        child = subprocess.Popen(
            [*command, *arguments, "--json"], stdout=subprocess.PIPE, text=True
        )
        process, peak = psutil.Process(child.pid), 0
        while True:
            try:
                output, _ = child.communicate(timeout=_INTERVAL_S)
                break
            except subprocess.TimeoutExpired:
                peak = max(peak, memory_bytes(process))
        summary = json.loads(output) if output else {}
        num_bytes = sum(
            path.stat().st_size for path in Path(folder).rglob("*") if path.is_file()
        )
    return {
        "added": summary.get("added"),
        "failed": len(summary.get("failed", ())),
        "seconds": summary.get("seconds"),
        "images_per_second": summary.get("images_per_second"),
        "peak_memory_mib": round(peak / 2**20),
        "library_mib": round(num_bytes / 2**20, 1),
        "num_cpus": psutil.cpu_count(),
    }


if __name__ == "__main__":
    given = [word for word in sys.argv[1:] if word != "--"]
    if not given:
        sys.exit(__doc__)
    print(json.dumps(measure(given), indent=2))
