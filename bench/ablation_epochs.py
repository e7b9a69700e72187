"""How many epochs each loss of the ablation takes, judged inside train.

    .venv/bin/python bench/ablation_epochs.py MANIFEST OUT.json

A fifth of train's groups are the queries, the others are learned and searched; val is
not touched. Uses the statistics that `bench/ablation.py` keeps beside OUT.json. The
network has learned all of train, so that the figures are higher than on val.
"""

import json
import sys
from pathlib import Path

import numpy as np
from ablation_embeddings import LOSSES, SEED, discriminants, learned_with
from ablation_images import Images, Kept, read_images, read_rows
from ablation_measures import figures

NUM_EPOCHS = (5, 20, 50, 100)
COLUMN = "diagnosis mAP@5"
SHARE_ASKED = 0.2


def inside_train(images: Images) -> Images:
    """Return train alone; some of its groups are asked instead of learned."""
    train = images.is_train
    groups = images.groups[train]
    own = np.where(groups == "", np.arange(len(groups)).astype(str), groups)
    names = np.unique(own)
    rng = np.random.default_rng(SEED)
    asked = rng.choice(names, int(SHARE_ASKED * len(names)), replace=False)
    return Images(
        images.statistics[train],
        images.classes[train],
        images.diagnoses[train],
        groups,
        images.sources[train],
        ~np.isin(own, asked),
        images.is_asked[train],
    )


def main(manifest: Path, out: Path) -> None:
    """Print the figure of each loss and number of epochs."""
    kept = Kept(out.with_suffix(".statistics.npz"), manifest.parent)
    images = inside_train(read_images(read_rows(manifest), kept))
    found = {"discriminants": figures(images, discriminants())[COLUMN]}
    for loss in LOSSES:
        for num_epochs in NUM_EPOCHS:
            row = figures(images, learned_with(loss, num_epochs))
            found[f"{loss}, {num_epochs} epochs"] = row[COLUMN]
            print(loss, num_epochs, row, file=sys.stderr)
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
