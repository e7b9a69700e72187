"""What the second head and the teacher are worth: small trainings from scratch.

    .venv/bin/python bench/ablation_training.py MANIFEST TEACHER.npz OUT.json

Each training of the default VGG16 sees equally many images, few and small: how many,
the constants below and the rows' names say. It learns a part of train; further groups
of train say which of its epochs is best. The queries are all of val, the database what
was learned. A training that was stopped goes on, one that is done is not done again:
they are kept beside OUT.json, whose rows are added to or replaced.
`cbmir train --second-head --teacher TEACHER.npz` is the same training at full size.
"""

import csv
import hashlib
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from ablation_embeddings import discriminants, plain_part
from ablation_images import SET, Floats, is_asked, make_images, read_rows
from ablation_measures import figures
from ablation_table import AblationTable

from cbmir_gui.core.progress import no_progress
from cbmir_gui.core.records import ImageArray, TrainRequest
from cbmir_gui.engine.decoder_client import DecoderClient
from cbmir_gui.imaging.transforms import letterbox
from cbmir_gui.networks.mobilenetv2 import hash_weights
from cbmir_gui.services.training_data import load_images
from cbmir_gui.training.augmentation import centre_view
from cbmir_gui.training.batches import ImageTable
from cbmir_gui.training.datasets import TABLE_SIZE_PX, TrainingData
from cbmir_gui.training.training_result import Weights

IMAGE_SIZE_PX = 32
LEARNED_PER_CLASS = 50
JUDGED_PER_CLASS = 10
"""Of the asked classes; they choose the epoch."""
NUM_PASSES = 2700
"""Images that a training sees in all its epochs together."""
BATCH_SIZE = 16
SEED = 1
_BATCH = 16
Rows = list[dict[str, str]]


@dataclass(frozen=True)
class Variant:
    """What one training learns beside the classes."""

    title: str
    second_head: bool = False
    has_teacher: bool = False


VARIANTS = (
    Variant("class labels alone"),
    Variant("with the second head", second_head=True),
    Variant("with a teacher", has_teacher=True),
    Variant("with second head and teacher", second_head=True, has_teacher=True),
)
NAME = (
    f"trained small ({IMAGE_SIZE_PX} px, {NUM_PASSES:,} image passes, "
    f"{LEARNED_PER_CLASS} images per class), {{title}}: {{features}}"
)
FEATURES = {
    "block 5, mean": plain_part(5, "mean"),
    "embedding as shipped": discriminants(),
}
NOTE = (
    f"'trained small': another network for each, a default VGG16 trained once from "
    f"scratch (seed {SEED}) with {NUM_PASSES:,} image passes of {IMAGE_SIZE_PX} px in "
    f"batches of {BATCH_SIZE}, on {LEARNED_PER_CLASS} images of train of each class, "
    f"which are the database, too; images of train of other groups of their class "
    f"chose the epoch, of 3 (with the second head, of 2): 168 steps, of which 100 warm "
    f"up. "
    f"The second head learns diagnoses and the classes outside the set, whose images "
    f"count among the passes: those of the set are seen less often. The teacher is a "
    f"MobileNetV2 of ImageNet. Statistics are of {IMAGE_SIZE_PX} px, too, where block "
    f"5 is {IMAGE_SIZE_PX // 32} px wide; every embedding is fitted to the classes "
    f"inside and outside the set. These rows compare with each other alone, and their "
    f"intervals do not hold what another seed would change."
)


def choose_rows(rows: Rows) -> tuple[Rows, Rows]:
    """Return images of train to learn, and to judge epochs with.

    The latter are of other groups of their class; such a group may have images of
    another class that are learned.
    """
    rng = np.random.default_rng(SEED)
    learned: Rows = []
    judged: Rows = []
    for name in sorted({row["class"] for row in rows}):
        of_class = [r for r in rows if r["class"] == name and r["split"] == "train"]
        groups: dict[str, Rows] = {}
        for row in of_class:
            groups.setdefault(row["group"] or row["file"], []).append(row)
        names = sorted(groups)
        order = [groups[names[place]] for place in rng.permutation(len(names))]
        chosen: Rows = []
        while order and len(chosen) < LEARNED_PER_CLASS:
            chosen += order.pop()
        learned += chosen[:LEARNED_PER_CLASS]
        rest = [row for group in order for row in group]
        judged += rest[:JUDGED_PER_CLASS] if is_asked(of_class[0]) else []
    return learned, judged


def read_data(
    learned: Rows, judged: Rows, manifest: Path, teacher: Path, subset: Path
) -> TrainingData:
    """Read these images as a training does, with what the teacher says of them.

    Parameters
    ----------
    subset
        Where their manifest is written.
    """
    with subset.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(learned[0]))
        writer.writeheader()
        for split, rows in (("train", learned), ("val", judged)):
            for row in rows:
                file = str((manifest.parent / row["file"]).absolute())
                writer.writerow(row | {"file": file, "split": split})
    request = TrainRequest(
        str(subset), set_name=SET, second_head=True, teacher=str(teacher.absolute())
    )
    return load_images(request, no_progress)


def data_of(data: TrainingData, variant: Variant) -> TrainingData:
    """Return what one training may know."""
    return replace(
        data,
        train=_table_of(data.train, variant),
        validation=_table_of(data.validation, variant),
    )


