"""On what the figures of cost were measured, in one line."""

import os
import platform
from pathlib import Path

import psutil

from cbmir_gui.networks.precision import compute_dtype


def describe_hardware() -> str:
    """Return processor, cores, memory and the arithmetic of the networks."""
    memory_gib = psutil.virtual_memory().total / 2**30
    return (
        f"{_processor_name()}, {os.cpu_count()} cores, {memory_gib:.0f} GiB memory, "
        f"{compute_dtype()}, {platform.system()}"
    )


def _processor_name() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return " ".join(line.partition(":")[2].split())
    return platform.processor() or platform.machine()
