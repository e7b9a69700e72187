"""A library on disk: records in a catalogue, features in segments.

::

    feature_db/<library>/        mode 0700
      library.sqlite             see `catalogue_schema`
      library.lock               held by the one writer
      library.sqlite.*.backup    see `catalogue_backup`
      features/<extractor key>/  see `segments`
      imported/                  images out of archives, see `imported`
      quarantine/                damaged segments that a repair put aside

A segment is whole and on the disk before the catalogue names it, so a crash at any
moment leaves the last commit, and files that no commit names. The next writer sweeps
those.
"""

import contextlib
import errno
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

from cbmir_gui.core.durability import (
    is_writable,
    make_folder,
    make_private,
    rename_and_sync,
    storage_errors,
    temporary_name,
)
from cbmir_gui.core.errors import (
    LibraryError,
    LibraryMismatchError,
    StorageError,
)
from cbmir_gui.core.progress import Progress, no_progress
from cbmir_gui.core.records import ExtractorInfo
from cbmir_gui.library import maintenance, mending
from cbmir_gui.library.catalogue_changes import CatalogueWriter, create_catalogue
from cbmir_gui.library.catalogue_features import FeatureCatalogue
from cbmir_gui.library.catalogue_schema import CATALOGUE_FILE, UNFINISHED
from cbmir_gui.library.entries import (
    FileState,
    FoundAgain,
    Moved,
    NewImage,
    Removal,
    SegmentInfo,
)
from cbmir_gui.library.imported import sweep_unfinished
from cbmir_gui.library.locking import WriteLock
from cbmir_gui.library.preconditions import require_distinct, require_empty
from cbmir_gui.library.reader import LibraryReader
from cbmir_gui.library.segments import Features, write_segment
from cbmir_gui.library.verification import Findings


