"""What the session calls an import: a long change of a library, or a look before it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cbmir_gui.core.records import IndexSummary

ADDING = "adding"
LOOKING = "looking"
EXTRACTING = "extracting"
ADOPTING = "adopting"
MAKING_DEMO = "making demo"
WRITING_INDEX = "writing index"
READING_INDEX = "reading index"

Retry = Callable[[], None] | None


def _do_nothing() -> None:
    """There is nothing to be tidied up, or told."""


def _as_it_is(summary: IndexSummary) -> IndexSummary:
    return summary


@dataclass(frozen=True, slots=True)
class LibraryImport:
    """What is asked for, and what is done with the answer."""

    kind: str
    """`LOOKING`, `ADDING` or another one of the words above."""
    ask: Callable[[], int]
    """Returns the ticket."""
    demo_folder: str = ""
    """Of the demo library that is made, which is opened then."""
    on_summary: Callable[[IndexSummary], None] | None = None
    on_found: Callable[[Any], None] | None = None
    """What `ask` asks for has no summary, such as a look: it is told the answer."""
    complete: Callable[[IndexSummary], IndexSummary] = _as_it_is
    """Puts into a summary what the import itself does not know."""
    on_given_up: Callable[[], None] = _do_nothing
    """Called if there is no answer, because it failed or was cancelled."""
    on_cancelled: Callable[[], None] = _do_nothing
    """Called besides if it was cancelled; a failure is told by its message."""
    retry: Retry = None
    """What "Try again" does; None: it asks for the same again."""
