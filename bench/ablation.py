"""What each part of the VGG16's embedding is worth: a row for each thing tried.

    .venv/bin/python bench/ablation.py MANIFEST OUT.json

The shipped network's pooled statistics of train and val are computed once and kept
beside OUT.json; everything fitted is fitted on train, every query is of val, the
database is train. Test is not touched. `cbmir compare --out FOLDER` shows
FOLDER/ablation.json in its report.
"""

import csv
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cbmir_gui.engine.decoder_client import DecoderClient
from cbmir_gui.evaluation.labels import Labels, Relevance
from cbmir_gui.evaluation.metrics import macro_mean, query_measures, rank_relevance
from cbmir_gui.networks.embedding import FINER_WEIGHT, PLAIN_DIM, PLAIN_WEIGHT
from cbmir_gui.training.discriminants import SHRINKAGE, fit_directions

MODEL = "vgg16-c18"
SET = "c18"
DIMS = {2: 128, 3: 256, 4: 512, 5: 512}
KINDS = ("mean", "gem", "max")
EXPANSION = 5
"""Hits that a query is averaged with."""
RERANKED = 50

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Embed = Callable[["Images", Mask], Floats]
"""(images, those to learn from) -> one vector for each image"""


@dataclass(frozen=True, eq=False)
class Images:
    """Train and val of the manifest."""

    statistics: Floats
    classes: NDArray[np.str_]
    diagnoses: NDArray[np.str_]
    groups: NDArray[np.str_]
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


def discriminants(
    blocks: tuple[int, ...] = (2, 3, 4, 5),
    kinds: tuple[str, ...] = KINDS,
    *,
    plain: float = PLAIN_WEIGHT,
    finer_weight: float = FINER_WEIGHT,
    shrinkage: float = SHRINKAGE,
    with_diagnoses: bool = True,
    standardised: bool = False,
) -> Embed:
    """Return an embedding like the shipped one, changed in some part."""

    def embed(images: Images, learned: Mask) -> Floats:
        values = images.part(blocks, kinds)
        if standardised:
            values = values / np.maximum(values[learned].std(axis=0), 1e-6)
        targets = images.fine if with_diagnoses else images.classes
        names, labels = np.unique(targets[learned], return_inverse=True)
        owners = np.array([name.split("/")[0] for name in names])
        has_finer = np.array([(owners == owner).sum() > 1 for owner in owners])
        weights = np.where(has_finer, finer_weight, 1.0)[labels]
        found = fit_directions(values[learned], labels, shrinkage, weights)
        directions = unit(values @ found.kernel + found.bias)
        beside = plain * images.part((5,), ("gem",))
        return np.concatenate([directions, beside], axis=1) if plain else directions

    return embed


def plain_part(block: int, kind: str) -> Embed:
    """Return one statistic as it is."""
    return lambda images, _: images.part((block,), (kind,))


def whitened(images: Images, learned: Mask) -> Floats:
    """Return block 5's GeM, decorrelated to unit variance (PCA whitening)."""
    values = images.part((5,), ("gem",))
    mean = values[learned].mean(axis=0)
    _, scale, axes = np.linalg.svd(values[learned] - mean, full_matrices=False)
    spread = scale / np.sqrt(learned.sum())
    white = (values - mean) @ (axes.T / (spread + 0.05 * spread.max()))
    return np.asarray(white, np.float32)


def nearest(queries: Floats, database: Floats) -> Floats:
    """Return cosine distances."""
    return np.asarray(1 - unit(queries) @ unit(database).T, np.float32)


def expanded(queries: Floats, database: Floats) -> Floats:
    """Average each query with its first hits (query expansion), and search again."""
    first = np.argsort(nearest(queries, database), axis=1)[:, :EXPANSION]
    means = (unit(queries) + unit(database)[first].sum(axis=1)) / (EXPANSION + 1)
    return nearest(means, database)


def reranked(queries: Floats, database: Floats) -> Floats:
    """Order the first hits anew by the learned directions alone."""
    distances = nearest(queries, database)
    fine = nearest(queries[:, :-PLAIN_DIM], database[:, :-PLAIN_DIM])
    first = np.argsort(distances, axis=1)[:, :RERANKED]
    moved = np.take_along_axis(fine, first, axis=1) - 10
    np.put_along_axis(distances, first, moved, axis=1)
    return distances


def figures(
    images: Images,
    embed: Embed,
    search: Callable[[Floats, Floats], Floats] = nearest,
) -> dict[str, float]:
    """Return the row of one variant."""
    queries = images.is_asked & ~images.is_train
    database = images.is_asked & images.is_train
    vectors = embed(images, images.is_train)
    distances = search(vectors[queries], vectors[database])
    row: dict[str, float] = {}
    for level, names in (
        ("class", {"mAP": "mean_average_precision", "P@20": "precision_at_20"}),
        ("diagnosis", {"diagnosis P@1": "precision_at_1", "mAP@5": "map_at_5"}),
    ):
        measured = _measures(images, distances, queries, database, level)
        row |= {title: measured[name] for title, name in names.items()}
    return row


def unseen(images: Images, embed: Embed) -> float:
    """Return mAP of classes that nothing was fitted to: each third held out in turn."""
    names = np.unique(images.classes[images.is_asked])
    found = []
    for third in range(3):
        held_out = np.isin(images.classes, names[third::3])
        vectors = embed(images, images.is_train & ~held_out)
        queries = images.is_asked & ~images.is_train & held_out
        database = images.is_asked & images.is_train
        distances = nearest(vectors[queries], vectors[database])
        measured = _measures(images, distances, queries, database, "class")
        found.append(measured["mean_average_precision"])
    return float(np.mean(found))


