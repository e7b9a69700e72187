"""Rows of the catalogue, and the transaction in which they are written."""

import contextlib
import secrets
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from cbmir_gui.core.errors import LibraryDamagedError, LibraryError
from cbmir_gui.core.records import ExtractorInfo
from cbmir_gui.library.catalogue_errors import writing
from cbmir_gui.library.catalogue_features import FeatureCatalogue
from cbmir_gui.library.catalogue_origins import BURNED_IN_TABLE
from cbmir_gui.library.catalogue_types import path_to_database
from cbmir_gui.library.entries import FileState, NewImage, SegmentInfo

_INSERT_IMAGE = f"INSERT INTO image VALUES ({', '.join('?' * 16)}, NULL)"
_CLAIM_PATH = """
    INSERT INTO path (position, path, frame, size_bytes, mtime_ns)
    VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (path, frame) DO UPDATE SET
        position = excluded.position, size_bytes = excluded.size_bytes,
        mtime_ns = excluded.mtime_ns
"""


def now() -> str:
    """Return the time in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class RowWriter(FeatureCatalogue):
    """Inserts and moves single rows; only `_transaction` begins and ends one."""

    def _insert_image(self, position: int, image: NewImage) -> None:
        info, source = image.info, image.source
        if self.has_image(info.image_id):
            raise LibraryError(
                f"The library '{self.name}' has '{info.file_name}' already: expected "
                f"new images only. Record a further path instead."
            )
        # What is in the trash gives way; its old features become dead rows.
        self._connection.execute(
            "DELETE FROM image WHERE image_id = ?", (info.image_id,)
        )
        self._connection.execute(
            _INSERT_IMAGE,
            (
                position,
                info.image_id,
                info.frame,
                info.num_frames,
                info.width,
                info.height,
                info.file_format,
                source.class_name,
                source.diagnosis,
                source.modality or info.modality,
                info.body_part,
                self.group_key(source.group),
                info.sop_instance_uid,
                info.series_instance_uid,
                info.study_instance_uid,
                self.patient_key(info.patient_digest),
            ),
        )
        self._insert_thumbnail(position, image.thumbnail)
        if info.burned_in:
            self._connection.execute(BURNED_IN_TABLE)
            self._connection.execute(
                "INSERT INTO burned_in VALUES (?, ?)", (position, info.burned_in)
            )
        self._claim_path(position, info.image_id, image.file)

    def _insert_thumbnail(self, position: int, jpeg: bytes) -> None:
        self._connection.execute(
            "INSERT OR REPLACE INTO thumbnail VALUES (?, ?)", (position, jpeg)
        )
        self._connection.execute(
            "INSERT OR REPLACE INTO thumbnail_checksum VALUES (?, ?)",
            (position, zlib.crc32(jpeg)),
        )

    def _claim_path(self, position: int, image_id: str, file: FileState) -> None:
        """Record that a file holds an image, and no longer what it held before."""
        content, _, frame = image_id.rpartition(":")
        path = path_to_database(file.path)
        former = self._rows(
            "SELECT id, position FROM path JOIN image USING (position) "
            "WHERE path = ? AND substr(image_id, 1, ?) <> ?",
            (path, len(content) + 1, f"{content}:"),
        )
        self._connection.executemany(
            "DELETE FROM path WHERE id = ?", [(row[0],) for row in former]
        )
        self._connection.execute(
            _CLAIM_PATH, (position, path, int(frame), file.size_bytes, file.mtime_ns)
        )
        self._trash_those_without_file([row[1] for row in former])

    def _trash_those_without_file(self, positions: Sequence[int]) -> None:
        orphans = [
            position
            for position in positions
            if not self._rows("SELECT 1 FROM path WHERE position = ?", (position,))
        ]
        if orphans:
            self._trash(orphans)

    def _trash(self, positions: Sequence[int]) -> str:
        token = secrets.token_hex(8)
        cursor = self._connection.execute(
            "INSERT INTO removal (token, removed_at) VALUES (?, ?)", (token, now())
        )
        self._connection.executemany(
            "UPDATE image SET removal = ? WHERE position = ? AND removal IS NULL",
            [(cursor.lastrowid, position) for position in positions],
        )
        return token

    def _insert_segment(self, segment: SegmentInfo, positions: Sequence[int]) -> None:
        extractor = self._extractor_number(segment.extractor)
        self._connection.execute(
            "INSERT INTO segment VALUES (?, ?, ?, ?, ?, ?)",
            (
                segment.number,
                extractor,
                segment.num_rows,
                segment.storage,
                segment.checksum,
                segment.size_bytes,
            ),
        )
        self._connection.executemany(
            "INSERT OR REPLACE INTO feature VALUES (?, ?, ?, ?)",
            [
                (position, extractor, segment.number, row)
                for row, position in enumerate(positions)
            ],
        )

    def _extractor_number(self, info: ExtractorInfo) -> int:
        """Return the number of an extractor; the first of a library is its default."""
        self._connection.execute(
            "INSERT OR IGNORE INTO extractor (model, layer, feature_dim, metric, key, "
            "num_classes, weights_sha256) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                info.model,
                info.layer,
                info.feature_dim,
                info.metric,
                info.key,
                info.num_classes,
                info.weights_sha256,
            ),
        )
        if not self.default_extractor():
            self._set("default_extractor", info.key)
        return self._number("SELECT id FROM extractor WHERE key = ?", (info.key,))

    def _position(self, image_id: str) -> int:
        rows = self._rows("SELECT position FROM image WHERE image_id = ?", (image_id,))
        if not rows:
            cause = "an image that was to be changed is not in it"
            raise LibraryDamagedError(self.folder.name, cause)
        return int(rows[0][0])

    def _set(self, name: str, value: str) -> None:
        self._connection.execute(
            "INSERT OR REPLACE INTO setting VALUES (?, ?)", (name, value)
        )

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        with writing(self.folder.name):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._set("change_number", str(self.change_number() + 1))
                self._connection.execute("COMMIT")
            except BaseException:
                # SQLite may have rolled back by itself, and a failing disk can fail
                # here too: the first error is the one to report.
                with contextlib.suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                raise
