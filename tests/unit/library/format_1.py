"""A library as the first format of a catalogue had it, made by hand."""

import hashlib
import sqlite3
from pathlib import Path

import h5py
import numpy as np

KEY = "tiny-pixels-1"
NUM_IMAGES = 3
FEATURES = np.arange(NUM_IMAGES * 6, dtype="<f2").reshape(NUM_IMAGES, 6)
IMAGE_IDS = [f"{hashlib.sha256(bytes([n])).hexdigest()}:1" for n in range(NUM_IMAGES)]

SCHEMA = """
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE removal (
    id INTEGER PRIMARY KEY AUTOINCREMENT, token TEXT NOT NULL UNIQUE,
    removed_at TEXT NOT NULL);
CREATE TABLE image (
    position INTEGER PRIMARY KEY, image_id TEXT NOT NULL UNIQUE,
    frame INTEGER NOT NULL, num_frames INTEGER NOT NULL, width INTEGER NOT NULL,
    height INTEGER NOT NULL, file_format TEXT NOT NULL, class_name TEXT NOT NULL,
    diagnosis TEXT NOT NULL, modality TEXT NOT NULL, body_part TEXT NOT NULL,
    group_name TEXT NOT NULL, sop_instance_uid TEXT NOT NULL,
    series_instance_uid TEXT NOT NULL, study_instance_uid TEXT NOT NULL,
    patient_key TEXT NOT NULL, removal INTEGER REFERENCES removal (id));
CREATE INDEX image_removal ON image (removal);
CREATE TABLE thumbnail (
    position INTEGER PRIMARY KEY REFERENCES image ON DELETE CASCADE,
    jpeg BLOB NOT NULL);
CREATE TABLE path (
    id INTEGER PRIMARY KEY,
    position INTEGER NOT NULL REFERENCES image ON DELETE CASCADE,
    path TEXT NOT NULL, frame INTEGER NOT NULL, size_bytes INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL, UNIQUE (path, frame));
CREATE INDEX path_position ON path (position);
CREATE TABLE extractor (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, model TEXT NOT NULL,
    layer TEXT NOT NULL, feature_dim INTEGER NOT NULL, metric TEXT NOT NULL,
    num_classes INTEGER NOT NULL, weights_sha256 TEXT NOT NULL);
CREATE TABLE segment (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    extractor INTEGER NOT NULL REFERENCES extractor (id), num_rows INTEGER NOT NULL,
    storage TEXT NOT NULL, checksum TEXT NOT NULL, size_bytes INTEGER NOT NULL);
CREATE TABLE feature (
    position INTEGER NOT NULL REFERENCES image ON DELETE CASCADE,
    extractor INTEGER NOT NULL REFERENCES extractor (id),
    segment INTEGER NOT NULL REFERENCES segment (number) ON DELETE CASCADE,
    row INTEGER NOT NULL, PRIMARY KEY (position, extractor)) WITHOUT ROWID;
CREATE INDEX feature_segment ON feature (segment);
PRAGMA application_id = 0x43424D52;
PRAGMA user_version = 1;
"""
_SETTINGS = {
    "name": "Old library",
    "created": "2026-01-02T03:04:05+00:00",
    "patient_hash_key": "00" * 32,
    "default_extractor": KEY,
    "change_number": "1",
}


def thumbnail_of(number: int) -> bytes:
    return f"thumbnail {number}".encode()


def make_library(folder: Path) -> None:
    """Write catalogue and segment as the program of that time did."""
    segment = folder / "features" / KEY / "000001.h5"
    segment.parent.mkdir(parents=True)
    ids = np.array([image_id.encode() for image_id in IMAGE_IDS], dtype="S")
    checksum = hashlib.sha256(FEATURES.tobytes() + ids.tobytes()).hexdigest()
    with h5py.File(segment, "w") as file:
        file.attrs.update(
            format_version=1,
            extractor_key=KEY,
            model="tiny",
            layer="pixels",
            weights_sha256="",
            num_rows=NUM_IMAGES,
            sha256=checksum,
        )
        file.create_dataset("image_ids", data=ids)
        file.create_dataset("features", data=FEATURES)
    connection = sqlite3.connect(folder / "library.sqlite")
    connection.executescript(SCHEMA)
    connection.executemany("INSERT INTO setting VALUES (?, ?)", _SETTINGS.items())
    connection.execute(
        "INSERT INTO extractor VALUES (1, ?, 'tiny', 'pixels', 6, 'cosine', 0, '')",
        (KEY,),
    )
    connection.execute(
        "INSERT INTO segment VALUES (1, 1, ?, 'float16', ?, ?)",
        (NUM_IMAGES, checksum, segment.stat().st_size),
    )
    for number, image_id in enumerate(IMAGE_IDS):
        connection.execute(
            "INSERT INTO image VALUES "
            "(?, ?, 1, 1, 8, 8, 'PNG', 'old', '', '', '', ?, '', '', '', '', NULL)",
            (number, image_id, "Patient 7" if number < 2 else ""),
        )
        connection.execute(
            "INSERT INTO thumbnail VALUES (?, ?)", (number, thumbnail_of(number))
        )
        connection.execute(
            "INSERT INTO path VALUES (NULL, ?, ?, 1, 1, 1)",
            (number, f"/images/{number}.png"),
        )
        connection.execute("INSERT INTO feature VALUES (?, 1, 1, ?)", (number, number))
    connection.commit()
    connection.close()
