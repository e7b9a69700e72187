"""How much memory a training may still take, and tables that fit into it.

Linux gives more than it has and kills who uses it, so nobody is told by an error.
"""

import contextlib
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from numpy.typing import DTypeLike, NDArray

from cbmir_gui.core.errors import TrainingError

_OWN_GROUPS = Path("/proc/self/cgroup")
_GROUPS = Path("/sys/fs/cgroup")
_VERSION_1 = "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"
_VERSION_2 = "memory.max", "memory.current", "inactive_file"
"""Limit, use, and the line of memory.stat that says what of it can be given back."""


def available_bytes() -> int:
    """Return what the machine has left, or less where a container has less."""
    return min([psutil.virtual_memory().available, *_group_rests()])


def empty_table(shape: tuple[int, ...], dtype: DTypeLike, what: str) -> NDArray[Any]:
    """Return zeros.

    Parameters
    ----------
    what
        What the table is for, e.g. "300 images".

    Raises
    ------
    TrainingError
        There is not enough memory.
    """
    num_bytes = math.prod(shape) * np.dtype(dtype).itemsize
    available = available_bytes()
    if num_bytes <= available:
        with contextlib.suppress(MemoryError):
            return np.zeros(shape, dtype)
    raise TrainingError(
        f"There is not enough memory for {what}: they need {num_bytes / 2**30:.1f} "
        f"GiB, and {available / 2**30:.1f} GiB are free. Close other programs, or "
        f"train on fewer images."
    )


def _group_rests() -> Iterator[int]:
    """Yield what each control group with a limit that this process is in has left.

    References
    ----------
    Linux kernel, admin-guide/cgroup-v2 and admin-guide/cgroup-v1/memory.
    """
    try:
        lines = _OWN_GROUPS.read_text(encoding="utf-8").splitlines()
    except OSError:
        return  # not Linux
    for line in lines:
        _, controllers, own = line.split(":", 2)
        if controllers not in {"", "memory"}:
            continue
        root = _GROUPS / controllers
        files = _VERSION_1 if controllers else _VERSION_2
        # Limits of the groups around it count; a container may see only the root.
        group = root / own.lstrip("/")
        for folder in (group, *group.parents):
            if folder.is_relative_to(root) and (rest := _rest_of(folder, *files)) >= 0:
                yield rest


def _rest_of(folder: Path, limit: str, used: str, inactive: str) -> int:
    """Return what a group has left; -1 where it has no limit."""
    try:
        stat = (folder / "memory.stat").read_text(encoding="utf-8").split()
        cached = int(stat[stat.index(inactive) + 1])
        numbers = [int((folder / name).read_text()) for name in (limit, used)]
    except (OSError, ValueError):
        return -1
    return max(0, numbers[0] - numbers[1] + cached)
