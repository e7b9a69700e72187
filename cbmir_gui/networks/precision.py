"""Which arithmetic the networks use on this machine, decided once at start."""

import functools
import os
import platform
from pathlib import Path

BFLOAT16_FLAGS = frozenset({"amx_bf16", "avx512_bf16"})


@functools.cache
def cpu_flags() -> frozenset[str]:
    """Return the instruction-set flags of the first processor (empty if unknown)."""
    cpuinfo = Path("/proc/cpuinfo")
    if platform.system() != "Linux" or not cpuinfo.is_file():
        return frozenset()
    for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
        if line.startswith("flags"):
            return frozenset(line.partition(":")[2].split())
    return frozenset()


@functools.cache
def compute_dtype() -> str:
    """Return "bfloat16" where the processor multiplies it natively, else "float32".

    ``CBMIR_PRECISION=float32`` or ``=bfloat16`` overrides. Without AMX or AVX512-BF16,
    bfloat16 is emulated and several times slower than float32.
    """
    override = os.environ.get("CBMIR_PRECISION", "")
    if override in {"float32", "bfloat16"}:
        return override
    return "bfloat16" if BFLOAT16_FLAGS & cpu_flags() else "float32"


def keras_policy() -> str:
    """Return the Keras dtype policy for `compute_dtype`."""
    return "mixed_bfloat16" if compute_dtype() == "bfloat16" else "float32"
