"""Read mutated files through the real decoder process, and print what became of them.

    .venv/bin/python tests/fuzz/run.py [--files 100000] [--first 0] [--minutes M]
                                       [--jobs 1] [--keep FOLDER]

File number N is the same in every run: a run that was stopped goes on with --first.
The seeds are generated files of every kind, and the real ones of ../shared/dicom where
they are there. Each file is read as the window reads it: through a `DecoderClient`, and
its pixels and thumbnail become pictures of Qt. Ends with 1 if a file took more than
5 s of work or more than 1 GB, or got past the client as anything but an
`ImageReadError`. Files that killed the decoder or broke a limit are kept in --keep.
"""

import argparse
import json
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from fuzzing import Counts, document, run_share


def main() -> int:
    """Share the files between the processes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=24 * 60.0)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--keep", type=Path)
    arguments = parser.parse_args()
    if arguments.keep is not None:
        arguments.keep.mkdir(parents=True, exist_ok=True)
    end = arguments.first + arguments.files
    stop_at = time.monotonic() + 60 * arguments.minutes
    shares = [
        (range(arguments.first + job, end, arguments.jobs), stop_at, arguments.keep)
        for job in range(arguments.jobs)
    ]
    counts = Counts()
    with ProcessPoolExecutor(arguments.jobs) as pool:
        for part in pool.map(run_share, shares):
            counts.add(part)
    sys.stdout.write(f"{json.dumps(document(counts), indent=2)}\n")
    failed = counts.over_time + counts.over_memory + counts.window_crashes
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
