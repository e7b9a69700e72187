"""Real trainings of a small network, fold by fold."""

from pathlib import Path

import numpy as np

from cbmir_gui.core.records import TrainRequest
from cbmir_gui.imaging.raster import write_png
from cbmir_gui.networks.model_store import model_folders
from cbmir_gui.services.cross_validation import cross_validate


def test_two_folds_are_trained_and_tested_on_images_not_seen(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for name, level in (("dark", 40), ("bright", 200)):
        folder = tmp_path / "data" / name
        folder.mkdir(parents=True)
        for number in range(15):
            pixels = level + rng.integers(-30, 30, (32, 32))
            write_png(folder / f"{number}.png", pixels.astype(np.uint8))
    request = TrainRequest(
        str(tmp_path / "data"),
        architecture="autoencoder",
        name="cv",
        epochs=1,
        batch_size=8,
        augment=False,
    )
    before = set(model_folders())
    document = cross_validate(request, 2)
    assert [fold["num_test"] for fold in document["folds"]] == [12, 12]
    assert document["summary"]["mean_average_precision"]["mean"] > 0.7
    assert "accuracy" not in document["summary"]
    assert document["folds"][0]["layer"] == "latent"
    assert set(model_folders()) == before
    assert cross_validate(request, 2) == document
