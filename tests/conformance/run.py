"""Render the conformance files as `cbmir render` does, and print the counts.

    .venv/bin/python tests/conformance/run.py [FOLDER]

FOLDER has manifest.csv, the files and the oracle pictures; default:
../shared/dicom/conformance. Ends with 1 if a file had another outcome than expected,
or fewer than 98 % of the pictures agree with DCMTK's.
"""

import json
import sys
import tempfile
from pathlib import Path

from conformance import SMALLEST_RATE, read_cases, run_cases, summary

PROJECT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Run all cases."""
    default = PROJECT.parent / "shared" / "dicom" / "conformance"
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else default
    with tempfile.TemporaryDirectory() as temporary:
        outcomes = list(run_cases(read_cases(folder), Path(temporary)))
    counts = summary(outcomes)
    sys.stdout.write(f"{json.dumps(counts, indent=2)}\n")
    agree = sum(o.agrees for o in outcomes if o.case.expected == "render")
    is_enough = agree >= SMALLEST_RATE * int(str(counts["with an oracle"]))
    return 0 if is_enough and not counts["not as expected"] else 1


if __name__ == "__main__":
    sys.exit(main())
