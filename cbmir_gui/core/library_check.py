"""What a check of a library finds, and what a repair did about it."""

from dataclasses import dataclass

from cbmir_gui.core.records import FailedFile

CATALOGUE = "catalogue"
SEGMENT = "segment"
UNREADABLE = "unreadable"
ROWS = "rows"
DEFAULT = "default"
FEATURES = "features"
THUMBNAIL = "thumbnail"
NO_THUMBNAIL = "no thumbnail"
ORPHAN = "orphan"
MOVED = "moved"
CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class LibraryProblem:
    """One thing that is not as it should be."""

    kind: str
    """One of the words above."""
    what: str
    """The beginning of a sentence, without a full stop."""
    cure: str
    """What a repair does, or what the user can do; whole sentences."""
    number: int = 1
    """Of images or files."""
    is_damage: bool = False
    """Something that the library had is lost or wrong; the other problems mend
    themselves, or lie outside the library."""
    is_mendable: bool = False
    """A repair does something about it."""


@dataclass(frozen=True, slots=True)
class LibraryCheck:
    """What a check of a whole library found."""

    num_images: int
    num_segments: int
    num_dead_rows: int
    """Rows of removed images; compaction drops them."""
    problems: tuple[LibraryProblem, ...]

    @property
    def is_damaged(self) -> bool:
        """Whether something is lost or wrong."""
        return any(problem.is_damage for problem in self.problems)

    @property
    def is_unreadable(self) -> bool:
        """Whether something could not be read now, so that nobody knows."""
        return any(problem.kind == UNREADABLE for problem in self.problems)

    @property
    def num_orphans(self) -> int:
        """Files that belong to no commit."""
        return self._number(ORPHAN)

    @property
    def num_moved(self) -> int:
        """Images of which no file is where it was."""
        return self._number(MOVED)

    def _number(self, kind: str) -> int:
        return sum(entry.number for entry in self.problems if entry.kind == kind)

    @property
    def is_mendable(self) -> bool:
        """Whether a repair would do something."""
        return any(problem.is_mendable for problem in self.problems)


@dataclass(frozen=True, slots=True)
class LibraryRepair:
    """What a repair did."""

    before: LibraryCheck
    after: LibraryCheck | None
    """None where it was stopped before the end."""
    backup: str = ""
    """Name of the copy of the catalogue in the library's folder; empty: nothing in it
    had to be changed."""
    num_set_aside: int = 0
    """Damaged files of features, moved to the library's folder ``quarantine``."""
    num_extracted: int = 0
    """Images that were given their features again."""
    num_thumbnails: int = 0
    num_found: int = 0
    """Files that were found elsewhere."""
    failed: tuple[FailedFile, ...] = ()
    """Images that cannot be mended, because their files cannot be read."""
    num_deleted: int = 0
    """Files that belonged to no commit."""
