import csv
from pathlib import Path

import cv2
import numpy as np
import pytest

CLASSES = ("bars", "blobs", "rings")


def draw(kind: str, rng: np.random.Generator) -> np.ndarray:
    """Draw a 64 x 64 gray image of one of three kinds, with noise."""
    rows, columns = np.indices((64, 64)).astype(float)
    x, y = rng.uniform(20, 44, 2)
    radius = np.hypot(rows - x, columns - y)
    pattern = {
        "bars": np.sin(columns / rng.uniform(1.5, 2.5)),
        "blobs": 2 * np.exp(-((radius / rng.uniform(8, 14)) ** 2)) - 1,
        "rings": np.sin(radius / rng.uniform(1.5, 2.5)),
    }[kind]
    image = 120 + 60 * pattern + rng.normal(0, 15, pattern.shape)
    return np.asarray(np.clip(image, 0, 255), np.uint8)


@pytest.fixture(scope="session")
def labelled_images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write 3 classes x 40 images with a manifest; `shuffled.csv` lies at random."""
    folder = tmp_path_factory.mktemp("labelled")
    rng = np.random.default_rng(0)
    rows = []
    for kind in CLASSES:
        for number in range(40):
            name = f"{kind}{number:02d}.png"
            cv2.imwrite(str(folder / name), draw(kind, rng))
            rows.append((name, kind, "val" if number % 2 else "train"))
    shuffled = rng.permutation([kind for _, kind, _ in rows])
    for manifest, labels in (
        ("manifest.csv", [kind for _, kind, _ in rows]),
        ("shuffled.csv", shuffled),
    ):
        with (folder / manifest).open("w", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(["file", "class", "split"])
            writer.writerows(
                (name, label, split)
                for (name, _, split), label in zip(rows, labels, strict=True)
            )
    return folder
