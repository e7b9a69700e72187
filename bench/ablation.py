"""What each part of the VGG16's embedding is worth: a row for each thing tried.

    .venv/bin/python bench/ablation.py MANIFEST OUT.json

The shipped network's pooled statistics of train and val are computed once and kept
beside OUT.json; everything fitted is fitted on train, every query is of val, the
database is train. Test is not touched. Folds over train and val would say nothing: the
network itself has learned train. Rows that OUT.json has already stay: delete it after a
change of the network. `cbmir compare --out FOLDER` shows FOLDER/ablation.json in its
report.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from ablation_embeddings import (
    RATE,
    SEED,
    discriminants,
    learned_with,
    plain_part,
    whitened,
)
from ablation_images import (
    MODEL,
    Floats,
    Kept,
    is_asked,
    read_images,
    read_rows,
    unit,
)
from ablation_losses import BATCH_SIZE, CONTRAST_TEMPERATURE, PROXY_TEMPERATURE
from ablation_measures import (
    Embed,
    figures,
    nearest,
    unseen_classes,
    unseen_sources,
)
from ablation_table import AblationTable, Row

from cbmir_gui.networks.embedding import PLAIN_DIM, PLAIN_WEIGHT, PROBABILITY_FLOOR
from cbmir_gui.networks.model_store import load_card

EXPANSION = 5
"""Hits that a query is averaged with."""
RERANKED = 50
SPOILT = {"plain": "", "blurred": "blur", "coarse": "resolution"}
"""Images of val whose class is asked for, by corruption."""
EPOCHS = {"contrast": 50, "proxies": 100, "joint": 100}
"""By `bench/ablation_epochs.py`."""
CONTRAST = (
    f"instead of discriminants: supervised contrast (temperature "
    f"{CONTRAST_TEMPERATURE:g}, {EPOCHS['contrast']} epochs)"
)
PROXIES = (
    f"instead of discriminants: proxies, normalised softmax (temperature "
    f"{PROXY_TEMPERATURE:g}, {EPOCHS['proxies']} epochs)"
)
JOINT = (
    f"instead of discriminants: joint softmax of classes and diagnoses "
    f"({EPOCHS['joint']} epochs)"
)


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


def class_rows(rows: Sequence[dict[str, str]], kept: Kept) -> list[Row]:
    """Return wrong images of val by head, discriminants and both."""
    asked = [row for row in rows if is_asked(row) and row["split"] == "val"]
    files = [row["file"] for row in asked]
    classes = load_card(MODEL).classes
    labels = np.array([classes.index(row["class"]) for row in asked])
    found: dict[str, Row] = {}
    for title, corruption in SPOILT.items():
        scores = kept.get("class_scores", files, corruption)
        head = np.log(
            np.maximum(kept.get("head", files, corruption), PROBABILITY_FLOOR)
        )
        for name, values in (
            ("the trained head alone", head),
            ("the discriminants alone", scores),
            ("both: as shipped", scores + head),
        ):
            num_wrong = int((values.argmax(axis=1) != labels).sum())
            column = f"wrong of {len(labels)}, {title}"
            found.setdefault(name, {"name": f"classes by {name}"})[column] = num_wrong
    return list(found.values())


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
    CONTRAST: learned_with("contrast", EPOCHS["contrast"]),
    PROXIES: learned_with("proxies", EPOCHS["proxies"]),
    JOINT: learned_with("joint", EPOCHS["joint"]),
}
SEARCHES = {
    "query expansion with 5 hits": expanded,
    "the first 50 hits ordered anew by the discriminants": reranked,
}
LEFT_OUT = (
    "block 5, GeM",
    "discriminants of blocks 2 to 5, no plain part",
    "the shipped embedding: these and block 5's GeM",
    "plain part half as long",
    "plain part 1.5 times as long",
    "shrinkage 0.01",
    "diagnoses count eight times",
    CONTRAST,
    PROXIES,
    JOINT,
)
NOTE = (
    "What was tried around the shipped network's features; one thing is changed in "
    "each row below the shipped embedding. Fitted on train, queries of val, database "
    "train; test was not touched. 'mAP, classes not fitted': each third of the "
    "classes left out of the fit in turn. 'mAP, sources not fitted': classes of "
    "several sources (3, 71 queries), each source left out of fit and database of its "
    "class in turn. The network itself was trained on all of train. 95 % intervals "
    "over groups are of each row alone; val is small, and what was shipped is not "
    "shown to be better than its "
    "neighbours. 'wrong of': images of val whose class was taken for another; the "
    "factor between head and discriminants was found on these images, plain, blurred "
    "and coarse. 'instead of discriminants': as many directions, of standardised "
    "statistics, with the same labels and weights of images, found by Adam (rate "
    f"{RATE:g}, batches of {BATCH_SIZE}, seed {SEED}) and a loss whose temperature is "
    "the published one; of 5, 20, 50 and 100 epochs that number was taken which was "
    "best inside train (bench/ablation_epochs.py); proxies and the joint softmax were "
    "still rising at 100."
)


def main(manifest: Path, out: Path) -> None:
    """Add the rows that the table does not have."""
    listed = read_rows(manifest)
    kept = Kept(out.with_suffix(".statistics.npz"), manifest.parent)
    images = read_images(listed, kept)
    table = AblationTable(out, "embedding", NOTE)
    for name, embed in VARIANTS.items():
        if table.has(name):
            continue
        row = {"name": name, **figures(images, embed)}
        if name in LEFT_OUT:
            row["mAP, classes not fitted"] = unseen_classes(images, embed)
            row["mAP, sources not fitted"] = unseen_sources(images, embed)
        table.add(row)
    for name, search in SEARCHES.items():
        if not table.has(name):
            table.add({"name": name, **figures(images, discriminants(), search)})
    of_classes = class_rows(listed, kept)
    for row in of_classes:
        table.add(row)
    table.sort((*VARIANTS, *SEARCHES, *(row["name"] for row in of_classes)))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
