"""What can be learned from a library without changing it."""

from pathlib import Path
from types import TracebackType
from typing import Self

from cbmir_gui.core.durability import is_writable
from cbmir_gui.core.errors import (
    EmptyLibraryError,
    LibraryBusyError,
    LibraryDamagedError,
    LibraryError,
    LibraryMismatchError,
)
from cbmir_gui.core.library_check import LibraryCheck
from cbmir_gui.core.progress import Progress, no_progress
from cbmir_gui.core.records import ImageRecord, LibraryInfo
from cbmir_gui.library.catalogue_features import FeatureCatalogue
from cbmir_gui.library.catalogue_schema import CATALOGUE_FILE
from cbmir_gui.library.feature_table import FeatureTable, load_features
from cbmir_gui.library.findings_text import describe
from cbmir_gui.library.verification import Findings, all_orphans, inspect

_NUM_LOAD_TRIALS = 5


class LibraryReader:
    """The part of a `Library` that needs no lock."""

    def __init__(self, catalogue: FeatureCatalogue) -> None:
        self._catalogue = catalogue

    def __enter__(self) -> Self:
        """Use the library in a with statement."""
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the library."""
        self.close()

    def close(self) -> None:
        """Close the library."""
        self._catalogue.close()

    @property
    def folder(self) -> Path:
        """The folder that holds the library."""
        return self._catalogue.folder

    @property
    def catalogue(self) -> FeatureCatalogue:
        """The records, to be read."""
        return self._catalogue

    def find_path(
        self, path: str, size_bytes: int, mtime_ns: int, frame: int = 0
    ) -> str:
        """Return the image_id of a known and unchanged file; see `Catalogue`."""
        return self._catalogue.find_path(path, size_bytes, mtime_ns, frame)

    def has_image(self, image_id: str) -> bool:
        """Tell whether the library has the image."""
        return self._catalogue.has_image(image_id)

    def change_number(self) -> int:
        """Return a number that grows with each commit, also of other processes."""
        return self._catalogue.change_number()

    def missing(self, key: str) -> list[ImageRecord]:
        """Return the images without features of an extractor, in library order."""
        return self._catalogue.missing(key)

    def features(self, key: str = "") -> FeatureTable:
        """Read all features of one extractor; checksums are verified on the way.

        Parameters
        ----------
        key
            Of the extractor; empty: the library's default.

        Raises
        ------
        EmptyLibraryError
            The library has no features at all.
        LibraryMismatchError
            It has features, but of other extractors.
        LibraryDamagedError
            A segment is missing or damaged.
        """
        for _ in range(_NUM_LOAD_TRIALS):
            before = self.change_number()
            key = key or self._catalogue.default_extractor()
            layout = self._catalogue.feature_layout(key)
            if layout is None:
                raise self._no_features(key)
            try:
                return load_features(self.folder, layout)
            except LibraryDamagedError:
                # A compaction may have replaced the segments since they were listed.
                if self.change_number() == before:
                    raise
        cause = f"its segments changed {_NUM_LOAD_TRIALS} times while they were read"
        raise LibraryDamagedError(self.folder.name, cause)

    def inspect(self, progress: Progress = no_progress) -> Findings:
        """Read everything that the library consists of; see `verification.inspect`.

        Raises
        ------
        LibraryBusyError
            Compactions replaced the segments again and again meanwhile.
        """
        for _ in range(_NUM_LOAD_TRIALS):
            findings = inspect(self._catalogue, progress)
            named = {segment.number for segment in self._catalogue.segments()}
            if all(segment.number in named for segment, _ in findings.damaged):
                return findings
            # A compaction has replaced them since they were listed.
        raise LibraryBusyError(self.folder.name)

    def verify(self, progress: Progress = no_progress) -> LibraryCheck:
        """Say in words what `inspect` finds."""
        return describe(self.inspect(progress))

    def num_orphans(self) -> int:
        """Return how many files belong to no commit."""
        return len(all_orphans(self._catalogue))

    def info(self) -> LibraryInfo:
        """Return the library's statistics."""
        catalogue = self._catalogue
        with catalogue.snapshot():
            default = catalogue.default_extractor()
            return LibraryInfo(
                name=catalogue.name,
                folder=str(self.folder),
                num_images=catalogue.num_images(),
                num_paths=catalogue.num_paths(),
                classes=catalogue.class_counts(),
                modalities=catalogue.modality_counts(),
                extractors=catalogue.extractors(),
                default_extractor=default,
                num_missing_features=catalogue.num_missing(default),
                size_bytes=_size_bytes(catalogue),
                read_only=not is_writable(self.folder / CATALOGUE_FILE),
            )

    def _no_features(self, key: str) -> LibraryError:
        default = self._catalogue.default_extractor()
        if not default:
            return EmptyLibraryError(self._catalogue.name)
        return LibraryMismatchError(default, key)


def _size_bytes(catalogue: FeatureCatalogue) -> int:
    segments = sum(segment.size_bytes for segment in catalogue.segments())
    return segments + (catalogue.folder / CATALOGUE_FILE).stat().st_size
