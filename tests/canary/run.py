"""Plant 200 identifiers, use the program on them, and look for them everywhere.

    .venv/bin/python tests/canary/run.py [--short] [--keep FOLDER]

Prints one JSON document; ends with 1 if an identifier was found, if somebody else
could read what the program wrote, or if a command did not do what it should.
"""

import argparse
import contextlib
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path

from canary_looking import Leak, look, others_can_read
from canary_planting import plant
from canary_rounds import Stage, core_files, play


def perform(root: Path, is_short: bool) -> dict[str, object]:
    """Do everything below `root`, and return the counts."""
    planted = plant(root / "images")
    stage = Stage(root, planted).make()
    play(stage, is_short)
    leaks, num_files, num_bytes = look(stage.roots(), planted)
    exposed = others_can_read(stage.roots(), planted.folder)
    return {
        "identifiers": len(planted.identifiers),
        "images": len(planted.good),
        "broken_images": len(planted.broken),
        "commands": len(stage.commands),
        "surprises": stage.surprises,
        "files_looked_into": num_files,
        "bytes_looked_into": num_bytes,
        "leaks": len(leaks),
        "leaked": _by_place(leaks, root),
        "core_files": len(core_files(stage)),
        "readable_by_others": [str(path.relative_to(root)) for path in exposed],
    }


def is_clean(report: dict[str, object]) -> bool:
    """Return whether everything was done, and nothing of it can be found."""
    faults = ("leaks", "core_files", "readable_by_others", "surprises")
    return not any(report[name] for name in faults)


def _by_place(leaks: list[Leak], root: Path) -> dict[str, int]:
    counts = Counter(
        f"{leak.place} in {Path(leak.file).relative_to(root)}" for leak in leaks
    )
    return dict(counts.most_common())


def main() -> int:
    """Perform once."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--short", action="store_true", help="no training")
    parser.add_argument("--keep", type=Path, help="an empty folder for everything")
    arguments = parser.parse_args()
    with contextlib.ExitStack() as stack:
        root = arguments.keep or Path(
            stack.enter_context(tempfile.TemporaryDirectory())
        )
        report = perform(root, arguments.short)
    sys.stdout.write(f"{json.dumps(report, indent=2)}\n")
    return int(not is_clean(report))


if __name__ == "__main__":
    sys.exit(main())
