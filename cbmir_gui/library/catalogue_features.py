"""Where the features of a library lie, and what a check asks of its catalogue."""

import zlib
from collections.abc import Iterator

from cbmir_gui.core.records import ImageRecord
from cbmir_gui.library.catalogue_origins import OriginCatalogue
from cbmir_gui.library.catalogue_schema import format_of
from cbmir_gui.library.catalogue_types import (
    KNOWN_FILE,
    PATH,
    PLACE,
    SEGMENT,
    path_from_database,
)
from cbmir_gui.library.entries import FeatureLayout, FileState, KnownFile, SegmentInfo

_MISSING = """
    position NOT IN (
        SELECT position FROM feature JOIN extractor ON extractor.id = extractor
        WHERE key = ?)
"""


_THUMBNAILS = """
    SELECT image.position, image_id, jpeg, {checksum}
    FROM image LEFT JOIN thumbnail USING (position) {join}
    WHERE removal IS NULL AND image.position > ? ORDER BY image.position LIMIT ?
"""
_THUMBNAILS_AT_ONCE = 500


class FeatureCatalogue(OriginCatalogue):
    """A catalogue that also tells which segments count and what they hold."""

    def segments(self) -> tuple[SegmentInfo, ...]:
        """Return the segments that count."""
        extractors = {info.key: info for info in self.extractors()}
        rows = self._typed_rows(
            SEGMENT,
            "SELECT number, key, num_rows, storage, checksum, size_bytes "
            "FROM segment JOIN extractor ON extractor.id = extractor ORDER BY number",
        )
        return tuple(
            SegmentInfo(number, extractors[key], *rest) for number, key, *rest in rows
        )

    def missing(self, key: str) -> list[ImageRecord]:
        """Return the images without features of an extractor, in library order."""
        return self._records(f"{_MISSING} ORDER BY position", (key,))

    def num_missing(self, key: str) -> int:
        """Return the number of images without features of an extractor."""
        return self._number(
            f"SELECT COUNT(*) FROM image WHERE removal IS NULL AND {_MISSING}", (key,)
        )

    def feature_layout(self, key: str) -> FeatureLayout | None:
        """Return where an extractor's features lie; None if it made none here."""
        with self.snapshot():
            found = [info for info in self.extractors() if info.key == key]
            if not found:
                return None
            segments = [item for item in self.segments() if item.extractor.key == key]
            rows = self._typed_rows(
                PLACE,
                "SELECT image_id, segment, row FROM feature "
                "JOIN image USING (position) "
                "JOIN extractor ON extractor.id = feature.extractor "
                "WHERE key = ? AND removal IS NULL ORDER BY position",
                (key,),
            )
        return FeatureLayout(
            extractor=found[0],
            segments=tuple(segments),
            image_ids=tuple(row[0] for row in rows),
            places=tuple((row[1], row[2]) for row in rows),
        )

    def segment_numbers(self) -> set[int]:
        """Return all numbers of segments that the catalogue knows from anywhere.

        A damaged one may have lost their extractor, or all but the rows that name them.
        """
        rows = self._rows(
            "SELECT number FROM segment UNION "
            "SELECT segment FROM feature WHERE typeof(segment) = 'integer'"
        )
        return {row[0] for row in rows}

    def known_files(self) -> list[KnownFile]:
        """Return the files that hold the library's images."""
        rows = self._typed_rows(
            KNOWN_FILE,
            "SELECT image_id, path, size_bytes, mtime_ns FROM path "
            "JOIN image USING (position) WHERE removal IS NULL ORDER BY id",
        )
        return [
            KnownFile(image_id, FileState(path_from_database(path), size, mtime))
            for image_id, path, size, mtime in rows
        ]

    def paths_with(self, text: str) -> list[str]:
        """Return the files with a text in their path, those of the trash too.

        They are read from the table itself: a damaged index would tell other paths.
        """
        rows = self._typed_rows(
            PATH, "SELECT path FROM path NOT INDEXED WHERE instr(path, ?) > 0", (text,)
        )
        return [path_from_database(row[0]) for row in rows]

    def has_images_without_path(self) -> bool:
        """Tell whether paths were lost: every image had one when it was added."""
        return bool(
            self._rows(
                "SELECT 1 FROM image NOT INDEXED WHERE removal IS NULL AND "
                "position NOT IN (SELECT position FROM path NOT INDEXED) LIMIT 1"
            )
        )

    def thumbnail_states(self) -> Iterator[tuple[str, str]]:
        """Yield image_id and ``sound``, ``damaged`` or ``none`` of each image.

        The first format has no checksums: there all that is there counts as sound.
        """
        query = _THUMBNAILS.format(checksum="NULL", join="")
        if format_of(self._connection) > 1:
            query = _THUMBNAILS.format(
                checksum="crc32", join="LEFT JOIN thumbnail_checksum USING (position)"
            )
        last = -1
        while rows := self._rows(query, (last, _THUMBNAILS_AT_ONCE)):
            for position, image_id, jpeg, checksum in rows:
                last = position
                if not jpeg:
                    yield image_id, "none"
                else:
                    is_sound = isinstance(jpeg, bytes) and (
                        checksum is None or zlib.crc32(jpeg) == checksum
                    )
                    yield image_id, "sound" if is_sound else "damaged"

    def self_check(self) -> list[str]:
        """Return what SQLite finds wrong with the file; slow."""
        rows = self._rows("PRAGMA integrity_check")
        problems = [str(row[0]) for row in rows if row[0] != "ok"]
        broken = self._rows("PRAGMA foreign_key_check")
        return problems + [f"table {row[0]}, row {row[1]}" for row in broken]
