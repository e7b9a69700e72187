"""What a story is: a kind of change, told step by step by a process of its own."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HARMLESS = frozenset({"moved"})
"""Problems that the stories' own images cause: most of them are no files."""


@dataclass(frozen=True)
class Story:
    """One kind of change, told step by step."""

    name: str
    prepare: Callable[[Path], None]
    """Make what the story starts from."""
    tell: Callable[[Path, int], None]
    """Make `num_steps` changes, and print a line after each."""
    problem: Callable[[Path, int], str]
    """What is wrong after so many steps were done, or one more; empty: nothing."""
    num_steps: int


def report(step: int) -> None:
    """Say that a step is done: from now on it may not be lost."""
    sys.stdout.write(f"{step + 1}\n")
    sys.stdout.flush()
