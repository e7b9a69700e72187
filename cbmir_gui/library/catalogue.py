"""The records of a library, as they are read; the window needs no more than this.

Every method sees the last commit. An object may be used from any thread, but from one
at a time.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from cbmir_gui.core.records import ExtractorInfo, ImageRecord
from cbmir_gui.library import catalogue_types as types
from cbmir_gui.library.catalogue_file import OpenCatalogue
from cbmir_gui.library.catalogue_schema import FIRST_WITH_GROUP_KEYS
from cbmir_gui.library.catalogue_types import path_from_database, path_to_database
from cbmir_gui.library.patient_keys import group_key, patient_key

_RECORD = """
    SELECT position, image_id,
        (SELECT path FROM path WHERE path.position = image.position
         ORDER BY id LIMIT 1),
        frame, num_frames, width, height, class_name, diagnosis, modality, body_part,
        group_name, patient_key,
        (SELECT COUNT(*) FROM path WHERE path.position = image.position)
    FROM image WHERE removal IS NULL
"""
_EXTRACTOR = """
    SELECT model, layer, feature_dim, metric, key, num_classes, weights_sha256
    FROM extractor
"""


class Catalogue(OpenCatalogue):
    """The records of one library; close it, or use it in a with statement."""

    @property
    def name(self) -> str:
        """Name of the library, as its maker gave it."""
        return self._setting("name")

    def change_number(self) -> int:
        """Return a number that grows with each commit."""
        return self._parsed("change_number", int)

    def num_images(self) -> int:
        """Return the number of images."""
        return self._number("SELECT COUNT(*) FROM image WHERE removal IS NULL")

    def num_paths(self) -> int:
        """Return the number of files that hold them."""
        return self._number(
            "SELECT COUNT(*) FROM path JOIN image USING (position) "
            "WHERE removal IS NULL"
        )

    def image_ids(self) -> list[str]:
        """Return all image ids in the library's order."""
        rows = self._typed_rows(
            types.IMAGE_ID,
            "SELECT image_id FROM image WHERE removal IS NULL ORDER BY position",
        )
        return [row[0] for row in rows]

    def records(
        self,
        limit: int = -1,
        offset: int = 0,
        class_name: str | None = None,
        modality: str | None = None,
    ) -> list[ImageRecord]:
        """Return records in the library's order.

        Parameters
        ----------
        limit
            At most so many; -1: all.
        offset
            Leave out so many at the start.
        class_name, modality
            Only images of this class or modality; "" means those without one, and
            None all.
        """
        return self._records(
            "class_name = COALESCE(?, class_name) AND modality = COALESCE(?, modality)"
            " ORDER BY position LIMIT ? OFFSET ?",
            (class_name, modality, limit, offset),
        )

    def record(self, image_id: str) -> ImageRecord | None:
        """Return one record; None where the library does not have the image."""
        return self.records_by_id([image_id]).get(image_id)

    def records_by_id(self, image_ids: Sequence[str]) -> dict[str, ImageRecord]:
        """Return the records of those images that the library has, in no order."""
        records = self._records(
            "image_id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(image_ids)),),
        )
        return {record.image_id: record for record in records}

    def has_image(self, image_id: str) -> bool:
        """Tell whether the library has the image."""
        return bool(
            self._rows(
                "SELECT 1 FROM image WHERE image_id = ? AND removal IS NULL",
                (image_id,),
            )
        )

    def thumbnail(self, image_id: str) -> bytes:
        """Return the JPEG thumbnail of an image; b"" where there is none."""
        rows = self._typed_rows(
            types.JPEG,
            "SELECT jpeg FROM thumbnail JOIN image USING (position) "
            "WHERE image_id = ? AND removal IS NULL",
            (image_id,),
        )
        return rows[0][0] if rows else b""

    def paths(self, image_id: str) -> list[str]:
        """Return the files that hold an image, the first found first."""
        rows = self._typed_rows(
            types.PATH,
            "SELECT path FROM path JOIN image USING (position) "
            "WHERE image_id = ? AND removal IS NULL ORDER BY id",
            (image_id,),
        )
        return [path_from_database(row[0]) for row in rows]

    def find_path(
        self, path: str, size_bytes: int, mtime_ns: int, frame: int = 0
    ) -> str:
        """Return the image_id that an unchanged file is known to hold, or "".

        Parameters
        ----------
        path
            Absolute.
        frame
            From 1; 0: any.
        """
        rows = self._rows(
            "SELECT image_id FROM path JOIN image USING (position) WHERE path = ? "
            "AND size_bytes = ? AND mtime_ns = ? AND (? = 0 OR path.frame = ?) "
            "AND removal IS NULL ORDER BY path.frame",
            (path_to_database(path), size_bytes, mtime_ns, frame, frame),
        )
        return str(rows[0][0]) if rows else ""

    def image_ids_at(self, path: str) -> list[str]:
        """Return the images that a file is known to hold, those in the trash too."""
        rows = self._typed_rows(
            types.IMAGE_ID,
            "SELECT image_id FROM path JOIN image USING (position) WHERE path = ?",
            (path_to_database(path),),
        )
        return [row[0] for row in rows]

    def class_counts(self) -> dict[str, int]:
        """Return the number of images of each class; "" holds those without one."""
        return self._counts("class_name")

    def modality_counts(self) -> dict[str, int]:
        """Return the number of images of each modality; "" where it is unknown."""
        return self._counts("modality")

    def patient_key(self, patient_digest: str) -> str:
        """Return what this library stores instead of a patient's identity.

        Parameters
        ----------
        patient_digest
            `ImageInfo.patient_digest`; "" gives "".
        """
        return patient_key(patient_digest, self._hash_key()) if patient_digest else ""

    def group_key(self, group: str) -> str:
        """Return what this library stores instead of a group; "" gives ""."""
        return group_key(group, self._hash_key()) if group else ""

    def extractors(self) -> tuple[ExtractorInfo, ...]:
        """Return who made the features, oldest first."""
        rows = self._typed_rows(types.EXTRACTOR, f"{_EXTRACTOR} ORDER BY id")
        for row in rows:
            types.require_dimension(row[2], self.folder.name)
        return tuple(ExtractorInfo(*row) for row in rows)

    def default_extractor(self) -> str:
        """Return the key of the default extractor; "" for a new library."""
        return self._setting("default_extractor")

    def previous_extractor(self) -> str:
        """Return the key of the default before the present one; "" if there is none.

        Libraries of older programs do not remember one.
        """
        rows = self._rows("SELECT value FROM setting WHERE name = 'previous_extractor'")
        return str(rows[0][0]) if rows else ""

    def _records(self, condition: str, values: Sequence[object]) -> list[ImageRecord]:
        has_clear_groups = self._has_clear_groups()
        rows = self._typed_rows(types.RECORD, f"{_RECORD} AND {condition}", values)
        records = [_record(row) for row in rows]
        if not has_clear_groups:
            return records
        return [replace(r, group=self.group_key(r.group)) for r in records]

    def _has_clear_groups(self) -> bool:
        """Whether groups are not keyed yet; ask before they are read."""
        return self._number("PRAGMA user_version") < FIRST_WITH_GROUP_KEYS

    def _counts(self, column: str) -> dict[str, int]:
        rows = self._typed_rows(
            types.COUNT,
            f"SELECT {column}, COUNT(*) FROM image WHERE removal IS NULL "
            f"GROUP BY {column} ORDER BY {column}",
        )
        return dict(rows)

    def _hash_key(self) -> bytes:
        return self._parsed("patient_hash_key", bytes.fromhex)


def _record(row: Sequence[Any]) -> ImageRecord:
    position, image_id, path, *rest = row
    return ImageRecord(position, image_id, path_from_database(path or ""), *rest)
