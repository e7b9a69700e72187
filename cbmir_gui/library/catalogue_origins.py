"""Whose the images of a library are, and what their files say of burned-in text."""

import json
from collections.abc import Sequence
from dataclasses import replace

from cbmir_gui.core.burned_in import burned_in_by_modality
from cbmir_gui.library.catalogue import Catalogue
from cbmir_gui.library.catalogue_types import BURNED_IN, ORIGIN
from cbmir_gui.library.entries import ImageOrigin

BURNED_IN_TABLE = """
    CREATE TABLE IF NOT EXISTS burned_in (
        position INTEGER PRIMARY KEY REFERENCES image ON DELETE CASCADE,
        value TEXT NOT NULL
    )
"""
"""Made when the first image needs it: libraries of older programs have none, and those
programs read a library that has one."""
_ORIGIN = """
    SELECT image_id, patient_key, group_name, study_instance_uid
    FROM image WHERE removal IS NULL
"""


class OriginCatalogue(Catalogue):
    """A catalogue that also tells which images belong together."""

    def origins(self) -> list[ImageOrigin]:
        """Return the origin of every image, in the library's order."""
        return self._origins(f"{_ORIGIN} ORDER BY position")

    def origin(self, image_id: str) -> ImageOrigin | None:
        """Return the origin of one image; None where the library does not have it."""
        found = self._origins(f"{_ORIGIN} AND image_id = ?", (image_id,))
        return found[0] if found else None

    def _origins(self, query: str, values: Sequence[object] = ()) -> list[ImageOrigin]:
        has_clear_groups = self._has_clear_groups()
        origins = [ImageOrigin(*row) for row in self._typed_rows(ORIGIN, query, values)]
        if not has_clear_groups:
            return origins
        return [replace(o, group=self.group_key(o.group)) for o in origins]

    def burned_in(self, image_ids: Sequence[str]) -> dict[str, str]:
        """Return what is known of text in the pixels of images, by image_id.

        Where nothing is stored, the modality says whether it is likely.
        """
        value = "NULL"
        if self._rows("SELECT 1 FROM sqlite_master WHERE name = 'burned_in'"):
            value = (
                "(SELECT value FROM burned_in "
                "WHERE burned_in.position = image.position)"
            )
        rows = self._typed_rows(
            BURNED_IN,
            f"SELECT image_id, modality, {value} FROM image WHERE removal IS NULL "
            "AND image_id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(image_ids)),),
        )
        return {
            image_id: stored or burned_in_by_modality(modality)
            for image_id, modality, stored in rows
        }
