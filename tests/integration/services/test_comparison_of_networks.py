"""Rows of a comparison that need TensorFlow, on a few generated images."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from cbmir_gui.engine.decoder_client import DecoderClient
from cbmir_gui.imaging.raster import write_png
from cbmir_gui.networks.mobilenetv2 import build_mobilenetv2
from cbmir_gui.networks.model_store import model_folders
from cbmir_gui.networks.variables import get_variables
from cbmir_gui.services.compare.comparison import CompareRequest, compare


@pytest.fixture
def decoder() -> Iterator[DecoderClient]:
    with DecoderClient() as client:
        yield client


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write class folders of twelve images each."""
    folder = tmp_path / "images"
    for class_number, name in enumerate(("a", "b", "c")):
        pattern = np.random.default_rng(class_number).integers(40, 200, (8, 8))
        pattern = np.kron(pattern, np.ones((8, 8)))
        (folder / name).mkdir(parents=True)
        for number in range(12):
            noise = np.random.default_rng([class_number, number]).integers(
                -20, 21, pattern.shape
            )
            path = folder / name / f"{number}.png"
            write_png(path, (pattern + noise).astype(np.uint8))
    return folder


def run(folder: Path, decoder: DecoderClient, *rows: str, **changes: object) -> dict:
    out = folder.parent / "out"
    request = CompareRequest(str(folder), str(out), rows, **changes)
    document = compare(request, decoder)
    return {row["system"]: row for row in document["rows"]}


def test_a_network_is_trained_within_its_budget_and_measured(
    folder: Path, decoder: DecoderClient
) -> None:
    row = run(folder, decoder, "resnet18", budget_minutes=0.01)["resnet18"]
    assert row["status"] == "ok"
    assert row["feature_dim"] == 512
    assert row["epochs"] > 0
    assert row["image_size_px"] == 96
    assert row["num_parameters"] > 11_000_000
    assert 0 <= row["figures"]["accuracy"] <= 1
    assert "at most 0.01 minutes" in row["note"]
    assert row["confusion_matrix"]["of"] == "classifier"


def _he_spread(name: str, shape: tuple[int, ...]) -> float:
    """Return a spread of the weights with which no layer's output fades away."""
    num_inputs = 9 if "depthwise" in name else int(np.prod(shape[:-1]))
    return 0.1 if name.endswith("bias") else float(np.sqrt(2 / num_inputs))


def test_frozen_features_come_from_the_named_file(
    folder: Path, decoder: DecoderClient
) -> None:
    path = folder.parent / "weights.npz"
    random = np.random.default_rng(1)
    weights = {
        name: random.normal(0, _he_spread(name, array.shape), array.shape)
        for name, array in get_variables(build_mobilenetv2()).items()
    }
    np.savez(path, **weights)
    rows = run(folder, decoder, "mobilenetv2", "mobilenetv2+lda", imagenet=str(path))
    assert rows["mobilenetv2"]["feature_dim"] == 1280
    assert rows["mobilenetv2"]["figures"]["accuracy"] is None
    mapped = rows["mobilenetv2+lda"]
    assert mapped["feature_dim"] == 2
    assert mapped["figures"]["accuracy"] is not None
    assert mapped["num_parameters"] == rows["mobilenetv2"]["num_parameters"] + 2560


def test_a_trained_model_is_measured_on_clean_and_on_spoilt_queries(
    folder: Path, decoder: DecoderClient
) -> None:
    if "vgg16-c18" not in model_folders():
        pytest.skip("the shipped VGG16 is not installed here")
    rows = run(folder, decoder, "vgg16-c18/pooled", "vgg16-c18/*/blur")
    clean = rows.pop("vgg16-c18/pooled")
    assert clean["figures"]["mean_average_precision"] > 0.9
    # It knows none of these classes.
    assert clean["figures"]["accuracy"] is None
    assert clean["num_parameters"] > 14_000_000
    (spoilt,) = rows.values()
    assert spoilt["status"] == "ok", spoilt
    assert "precision_at_20" in spoilt["lost_points"]
