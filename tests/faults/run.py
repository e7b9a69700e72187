"""Kill, starve and unplug the program at many places; print what was lost.

    .venv/bin/python tests/faults/run.py [--kills 300] [--failures 200] [--story NAME]

Kills and failing writes are spread over all changes of files that the stories make:
import, add, remove, restore, relabel, compact, models saved, measured and deleted,
settings. Prints one JSON document; ends with 1 if anything was lost.
"""

import argparse
import errno
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path

import stories
from harness import Fault, Outcome, build_shim, count_changes, tell

MAX_RECOVERY_S = 2.0


def faults_of(num_changes: int, num_kills: int, num_failures: int) -> list[Fault]:
    """Spread faults over the changes of a story."""
    kills = [
        Fault(at, power_goes=number % 2 == 1)
        for number, at in enumerate(spread(num_changes, num_kills))
    ]
    failures = [
        Fault(at, error=(errno.EIO, errno.ENOSPC)[number % 2], stays=number % 2 == 1)
        for number, at in enumerate(spread(num_changes, num_failures))
    ]
    return kills + failures


def spread(num_changes: int, num: int) -> list[int]:
    """Return `num` numbers of changes, evenly from the first to the last."""
    return [1 + number * num_changes // max(1, num) for number in range(num)]


def main() -> int:
    """Run the stories."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--failures", type=int, default=200)
    parser.add_argument("--story", choices=sorted(stories.STORIES))
    arguments = parser.parse_args()
    names = [arguments.story] if arguments.story else list(stories.STORIES)
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        shim = build_shim(folder)
        for name in names:
            num_changes = count_changes(name, shim, folder)
            kills = arguments.kills // len(names)
            failures = arguments.failures // len(names)
            for fault in faults_of(num_changes, kills, failures):
                outcomes.append(tell(name, shim, folder, fault))
                if outcomes[-1].problem:
                    text = f"{name}, {fault}: {outcomes[-1].problem}\n"
                    sys.stderr.write(text)
    slowest = max(outcome.recovery_s for outcome in outcomes)
    num_lost = sum(bool(outcome.problem) for outcome in outcomes)
    document = {
        "kills": sum(outcome.fault.error == 0 for outcome in outcomes),
        "of these with loss of power": sum(o.fault.power_goes for o in outcomes),
        "failing writes": sum(outcome.fault.error != 0 for outcome in outcomes),
        "by story": dict(Counter(outcome.story for outcome in outcomes)),
        "lost or damaged": num_lost,
        "slowest recovery_s": round(slowest, 3),
    }
    sys.stdout.write(f"{json.dumps(document, indent=2)}\n")
    return 1 if num_lost or slowest > MAX_RECOVERY_S else 0


if __name__ == "__main__":
    sys.exit(main())
