"""Changes of a catalogue that mend it; each method is one transaction."""

from collections.abc import Sequence

from cbmir_gui.library.catalogue_rows import RowWriter
from cbmir_gui.library.catalogue_types import path_to_database
from cbmir_gui.library.entries import FileState, Misplaced

_DANGLING = (
    "DELETE FROM thumbnail WHERE position NOT IN (SELECT position FROM image)",
    "DELETE FROM thumbnail_checksum WHERE position NOT IN (SELECT position FROM image)",
    "DELETE FROM path WHERE position NOT IN (SELECT position FROM image)",
    "DELETE FROM segment WHERE extractor NOT IN (SELECT id FROM extractor)",
    "DELETE FROM feature WHERE position NOT IN (SELECT position FROM image)"
    " OR extractor NOT IN (SELECT id FROM extractor)"
    " OR segment NOT IN (SELECT number FROM segment)",
    "UPDATE image SET removal = NULL WHERE removal NOT IN (SELECT id FROM removal)",
)
"""Rows that belong to nothing; an image whose removal is unknown is shown again."""


class CatalogueMender(RowWriter):
    """Mends what a damaged disk, or a foreign program, did to a catalogue."""

    def rebuild(self) -> None:
        """Make the indexes anew from the tables, and drop rows that hang in the air."""
        with self._transaction():
            self._connection.execute("REINDEX")
            for statement in _DANGLING:
                self._connection.execute(statement)

    def drop_segments(self, numbers: Sequence[int]) -> None:
        """Forget segments: their images have no features of that extractor then."""
        with self._transaction():
            self._connection.executemany(
                "DELETE FROM segment WHERE number = ?", [(n,) for n in numbers]
            )

    def place_features(self, places: Sequence[Misplaced]) -> None:
        """Correct which row of a segment is whose; rows that are nobody's go."""
        with self._transaction():
            for misplaced in places:
                where = (
                    self._position(misplaced.image_id),
                    misplaced.extractor_key,
                )
                condition = (
                    "position = ? AND extractor = "
                    "(SELECT id FROM extractor WHERE key = ?)"
                )
                if misplaced.row < 0:
                    self._connection.execute(
                        f"DELETE FROM feature WHERE {condition}", where
                    )
                else:
                    self._connection.execute(
                        f"UPDATE feature SET row = ? WHERE {condition}",
                        (misplaced.row, *where),
                    )

    def choose_default(self) -> None:
        """Make the extractor the default that has the features of most images."""
        with self._transaction():
            rows = self._rows(
                "SELECT key FROM extractor LEFT JOIN feature ON extractor = id "
                "GROUP BY id ORDER BY COUNT(position) DESC, id LIMIT 1"
            )
            self._set("default_extractor", rows[0][0] if rows else "")

    def set_thumbnails(self, thumbnails: Sequence[tuple[str, bytes]]) -> None:
        """Replace the JPEGs of images, by image_id."""
        with self._transaction():
            for image_id, jpeg in thumbnails:
                self._insert_thumbnail(self._position(image_id), jpeg)

    def replace_paths(self, found: Sequence[tuple[str, FileState]]) -> None:
        """Say where files are now, by the path where they were.

        All frames of the file go with it. A record whose only file was thought to be
        the one that was found goes to the trash.
        """
        with self._transaction():
            for former, file in found:
                self._replace_path(path_to_database(former), file)

    def _replace_path(self, former: str | bytes, file: FileState) -> None:
        path = path_to_database(file.path)
        others = self._rows(
            "SELECT id, position FROM path WHERE path = ? AND position NOT IN "
            "(SELECT position FROM path WHERE path = ?)",
            (path, former),
        )
        self._connection.executemany(
            "DELETE FROM path WHERE id = ?", [(row[0],) for row in others]
        )
        self._connection.execute(
            "UPDATE OR REPLACE path SET path = ?, size_bytes = ?, mtime_ns = ? "
            "WHERE path = ?",
            (path, file.size_bytes, file.mtime_ns, former),
        )
        self._trash_those_without_file([row[1] for row in others])
