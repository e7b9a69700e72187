"""The changes of a catalogue; each method is one transaction, whole or not at all."""

import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from cbmir_gui.library.catalogue_errors import writing
from cbmir_gui.library.catalogue_mending import CatalogueMender
from cbmir_gui.library.catalogue_rows import now
from cbmir_gui.library.catalogue_schema import (
    CATALOGUE_FILE,
    connect_to_write,
    create_tables,
)
from cbmir_gui.library.catalogue_types import path_from_database, path_to_database
from cbmir_gui.library.catalogue_upgrade import upgrade
from cbmir_gui.library.entries import (
    FoundAgain,
    Moved,
    NewImage,
    Removal,
    SegmentInfo,
)


def create_catalogue(path: Path, name: str) -> None:
    """Write the file of a new catalogue.

    Raises
    ------
    StorageError
        It cannot be written.
    """
    settings = {
        # It may be that of a folder, and those need not be UTF-8 on Linux.
        "name": os.fsencode(name).decode(errors="replace"),
        "created": now(),
        "patient_hash_key": secrets.token_hex(32),
        "default_extractor": "",
        "change_number": "0",
    }
    create_tables(path, settings)


class CatalogueWriter(CatalogueMender):
    """A catalogue that may be changed; its user holds the library's `WriteLock`."""

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the catalogue of a library to change it; an older format is upgraded.

        Parameters
        ----------
        path
            The library's folder.

        Raises
        ------
        LibraryNotFoundError, NotALibraryError, LibraryVersionError, LibraryDamagedError
        StorageError
            It cannot be upgraded, and is as it was.
        """
        connection = connect_to_write(path / CATALOGUE_FILE)
        try:
            upgrade(connection, path)
        except BaseException:
            connection.close()
            raise
        return cls(connection, path)

    def next_segment_number(self) -> int:
        """Return a number that no segment of this library ever had."""
        return 1 + self._number(
            "SELECT COALESCE(MAX(seq), 0) FROM sqlite_sequence WHERE name = 'segment'"
        )

    def add_images(self, images: Sequence[NewImage], segment: SegmentInfo) -> None:
        """Add images, row i of the segment being the features of image i.

        The first extractor of a library becomes its default. An older record whose
        only file now holds another image goes to the trash.

        Raises
        ------
        LibraryError
            The library has one of them already.
        StorageError
            The disk is full or fails; nothing was added.
        """
        with self._transaction():
            start = self._number("SELECT COALESCE(MAX(position) + 1, 0) FROM image")
            for position, image in enumerate(images, start):
                self._insert_image(position, image)
            positions = range(start, start + len(images))
            self._insert_segment(segment, list(positions))

    def add_features(self, image_ids: Sequence[str], segment: SegmentInfo) -> None:
        """Name features of images that the library has; see `add_images`."""
        with self._transaction():
            positions = [self._position(image_id) for image_id in image_ids]
            self._insert_segment(segment, positions)

    def add_paths(self, files: Sequence[FoundAgain]) -> None:
        """Record further files of images that the library has.

        An image that has just lost its only file to another image, as when two files
        swap their names, is taken out of the trash again.
        """
        with self._transaction():
            for found in files:
                position = self._position(found.image_id)
                self._claim_path(position, found.image_id, found.file)
            self._connection.executemany(
                "UPDATE image SET removal = NULL WHERE image_id = ?",
                [(found.image_id,) for found in files],
            )

    def remove(self, image_ids: Sequence[str]) -> Removal:
        """Put images into the trash; ids that the library does not have are left out.

        They stay there, with their place in the library's order, until compaction.
        """
        with self._transaction():
            known = self.records_by_id(image_ids)
            if not known:
                return Removal(0, "")
            token = self._trash([record.row for record in known.values()])
        return Removal(len(known), token)

    def restore(self, undo: str) -> int:
        """Bring back what a removal took, and return the number of images.

        Those whose file holds another image by now, or that were added again, stay
        out.
        """
        with self._transaction():
            removed = "removal = (SELECT id FROM removal WHERE token = ?)"
            cursor = self._connection.execute(
                f"UPDATE image SET removal = NULL WHERE {removed} "
                "AND position IN (SELECT position FROM path)",
                (undo,),
            )
            return cursor.rowcount

    def relabel(self, image_ids: Sequence[str], class_name: str) -> dict[str, str]:
        """Give images a class and return their former ones by image_id."""
        with self._transaction():
            known = self.records_by_id(image_ids)
            self._connection.executemany(
                "UPDATE image SET class_name = ? WHERE position = ?",
                [(class_name, record.row) for record in known.values()],
            )
        return {record.image_id: record.class_name for record in known.values()}

    def move_paths(self, old_root: str, new_root: str) -> Moved:
        """Rewrite the paths below a folder that was moved.

        A path stays as it is where its new one is known to hold another image.

        Parameters
        ----------
        old_root, new_root
            Absolute, without a separator at the end.
        """
        num_moved = num_kept = 0
        with self._transaction():
            below = [
                (path, identity)
                for identity, stored in self._rows("SELECT id, path FROM path")
                if (path := path_from_database(stored)).startswith(old_root)
                and path[len(old_root) : len(old_root) + 1] in {"/", "\\"}
            ]
            # Where one root lies in the other, a new path may be another's old one:
            # that one is moved out of the way first.
            is_deeper = len(new_root) > len(old_root)
            for path, identity in sorted(
                below, key=lambda entry: len(entry[0]), reverse=is_deeper
            ):
                new = path_to_database(new_root + path[len(old_root) :])
                is_moved = self._move_path(identity, new)
                num_moved += is_moved
                num_kept += not is_moved
        return Moved(num_moved, num_kept)

    def _move_path(self, identity: int, new: str | bytes) -> bool:
        self._connection.execute(
            "DELETE FROM path WHERE path = ? AND id <> ? AND (position, frame) = "
            "(SELECT position, frame FROM path WHERE id = ?)",
            (new, identity, identity),
        )
        cursor = self._connection.execute(
            "UPDATE OR IGNORE path SET path = ? WHERE id = ?", (new, identity)
        )
        return cursor.rowcount > 0

    def set_default_extractor(self, key: str) -> None:
        """Choose which of the library's extractors is used where none is named.

        The former one is remembered in the same transaction.
        """
        with self._transaction():
            former = self.default_extractor()
            if former != key:
                self._set("previous_extractor", former)
                self._set("default_extractor", key)

    def roll_back_default(self) -> None:
        """Make the remembered former default the default again, and forget it."""
        with self._transaction():
            self._set("default_extractor", self.previous_extractor())
            self._set("previous_extractor", "")

    def replace_segments(
        self, key: str, replacements: Sequence[tuple[SegmentInfo, Sequence[str]]]
    ) -> None:
        """Swap all segments of an extractor for new ones, and empty the trash.

        Parameters
        ----------
        key
            Of the extractor.
        replacements
            Each new segment with the image_ids of its rows.
        """
        with self._transaction():
            self._connection.execute("DELETE FROM image WHERE removal IS NOT NULL")
            self._connection.execute("DELETE FROM removal")
            self._connection.execute(
                "DELETE FROM segment WHERE extractor = "
                "(SELECT id FROM extractor WHERE key = ?)",
                (key,),
            )
            for segment, image_ids in replacements:
                positions = [self._position(image_id) for image_id in image_ids]
                self._insert_segment(segment, positions)

    def shrink(self) -> None:
        """Give the space of deleted records back to the disk."""
        with writing(self.folder.name):
            self._connection.execute("VACUUM")
