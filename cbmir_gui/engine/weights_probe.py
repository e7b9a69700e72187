"""Let another process read a weights file from outside first.

HDF5 is a large library in C, and damaged files have crashed it. What crashes or fills
the other process is refused here unread.
"""

import subprocess
import sys
from pathlib import Path

from cbmir_gui.core.errors import ModelDamagedError
from cbmir_gui.engine.process import child_environment

PROBE_MODULE = "cbmir_gui.worker.weights_probe"
REFUSED = 3
"""Exit status of the other process that has said what is wrong on its output."""
LIMIT_S = 120.0


def probe_weights(path: Path, model_name: str) -> None:
    """Read all of a weights file in another process.

    Raises
    ------
    ModelDamagedError
        It holds anything but plain arrays, or stopped, filled or delayed the process
        that read it.
    """
    command = [sys.executable, "-P", "-m", PROBE_MODULE, str(path), model_name]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=child_environment(),
            timeout=LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        cause = f"'{path.name}' cannot be read in {LIMIT_S:g} s"
        raise ModelDamagedError(model_name, cause) from error
    if done.returncode == REFUSED:
        cause = done.stdout.decode(errors="replace").strip()
        raise ModelDamagedError(model_name, cause)
    if done.returncode:
        cause = f"'{path.name}' stopped the process that read it"
        raise ModelDamagedError(model_name, cause)
