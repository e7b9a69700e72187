"""A manifest of generated images, in train, val and test."""

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cbmir_gui.imaging.raster import write_png

CLASSES = ("brain_mri", "chest_ct", "eeg_trace")
MODALITIES = {"brain_mri": "MR", "chest_ct": "CT", "eeg_trace": "EEG"}
SPLITS = ("train", "train", "train", "val", "test", "test")

Row = dict[str, str]
WriteManifest = Callable[[list[Row]], Path]


@pytest.fixture
def rows(tmp_path: Path) -> list[Row]:
    """Write twelve images of each class; two diagnoses that differ in brightness."""
    written = []
    for class_number, name in enumerate(CLASSES):
        pattern = np.random.default_rng(class_number).integers(40, 200, (32, 32))
        for number in range(12):
            noise = np.random.default_rng([class_number, number]).integers(
                -20, 21, (32, 32)
            )
            path = tmp_path / "data" / name / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            brightness = 30 * (number % 2)
            write_png(path, (pattern + noise + brightness - 10).astype(np.uint8))
            written.append(
                {
                    "file": str(path),
                    "class": name,
                    "modality": MODALITIES[name],
                    "diagnosis": "" if class_number else ("a", "b")[number % 2],
                    "group": f"patient {class_number} {number}",
                    "split": SPLITS[number // 2],
                    "patient_disjoint": "no" if name == "eeg_trace" else "yes",
                    "sets": "c18;m4",
                }
            )
    return written


@pytest.fixture
def write_manifest(tmp_path: Path) -> WriteManifest:
    def write(rows: list[Row]) -> Path:
        path = tmp_path / "data" / "manifest.csv"
        with path.open("w", newline="") as stream:
            writer = csv.DictWriter(stream, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)
        return path

    return write


@pytest.fixture
def manifest(rows: list[Row], write_manifest: WriteManifest) -> Path:
    return write_manifest(rows)
