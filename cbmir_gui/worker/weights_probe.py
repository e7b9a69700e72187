"""The process that reads a weights file from outside, and may die of it."""

import argparse
import sys
from pathlib import Path

from cbmir_gui.core.errors import ModelDamagedError
from cbmir_gui.engine.process import limit_own_memory
from cbmir_gui.engine.weights_probe import REFUSED
from cbmir_gui.networks.weights_file import MAX_FILE_BYTES, check_weights

_MEMORY_BYTES = MAX_FILE_BYTES + 2**30


def main() -> int:
    """Read the file; say what is wrong with it."""
    parser = argparse.ArgumentParser(prog="cbmir-weights-probe")
    parser.add_argument("file", type=Path)
    parser.add_argument("model")
    arguments = parser.parse_args()
    limit_own_memory(_MEMORY_BYTES)
    try:
        check_weights(arguments.file, arguments.model)
    except ModelDamagedError as error:
        sys.stdout.write(error.cause)
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main())
