"""Kill, starve and unplug the program at many places; print what was lost.

    .venv/bin/python tests/faults/run.py [--kills 300] [--story NAME] [--jobs 2]

Kills, failing writes and failing syncs are spread over all changes of files that the
stories make, limits of a file's size over the sizes of their files: import, also of
archives, add, remove, restore, relabel, compact, extract again, adopt and roll back,
repair, models saved, measured, imported and deleted, checkpoints of a training,
settings. Every second kill and every second failing sync is followed by a loss of
power. Prints one JSON document with the counts of each story; ends with 1 if anything
was lost.
"""

import argparse
import errno
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import stories
from harness import Extent, Fault, Outcome, build_shim, measure, tell

MAX_RECOVERY_S = 2.0
KINDS = ("kills", "failing writes", "failing syncs", "size limits")


def faults_of(extent: Extent, counts: dict[str, int]) -> list[Fault]:
    """Spread faults over a story."""
    kills = [
        Fault(at, power_goes=number % 2 == 1)
        for number, at in enumerate(spread(extent.num_changes, counts["kills"]))
    ]
    writes = spread(extent.num_changes, counts["failing writes"])
    failures = [
        Fault(at, error=(errno.EIO, errno.ENOSPC)[number % 2], stays=number % 2 == 1)
        for number, at in enumerate(writes)
    ]
    syncs = [
        Fault(at, error=errno.EIO, only_syncs=True, power_goes=number % 2 == 1)
        for number, at in enumerate(spread(extent.num_syncs, counts["failing syncs"]))
    ]
    limits = [
        Fault(0, error=(errno.EFBIG, 0)[number % 2], max_bytes=max_bytes)
        for number, max_bytes in enumerate(
            spread(extent.largest_bytes, counts["size limits"])
        )
    ]
    return kills + failures + syncs + limits


def spread(largest: int, num: int) -> list[int]:
    """Return `num` numbers, evenly from 1 to `largest`."""
    return [1 + number * largest // max(1, num) for number in range(num)]


def tell_here(shim: Path, folder: Path, task: tuple[str, Fault]) -> Outcome:
    """Tell a story in a folder of this process's own."""
    name, fault = task
    return tell(name, shim, folder / str(os.getpid()), fault)


def summarise(outcomes: Sequence[Outcome]) -> dict[str, object]:
    """Count what happened."""
    counts: dict[str, object] = {
        kind: sum(outcome.fault.kind == kind for outcome in outcomes) for kind in KINDS
    }
    return counts | {
        "with loss of power": sum(o.fault.power_goes for o in outcomes),
        "of these something was not on the disk": sum(
            o.num_taken_back > 0 for o in outcomes
        ),
        "refused in words": sum(o.has_refused for o in outcomes),
        "lost or damaged": sum(bool(o.problem) for o in outcomes),
        "slowest recovery_s": round(max(o.recovery_s for o in outcomes), 3),
    }


def main() -> int:
    """Run the stories."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--failing-writes", type=int, default=200)
    parser.add_argument("--failing-syncs", type=int, default=120)
    parser.add_argument("--size-limits", type=int, default=80)
    parser.add_argument("--story", choices=sorted(stories.STORIES))
    parser.add_argument("--jobs", type=int, default=min(4, os.cpu_count() or 1))
    arguments = parser.parse_args()
    names = [arguments.story] if arguments.story else list(stories.STORIES)
    # Rounded up, so that there are at least so many in all.
    counts = {
        kind: -(-getattr(arguments, kind.replace(" ", "_")) // len(names))
        for kind in KINDS
    }
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        shim = build_shim(folder)
        tasks = [
            (name, fault)
            for name in names
            for fault in faults_of(measure(name, shim, folder), counts)
        ]
        with ProcessPoolExecutor(arguments.jobs) as pool:
            for outcome in pool.map(partial(tell_here, shim, folder), tasks):
                outcomes.append(outcome)
                if outcome.problem:
                    text = f"{outcome.story}, {outcome.fault}: {outcome.problem}\n"
                    sys.stderr.write(text)
    by_story = {
        name: summarise([outcome for outcome in outcomes if outcome.story == name])
        for name in names
    }
    document = {"stories": by_story, "all": summarise(outcomes)}
    sys.stdout.write(f"{json.dumps(document, indent=2)}\n")
    is_slow = max(outcome.recovery_s for outcome in outcomes) > MAX_RECOVERY_S
    return 1 if is_slow or any(outcome.problem for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