def _measures(
    images: Images, distances: Floats, queries: Mask, database: Mask, level: str
) -> dict[str, float]:
    asked = images.labels(queries)
    relation = Relevance(asked, images.labels(database), level).of(
        np.arange(len(asked))
    )
    order = np.argsort(distances, axis=1, kind="stable")
    relevant, excluded = (
        np.take_along_axis(of, order, axis=1)
        for of in (relation.relevant, relation.excluded)
    )
    possible = (relation.relevant & ~relation.excluded).sum(axis=1)
    measures = query_measures(rank_relevance(relevant, excluded, possible))
    return {name: macro_mean(v, asked.classes) for name, v in measures.items()}


def read_images(manifest: Path, kept: Path) -> Images:
    """Return train and val with their statistics, from `kept` if it has them."""
    with manifest.open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["split"] != "test"]
    files = [row["file"] for row in rows]
    known: dict[str, Floats] = {}
    if kept.is_file():
        with np.load(kept, allow_pickle=False) as stored:
            known = dict(zip(stored["files"], stored["statistics"], strict=True))
    if missing := [name for name in files if name not in known]:
        known |= zip(missing, _extract(manifest.parent, missing), strict=True)
        np.savez(kept, files=list(known), statistics=np.stack(list(known.values())))
    columns = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    ungrouped = columns["patient_disjoint"] == "no"
    return Images(
        unit_parts(np.stack([known[row["file"]] for row in rows])),
        columns["class"],
        columns["diagnosis"],
        np.where(ungrouped, "", columns["group"]),
        columns["split"] == "train",
        np.array([SET in sets.split(";") for sets in columns["sets"]]),
    )


def unit_parts(statistics: Floats) -> Floats:
    """Scale each block's statistics to length 1, which twice is as good as once."""
    ends = np.cumsum([dim for dim in DIMS.values() for _ in KINDS])
    parts = np.split(statistics.astype(np.float32), ends[:-1], axis=1)
    return np.concatenate([unit(part) for part in parts], axis=1)


def _extract(folder: Path, files: list[str]) -> list[Floats]:
    import keras

    from cbmir_gui.features.keras_features import KerasNetwork
    from cbmir_gui.networks.embedding import pooled_statistics
    from cbmir_gui.networks.loading import load_network

    _, model = load_network(MODEL)
    statistics = keras.Model(model.input, pooled_statistics(model))
    prepare = KerasNetwork(MODEL).preprocess
    found = []
    with DecoderClient() as decoder:
        for done, name in enumerate(files, start=1):
            batch = prepare(decoder.decode(folder / name).pixels)[np.newaxis]
            found.append(statistics(batch, training=False).numpy()[0])
            print(f"\r{done} of {len(files)}", end="", file=sys.stderr)
    return found


VARIANTS: dict[str, Embed] = {
    "block 5, mean": plain_part(5, "mean"),
    "block 5, GeM": plain_part(5, "gem"),
    "block 5, GeM, whitened": whitened,
    "discriminants of block 5 alone, no plain part": discriminants((5,), plain=0),
    "discriminants of blocks 4 and 5, no plain part": discriminants((4, 5), plain=0),
    "discriminants of blocks 2 to 5, no plain part": discriminants(plain=0),
    "the shipped embedding: these and block 5's GeM": discriminants(),
    "plain part half as long": discriminants(plain=0.5 * PLAIN_WEIGHT),
    "plain part 1.5 times as long": discriminants(plain=1.5 * PLAIN_WEIGHT),
    "blocks 4 and 5 only": discriminants((4, 5)),
    "means only": discriminants(kinds=("mean",)),
    "GeM only": discriminants(kinds=("gem",)),
    "maxima only": discriminants(kinds=("max",)),
    "classes only, no diagnoses": discriminants(with_diagnoses=False),
    "diagnoses count no more than classes": discriminants(finer_weight=1),
    "diagnoses count eight times": discriminants(finer_weight=8),
    "shrinkage 0.01": discriminants(shrinkage=0.01),
    "shrinkage 0.2": discriminants(shrinkage=0.2),
    "standardised": discriminants(standardised=True),
}
SEARCHES = {
    "query expansion with 5 hits": expanded,
    "the first 50 hits ordered anew by the discriminants": reranked,
}
UNSEEN = (
    "block 5, GeM",
    "discriminants of blocks 2 to 5, no plain part",
    "the shipped embedding: these and block 5's GeM",
    "plain part half as long",
    "plain part 1.5 times as long",
)
NOTE = (
    "What was tried around the shipped network's features; one thing is changed in "
    "each row below the shipped embedding. Fitted on train, queries of val, database "
    "train; test was not touched. 'mAP, classes not fitted': each third of the "
    "classes left out of the fit in turn. The network itself was trained on all of "
    "train."
)


def main(manifest: Path, out: Path) -> None:
    """Write the table."""
    images = read_images(manifest, out.with_suffix(".statistics.npz"))
    rows = []
    for name, embed in VARIANTS.items():
        row = {"name": name, **figures(images, embed)}
        if name in UNSEEN:
            row["mAP, classes not fitted"] = unseen(images, embed)
        rows.append(row)
        print(row, file=sys.stderr)
    for name, search in SEARCHES.items():
        rows.append({"name": name, **figures(images, discriminants(), search)})
        print(rows[-1], file=sys.stderr)
    out.write_text(json.dumps({"note": NOTE, "rows": rows}, indent=2), "utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
