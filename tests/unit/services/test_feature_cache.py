import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cbmir_gui.core.errors import Cancelled, DamagedImageError, StorageError
from cbmir_gui.core.records import DecodedImage, FloatArray, ImageSource
from cbmir_gui.features.registry import find_extractor, open_extractor
from cbmir_gui.library.library import Library
from cbmir_gui.services import feature_cache
from cbmir_gui.services.all_layers import AllLayers, open_all_layers
from cbmir_gui.services.feature_cache import FeatureCache


@pytest.fixture
def two_layers() -> AllLayers:
    """Return raw pixels, and their mean as a second layer."""
    pixels = open_extractor("raw-pixels")
    mean = replace(pixels.info, layer="mean", feature_dim=1, key="raw-pixels/mean")

    def run(batch: FloatArray) -> dict[str, FloatArray]:
        values = pixels.extract(batch).features
        return {"pixels": values, "mean": values.mean(axis=1, keepdims=True)}

    return AllLayers((pixels.info, mean), (), pixels.preprocess, run)


@pytest.fixture
def sources(image_folder: Path) -> list[ImageSource]:
    return [
        ImageSource(str(path), class_name=path.parent.name)
        for path in sorted(image_folder.rglob("*.png"))
    ]


def test_all_layers_come_back_in_the_order_asked_for(
    two_layers, sources, decoder
) -> None:
    with FeatureCache(two_layers) as cache:
        images = cache.add(sources[::-1], decoder)
        pixels = cache.features(images.image_ids, two_layers.info("pixels"))
        mean = cache.features(images.image_ids, two_layers.info("mean"))
    assert images.sources == tuple(sources[::-1])
    assert np.allclose(pixels.mean(axis=1), mean[:, 0], atol=1e-3)
    expected = two_layers.preprocess(decoder.decode(Path(sources[-1].path)).pixels)
    assert np.allclose(pixels[0], expected.ravel(), atol=1e-3)


def test_the_same_content_twice_is_extracted_once(
    two_layers, sources, decoder, image_folder
) -> None:
    copy = image_folder / "copy.png"
    copy.write_bytes(Path(sources[0].path).read_bytes())
    with FeatureCache(two_layers) as cache:
        images = cache.add([*sources, ImageSource(str(copy))], decoder)
        assert images.image_ids[0] == images.image_ids[-1]
        assert len(images.distinct().image_ids) == len(sources)
        assert images.distinct().sources[0] == sources[0]
        decoder.num_decoded = 0
        cache.add([ImageSource(str(copy))], decoder)
        assert decoder.num_decoded == 0


def test_a_layer_that_was_not_finished_is_completed(
    two_layers, sources, decoder, monkeypatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(Library, "add_features", _fail)
        with FeatureCache(two_layers) as cache, pytest.raises(StorageError):
            cache.add(sources, decoder)
    with FeatureCache(two_layers) as cache:
        images = cache.add(sources, decoder)
        mean = cache.features(images.image_ids, two_layers.info("mean"))
    assert mean.shape == (18, 1)
    assert (mean > 0).all()


def test_new_weights_cost_one_pass_for_all_layers(two_layers, sources, decoder) -> None:
    with FeatureCache(two_layers) as cache:
        cache.add(sources, decoder)
    num_images = 0

    def run(batch: FloatArray) -> dict[str, FloatArray]:
        nonlocal num_images
        num_images += len(batch)
        return dict(two_layers.run(batch))

    infos = tuple(
        replace(info, key=f"{info.key}/retrained") for info in two_layers.infos
    )
    retrained = replace(two_layers, infos=infos, run=run)
    with FeatureCache(retrained) as cache:
        images = cache.add(sources, decoder)
        mean = cache.features(images.image_ids, retrained.info("mean"))
    assert num_images == len(sources)
    assert (mean > 0).all()


def _fail(*_: object) -> None:
    raise StorageError("The features", "the disk is full")


def test_a_cancelled_extraction_keeps_what_was_done(
    two_layers, sources, decoder, monkeypatch
) -> None:
    monkeypatch.setattr(feature_cache, "_COMMIT_SIZE", 6)

    def stop(done: int, total: int, text: str = "") -> None:
        if done >= 12:
            raise Cancelled

    with FeatureCache(two_layers) as cache, pytest.raises(Cancelled):
        cache.add(sources, decoder, stop)
    decoder.num_decoded = 0
    with FeatureCache(two_layers) as cache:
        cache.add(sources, decoder)
    assert decoder.num_decoded == 6


def test_a_hanging_file_does_not_hold_up_a_cancelled_extraction(
    two_layers, sources
) -> None:
    let_go, hangs, gave_up = (threading.Event() for _ in range(3))

    class HangingDecoder:
        def decode(self, path: Path, *_: object) -> DecodedImage:
            hangs.set()
            let_go.wait()
            raise DamagedImageError(path.name, "it hung")

    def stop(done: int, total: int, text: str = "") -> None:
        if hangs.is_set():
            raise Cancelled

    def give_up() -> None:
        gave_up.set()
        let_go.set()

    timer = threading.Timer(10, give_up)
    timer.start()
    with FeatureCache(two_layers) as cache, pytest.raises(Cancelled):
        cache.add(sources, HangingDecoder(), stop)
    timer.cancel()
    let_go.set()
    assert not gave_up.is_set()


def test_a_file_that_cannot_be_read_is_skipped_with_its_reason(
    two_layers, sources, decoder, image_folder
) -> None:
    text = image_folder / "report.dcm"
    text.write_text("This is no image.")
    gone = image_folder / "gone.png"
    bad = [ImageSource(str(text)), ImageSource(str(gone))]
    with FeatureCache(two_layers) as cache:
        images = cache.add([*bad, *sources], decoder)
    assert images.sources == tuple(sources)
    assert [failed.path for failed in images.failed] == [str(text), str(gone)]
    assert "'gone.png' cannot be read" in images.failed[1].reason


def test_a_built_in_extractor_is_a_model_of_one_layer() -> None:
    layers = open_all_layers("lbp")
    assert layers.infos == (find_extractor("lbp"),)
    assert layers.classes == ()
