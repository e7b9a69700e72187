"""The images of an ablation, and what the shipped network says of them."""

import csv
import hashlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cbmir_gui.engine.decoder_client import DecoderClient
from cbmir_gui.evaluation.labels import Labels
from cbmir_gui.imaging.corruptions import choose_corruptions
from cbmir_gui.networks.embedding import MAPS
from cbmir_gui.networks.model_store import load_card

MODEL = "vgg16-c18"
SET = "c18"
DIMS = {int(name[len("block")]): dim for name, dim in MAPS.items()}
KINDS = ("mean", "gem", "max")

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Images:
    """Train and val of the manifest."""

    statistics: Floats
    classes: NDArray[np.str_]
    diagnoses: NDArray[np.str_]
    groups: NDArray[np.str_]
    sources: NDArray[np.str_]
    """Who made the image."""
    is_train: Mask
    is_asked: Mask
    """Of the set that the network was trained for."""

    @property
    def fine(self) -> NDArray[np.str_]:
        """Class and diagnosis of each image."""
        return np.array(
            [f"{c}/{d}" for c, d in zip(self.classes, self.diagnoses, strict=True)]
        )

    def part(self, blocks: tuple[int, ...], kinds: tuple[str, ...]) -> Floats:
        """Return some of the statistics."""
        parts, start = [], 0
        for block, dim in DIMS.items():
            for kind in KINDS:
                if block in blocks and kind in kinds:
                    parts.append(self.statistics[:, start : start + dim])
                start += dim
        return np.concatenate(parts, axis=1)

    def labels(self, rows: Mask) -> Labels:
        """Return what decides who is relevant to whom."""
        ids = np.flatnonzero(rows).astype(str)
        columns = (ids, self.classes[rows], self.diagnoses[rows], self.groups[rows])
        return Labels(*(column.tolist() for column in columns))


def unit(vectors: Floats) -> Floats:
    """Scale each row to length 1."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-9), np.float32)


def read_images(rows: Sequence[dict[str, str]], kept: "Kept") -> Images:
    """Return train and val with their statistics."""
    statistics = kept.get("statistics", [row["file"] for row in rows], "")
    is_train = np.array([row["split"] == "train" for row in rows])
    return make_images(rows, statistics, is_train)


def make_images(
    rows: Sequence[dict[str, str]], statistics: Floats, is_train: Mask
) -> Images:
    """Return images of a manifest with what a network says of them."""
    columns = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    ungrouped = columns["patient_disjoint"] == "no"
    return Images(
        unit_parts(statistics),
        columns["class"],
        columns["diagnosis"],
        np.where(ungrouped, "", columns["group"]),
        columns["original_dataset"],
        is_train,
        np.array([is_asked(row) for row in rows]),
    )


def read_rows(manifest: Path) -> list[dict[str, str]]:
    """Return train and val of the manifest."""
    with manifest.open(encoding="utf-8", newline="") as stream:
        return [row for row in csv.DictReader(stream) if row["split"] != "test"]


def is_asked(row: dict[str, str]) -> bool:
    """Tell whether the network was trained for an image's class."""
    return SET in row["sets"].split(";")


def unit_parts(statistics: Floats) -> Floats:
    """Scale each block's statistics to length 1: they were rounded since."""
    ends = np.cumsum([dim for dim in DIMS.values() for _ in KINDS])
    parts = np.split(statistics.astype(np.float32), ends[:-1], axis=1)
    return np.concatenate([unit(part) for part in parts], axis=1)


class Kept:
    """What the network says of images, computed once for its weights.

    Parameters
    ----------
    path
        .npz file; one of other weights is replaced.
    """

    def __init__(self, path: Path, folder: Path) -> None:
        self._path = path
        self._folder = folder
        self._weights = load_card(MODEL).weights_sha256
        self._known: dict[str, Floats] = {}
        if path.is_file():
            with np.load(path, allow_pickle=False) as stored:
                if "weights" in stored and stored["weights"] == self._weights:
                    self._known = {k: stored[k] for k in stored.files}

    def get(self, output: str, files: Sequence[str], corruption: str) -> Floats:
        """Return one output, a row for each file."""
        which = hashlib.sha256("\n".join(files).encode()).hexdigest()[:16]
        key = f"{corruption}/{which}/{output}"
        if key not in self._known:
            for name, values in self._extract(files, corruption).items():
                self._known[f"{corruption}/{which}/{name}"] = values
            np.savez(self._path, **self._known | {"weights": np.array(self._weights)})
        return self._known[key]

    def _extract(self, files: Sequence[str], corruption: str) -> dict[str, Floats]:
        import keras

        from cbmir_gui.features.keras_features import KerasNetwork
        from cbmir_gui.networks.embedding import pooled_statistics
        from cbmir_gui.networks.loading import load_network

        _, model = load_network(MODEL)
        outputs = {
            "statistics": pooled_statistics(model),
            "class_scores": model.get_layer("class_scores").output,
            "head": model.outputs[2],
        }
        network = keras.Model(model.input, outputs)
        prepare = KerasNetwork(MODEL).preprocess
        found: dict[str, list[Floats]] = {name: [] for name in outputs}
        with DecoderClient() as decoder:
            for done, name in enumerate(files, start=1):
                pixels = decoder.decode(self._folder / name).pixels
                for spoil in choose_corruptions(corruption):
                    pixels = spoil.apply(pixels)
                results = network(prepare(pixels)[np.newaxis], training=False)
                for output, values in results.items():
                    found[output].append(values.numpy()[0].astype(np.float32))
                print(f"\r{done} of {len(files)}", end="", file=sys.stderr)
        return {name: np.stack(values) for name, values in found.items()}