def _table_of(table: ImageTable, variant: Variant) -> ImageTable:
    rows = np.flatnonzero((table.labels >= 0) | variant.second_head)
    teacher = table.teacher if variant.has_teacher else None
    return ImageTable(
        tuple(table.sources[row] for row in rows),
        table.pixels[rows],
        table.labels[rows],
        table.fine_labels[rows],
        None if teacher is None else teacher[rows],
    )


def train(data: TrainingData, variant: Variant, teacher: Path, folder: Path) -> Weights:
    """Return the plain network's weights after the best epoch."""
    from cbmir_gui.training.finished_model import plain_weights
    from cbmir_gui.training.preparation import build_network, make_objective
    from cbmir_gui.training.recipe import make_recipe
    from cbmir_gui.training.run_log import RunLog, read_epochs
    from cbmir_gui.training.trainer import Trainer

    folder.mkdir(exist_ok=True)
    num_epochs = round(NUM_PASSES / len(data.train))
    request = TrainRequest(
        "",
        set_name=SET,
        epochs=num_epochs,
        patience=num_epochs,
        batch_size=BATCH_SIZE,
        image_size=IMAGE_SIZE_PX,
        seed=SEED,
        second_head=variant.second_head,
        teacher=str(teacher) if variant.has_teacher else "",
    )
    recipe = make_recipe(request)
    network = build_network(request, recipe, data, folder)
    objective = make_objective(request, recipe, data)
    with RunLog(folder) as log:
        epochs = read_epochs(folder)
        trainer = Trainer(network, objective, recipe, request, folder, epochs)
        result = trainer.run(data, log.write, lambda: False)
    for epoch in result.epochs:
        print(epoch, file=sys.stderr)
    return plain_weights(result.weights)


def statistics_of(
    weights: Weights, num_classes: int, images: Iterable[ImageArray]
) -> Floats:
    """Return the pooled statistics of unchanged images."""
    import keras
    import tensorflow as tf

    from cbmir_gui.networks.embedding import pooled_statistics
    from cbmir_gui.networks.variables import set_variables
    from cbmir_gui.networks.vgg16 import build_vgg16
    from cbmir_gui.training.objectives import Classification

    model = build_vgg16(num_classes, image_size=None)
    set_variables(model, weights, "trained small")
    network = keras.Model(model.input, pooled_statistics(model))
    prepare = Classification(num_classes, 0.0).prepare
    run = tf.function(
        lambda batch: network(prepare(batch), training=False),
        autograph=False,
        reduce_retracing=True,
    )
    batches = _batches(images)
    return np.concatenate([np.asarray(run(tf.constant(batch))) for batch in batches])


def _batches(images: Iterable[ImageArray]) -> Iterator[ImageArray]:
    waiting: list[ImageArray] = []
    for image in images:
        waiting.append(centre_view(image, IMAGE_SIZE_PX))
        if len(waiting) == _BATCH:
            yield np.stack(waiting)
            waiting = []
    if waiting:
        yield np.stack(waiting)


def decode(files: Sequence[Path]) -> ImageArray:
    """Return squares of the size of a training's table."""
    with DecoderClient() as decoder:
        images = [
            letterbox(decoder.decode(path).pixels, TABLE_SIZE_PX, True)
            for path in files
        ]
    return np.stack(images)


def main(manifest: Path, teacher: Path, out: Path) -> None:
    """Train what is not trained yet, and write its rows."""
    rows = read_rows(manifest)
    learned, judged = choose_rows(rows)
    queries = [row for row in rows if is_asked(row) and row["split"] == "val"]
    files = [manifest.parent / row["file"] for row in learned + queries]
    chosen = "\n".join(row["file"] for row in learned + judged + queries)
    budget = (
        f"{IMAGE_SIZE_PX} {NUM_PASSES} {BATCH_SIZE} {SEED} {hash_weights(teacher)} "
        f"{chosen}"
    )
    which = hashlib.sha256(budget.encode()).hexdigest()[:16]
    work = out.with_suffix(".trainings") / which
    work.mkdir(parents=True, exist_ok=True)
    data: TrainingData | None = None
    pixels: ImageArray | None = None
    table = AblationTable(out, "training", NOTE)
    for variant in VARIANTS:
        kept = work / f"{variant.title}.npy"
        if not kept.is_file():
            started = time.perf_counter()
            if data is None:
                subset = work / "subset.csv"
                data = read_data(learned, judged, manifest, teacher, subset)
            known = data_of(data, variant)
            weights = train(known, variant, teacher, work / variant.title)
            print(f"{time.perf_counter() - started:.0f} s", file=sys.stderr)
            pixels = decode(files) if pixels is None else pixels
            unfinished = kept.with_suffix(".new.npy")
            np.save(unfinished, statistics_of(weights, len(data.classes), pixels))
            unfinished.replace(kept)
            print(f"{time.perf_counter() - started:.0f} s", file=sys.stderr)
        is_learned = np.arange(len(files)) < len(learned)
        images = make_images(learned + queries, np.load(kept), is_learned)
        for features, embed in FEATURES.items():
            name = NAME.format(title=variant.title, features=features)
            table.add({"name": name, **figures(images, embed)})


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
