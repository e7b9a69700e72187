"""One contract for every extractor that the registry offers; no list to edit."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from cbmir_gui.core.errors import LayerNotFoundError, ModelNotFoundError
from cbmir_gui.core.paths import checkout
from cbmir_gui.core.records import METRICS, ExtractorInfo
from cbmir_gui.features.base import Extractor, extract_one
from cbmir_gui.features.registry import (
    find_extractor,
    list_extractors,
    open_extractor,
)
from cbmir_gui.imaging.reader import PIXELS_VERSION

SHAPES = ((64, 64), (300, 200), (17, 900, 3), (224, 224, 3))


def discovered() -> Iterator[ExtractorInfo]:
    home = os.environ.pop("CBMIR_HOME", None)
    yield from list_extractors()
    if home is not None:
        os.environ["CBMIR_HOME"] = home


def make_images() -> list[np.ndarray]:
    rng = np.random.default_rng(5)
    return [rng.integers(0, 256, shape, np.uint8) for shape in SHAPES]


@pytest.fixture(params=discovered(), ids=lambda info: f"{info.model}-{info.layer}")
def extractor(request: pytest.FixtureRequest) -> Extractor:
    info: ExtractorInfo = request.param
    return open_extractor(info.model, info.layer)


def test_what_is_extracted_is_what_was_promised(extractor: Extractor) -> None:
    info = extractor.info
    batch = np.stack([extractor.preprocess(image) for image in make_images()])
    extraction = extractor.extract(batch)
    assert extraction.features.shape == (len(SHAPES), info.feature_dim)
    assert extraction.features.dtype == np.float32
    assert np.isfinite(extraction.features).all()
    assert info.metric in METRICS
    assert len(extractor.classes) == info.num_classes
    if info.num_classes:
        assert extraction.probabilities is not None
        np.testing.assert_allclose(extraction.probabilities.sum(axis=1), 1, atol=1e-2)


def test_the_key_says_which_pixels_were_seen(extractor: Extractor) -> None:
    assert extractor.info.key.endswith(f"-v{PIXELS_VERSION}")


def test_an_image_has_the_same_features_alone_and_in_a_batch(
    extractor: Extractor,
) -> None:
    images = make_images()
    batch = np.stack([extractor.preprocess(image) for image in images])
    together = extractor.extract(batch).features
    alone = np.concatenate([extract_one(extractor, image).features for image in images])
    scale = np.abs(together).max()
    np.testing.assert_allclose(alone, together, atol=0.02 * scale)


def test_different_images_have_different_features(extractor: Extractor) -> None:
    first, second = (
        extract_one(extractor, image).features for image in make_images()[:2]
    )
    assert np.abs(first - second).max() > 0


def test_preprocessing_leaves_the_image_as_it_was(extractor: Extractor) -> None:
    image = make_images()[1]
    before = image.copy()
    extractor.preprocess(image)
    np.testing.assert_array_equal(image, before)


def test_every_key_is_different() -> None:
    infos = list(discovered())
    assert len({info.key for info in infos}) == len(infos)


def test_an_extractor_is_described_without_being_loaded(extractor: Extractor) -> None:
    info = extractor.info
    assert find_extractor(info.model, info.layer) == info


def test_an_unknown_model_and_an_unknown_layer_name_the_choices() -> None:
    with pytest.raises(ModelNotFoundError, match="no model 'nothing'"):
        open_extractor("nothing")
    with pytest.raises(LayerNotFoundError, match="Choose one of: pixels"):
        open_extractor("raw-pixels", "nothing")


SCRIPT = """
import sys
import numpy as np
from cbmir_gui.features.base import extract_one
from cbmir_gui.features.registry import open_extractor
image = np.random.default_rng(5).integers(0, 256, (40, 50), np.uint8)
image = image.repeat(6, 0).repeat(6, 1)
found = extract_one(open_extractor("vgg16-c18", "flatten"), image)
np.savez(sys.argv[1], features=found.features, probabilities=found.probabilities)
"""


def test_bfloat16_and_float32_agree(tmp_path: Path) -> None:
    """The extractor key does not name the arithmetic, so it must not matter."""
    root = checkout()
    if root is None or not (root / "trained_models" / "vgg16-c18").is_dir():
        pytest.skip("the shipped VGG16 is not installed here")
    results = {}
    for precision in ("float32", "bfloat16"):
        target = tmp_path / f"{precision}.npz"
        subprocess.run(
            [sys.executable, "-c", SCRIPT, str(target)],
            check=True,
            env={**os.environ, "CBMIR_PRECISION": precision},
        )
        results[precision] = np.load(target)
    exact = results["float32"]["features"][0]
    rough = results["bfloat16"]["features"][0]
    cosine = exact @ rough / np.linalg.norm(exact) / np.linalg.norm(rough)
    assert cosine > 0.99
    assert not np.array_equal(exact, rough)
    np.testing.assert_allclose(
        results["bfloat16"]["probabilities"],
        results["float32"]["probabilities"],
        atol=0.05,
    )