class Library(LibraryReader):
    """One library; close it, or use it in a with statement.

    Made by `create` and `open`. Opened to be changed, it holds the library's lock until
    it is closed. May be used from any thread, but from one at a time.
    """

    def __init__(self, catalogue: FeatureCatalogue, lock: WriteLock | None) -> None:
        super().__init__(catalogue)
        self._lock = lock

    @classmethod
    def create(cls, folder: Path, name: str = "") -> Self:
        """Make an empty library, private to the user, and open it to be changed.

        Parameters
        ----------
        folder
            Must not exist, or be empty.
        name
            Shown to the user; empty: the folder's name.

        Raises
        ------
        LibraryExistsError
            There is something in the folder.
        LibraryBusyError
            Another process is making it.
        StorageError
            It cannot be written.
        """
        folder = folder.absolute()
        require_empty(folder)
        with storage_errors(f"The library '{folder.name}'"):
            make_folder(folder, mode=0o700)
            make_private(folder)  # it was there, empty, for others to read
        with WriteLock(folder), storage_errors(f"The library '{folder.name}'"):
            require_empty(folder)
            temporary = temporary_name(folder / CATALOGUE_FILE)
            for leftover in folder.iterdir():
                if UNFINISHED.fullmatch(leftover.name):
                    leftover.unlink()
            create_catalogue(temporary, name or folder.name)
            rename_and_sync(temporary, folder / CATALOGUE_FILE)
        return cls.open(folder)

    @classmethod
    def open(cls, folder: Path, read_only: bool = False) -> Self:
        """Open a library; one in a folder that may not be written to is read-only.

        Raises
        ------
        LibraryNotFoundError, NotALibraryError, LibraryVersionError, LibraryDamagedError
            It cannot be read.
        LibraryBusyError
            It is to be changed, but another process is changing it.
        """
        folder = folder.absolute()
        if read_only or not is_writable(folder / CATALOGUE_FILE):
            return cls(FeatureCatalogue.open(folder), None)
        with contextlib.ExitStack() as undo:
            lock = undo.enter_context(WriteLock(folder))
            catalogue = undo.enter_context(CatalogueWriter.open(folder))
            maintenance.sweep(catalogue)
            sweep_unfinished(catalogue)
            undo.pop_all()
        return cls(catalogue, lock)

    def close(self) -> None:
        """Close the library and let others change it."""
        super().close()
        if self._lock is not None:
            self._lock.close()

    @property
    def is_read_only(self) -> bool:
        """Whether the library was opened to be read only."""
        return self._lock is None

    def require_writable(self) -> None:
        """Check that the library can be changed, before much work is done for it.

        Raises
        ------
        StorageError
            It was opened to be read only, or its folder is read-only.
        """
        self._writer()

    def add(
        self,
        images: Sequence[NewImage],
        extractor: ExtractorInfo,
        features: Features,
    ) -> None:
        """Add images with their features: one segment and one commit.

        Parameters
        ----------
        images : num_images
            None of them in the library, no two the same.
        features : (num_images, feature_dim)

        Raises
        ------
        LibraryMismatchError
            The library has features of this key with another dimension.
        LibraryError
            An image is there already, or the features do not fit.
        StorageError
            The disk is full or fails; nothing was added.
        """
        if images:
            image_ids = [image.info.image_id for image in images]
            require_distinct(image_ids)
            self._commit_features(
                image_ids,
                extractor,
                features,
                lambda catalogue, segment: catalogue.add_images(images, segment),
            )

    def add_features(
        self, image_ids: Sequence[str], extractor: ExtractorInfo, features: Features
    ) -> None:
        """Add features of images that the library has: one segment and one commit.

        Raises
        ------
        LibraryError, StorageError
            As in `add`.
        """
        if image_ids:
            require_distinct(image_ids)
            self._commit_features(
                image_ids,
                extractor,
                features,
                lambda catalogue, segment: catalogue.add_features(image_ids, segment),
            )

    def add_paths(self, files: Sequence[FoundAgain]) -> None:
        """Record further files, or new times of known files, of images it has."""
        if files:
            self._writer().add_paths(files)

    def remove(self, image_ids: Sequence[str]) -> Removal:
        """Remove images; `restore` brings them back until the next `compact`."""
        return self._writer().remove(image_ids)

    def restore(self, undo: str) -> int:
        """Bring back what a removal took, at its place; return the number of images."""
        return self._writer().restore(undo)

    def relabel(self, image_ids: Sequence[str], class_name: str) -> dict[str, str]:
        """Give images a class and return their former ones by image_id."""
        return self._writer().relabel(image_ids, class_name)

    def move_paths(self, old_root: Path, new_root: Path) -> Moved:
        """Rewrite the paths below a folder that was moved."""
        return self._writer().move_paths(
            str(old_root.absolute()), str(new_root.absolute())
        )

    def set_default_extractor(self, key: str) -> None:
        """Choose the extractor that is used where none is named.

        Raises
        ------
        LibraryMismatchError
            The library has no features of it.
        """
        if key not in {info.key for info in self._catalogue.extractors()}:
            raise LibraryMismatchError(self._catalogue.default_extractor(), key)
        self._writer().set_default_extractor(key)

    def roll_back_default(self) -> None:
        """Use the extractor again that was the default before the present one.

        Raises
        ------
        LibraryError
            None is remembered.
        """
        if not self._catalogue.previous_extractor():
            raise LibraryError(
                f"The library '{self._catalogue.name}' has no former model to go back "
                f"to. Choose one of its models with 'cbmir library set-default'."
            )
        self._writer().roll_back_default()

    def compact(self, progress: Progress = no_progress) -> None:
        """Drop dead rows and what was removed; see `maintenance.compact`."""
        catalogue = self._writer()
        with maintenance.swept_on_failure(catalogue):
            maintenance.compact(catalogue, progress)

    def mend(self, findings: Findings) -> tuple[str, int]:
        """Mend what needs no image; see `mending.mend`."""
        return mending.mend(self._writer(), findings)

    def set_thumbnails(self, thumbnails: Sequence[tuple[str, bytes]]) -> None:
        """Replace the JPEGs of images, by image_id: one commit."""
        if thumbnails:
            self._writer().set_thumbnails(thumbnails)

    def replace_paths(self, found: Sequence[tuple[str, FileState]]) -> None:
        """Say where files are now, by the path where they were: one commit."""
        if found:
            self._writer().replace_paths(found)

    def _commit_features(
        self,
        image_ids: Sequence[str],
        extractor: ExtractorInfo,
        features: Features,
        commit: Callable[[CatalogueWriter, SegmentInfo], None],
    ) -> None:
        catalogue = self._writer()
        self._require_same_extractor(extractor)
        with maintenance.swept_on_failure(catalogue):
            number = catalogue.next_segment_number()
            segment = write_segment(self.folder, number, extractor, image_ids, features)
            commit(catalogue, segment)

    def _require_same_extractor(self, extractor: ExtractorInfo) -> None:
        for info in self._catalogue.extractors():
            if info.key == extractor.key and info.feature_dim != extractor.feature_dim:
                raise LibraryMismatchError(
                    f"{info.key} ({info.feature_dim} values)",
                    f"{extractor.key} ({extractor.feature_dim} values)",
                )

    def _writer(self) -> CatalogueWriter:
        if isinstance(self._catalogue, CatalogueWriter):
            return self._catalogue
        what = f"The library '{self._catalogue.name}'"
        cause = "it is read-only, or was opened to be read only"
        raise StorageError(what, OSError(errno.EROFS, cause))
