"""Where the features of a library lie, as the catalogue tells it."""

from cbmir_gui.core.records import ImageRecord
from cbmir_gui.library.catalogue_origins import OriginCatalogue
from cbmir_gui.library.entries import FeatureLayout, SegmentInfo

_MISSING = """
    position NOT IN (
        SELECT position FROM feature JOIN extractor ON extractor.id = extractor
        WHERE key = ?)
"""


class FeatureCatalogue(OriginCatalogue):
    """A catalogue that also tells which segments count and what they hold."""

    def segments(self) -> tuple[SegmentInfo, ...]:
        """Return the segments that count."""
        extractors = {info.key: info for info in self.extractors()}
        rows = self._rows(
            "SELECT number, key, num_rows, storage, checksum, size_bytes "
            "FROM segment JOIN extractor ON extractor.id = extractor ORDER BY number"
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
            rows = self._rows(
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

    def self_check(self) -> list[str]:
        """Return what SQLite finds wrong with the file; slow."""
        rows = self._rows("PRAGMA integrity_check")
        problems = [str(row[0]) for row in rows if row[0] != "ok"]
        broken = self._rows("PRAGMA foreign_key_check")
        return problems + [f"table {row[0]}, row {row[1]}" for row in broken]
