"""A file of several frames is the same image wherever no frame is named."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from cbmir_gui.core.records import ImageSource, IndexRequest
from cbmir_gui.core.search_records import SearchRequest
from cbmir_gui.features.registry import find_extractor
from cbmir_gui.services.all_layers import open_all_layers
from cbmir_gui.services.feature_cache import FeatureCache
from cbmir_gui.services.indexing import index_library
from cbmir_gui.services.retrieval import RetrievalService
from cbmir_gui.sources.manifests import read_sources


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Write five frames of unlike patterns."""
    path = tmp_path / "films" / "lung" / "film.tif"
    path.parent.mkdir(parents=True)
    frames = np.random.default_rng(1).integers(0, 256, (5, 32, 32), np.uint8)
    cv2.imwritemulti(str(path), list(frames))
    return path


def test_a_search_with_a_file_finds_the_frame_that_indexing_took(
    film: Path, tmp_path: Path, decoder
) -> None:
    library = str(tmp_path / "library")
    request = IndexRequest(library, (str(film),), model="raw-pixels")
    assert index_library(request, [decoder]).added == 1
    service = RetrievalService(decoder)
    results = service.search(SearchRequest(library, query_path=str(film)))
    assert results.image_id.endswith(":3")
    assert results.hits[0].is_query
    assert results.hits[0].distance == pytest.approx(0, abs=1e-6)
    other = service.search(SearchRequest(library, query_path=str(film), frame=1))
    assert other.image_id.endswith(":1")
    assert not other.hits[0].is_query
    assert index_library(request, [decoder]).known == 1


@pytest.mark.usefixtures("home")
def test_labelled_data_are_read_at_the_same_frame(film: Path, decoder) -> None:
    info = find_extractor("raw-pixels")
    sources = read_sources(film.parent.parent)
    with FeatureCache(open_all_layers(info.model)) as cache:
        images = cache.add(sources, decoder)
        named = cache.add([ImageSource(str(film), frame=3)], decoder)
    assert [image_id[-2:] for image_id in images.image_ids] == [":3"]
    assert images.image_ids == named.image_ids
    # What trains a network is decoded from the same sources.
    pixels = decoder.decode(film, sources[0].frame).pixels
    assert (pixels == decoder.decode(film, 3).pixels).all()
