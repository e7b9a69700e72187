"""Searches with several extractors at once."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cbmir_gui.core.errors import CbmirError, LibraryError, LibraryMismatchError
from cbmir_gui.core.search_records import FUSED, SearchRequest, SearchResults
from cbmir_gui.engine.messages import decode_record, encode_record
from cbmir_gui.features.base import extract_one
from cbmir_gui.features.registry import open_extractor
from cbmir_gui.imaging.raster import write_png
from cbmir_gui.imaging.reader import read_image
from cbmir_gui.library.library import Library
from cbmir_gui.services.fusion import fuse
from cbmir_gui.services.retrieval import RetrievalService

Search = Callable[..., SearchResults]
LBP = "lbp/histogram"


def add_lbp(folder: Path, image_ids: list[str] | None = None) -> None:
    """Give images (all, if None) of a library LBP features too."""
    extractor = open_extractor("lbp")
    with Library.open(folder) as library:
        records = [
            record
            for record in library.catalogue.records()
            if image_ids is None or record.image_id in image_ids
        ]
        features = [
            extract_one(extractor, read_image(Path(record.path)).pixels).features[0]
            for record in records
        ]
        library.add_features(
            [record.image_id for record in records], extractor.info, np.stack(features)
        )


@pytest.fixture
def search(library_folder: Path, image_folder: Path, decoder) -> Search:
    add_lbp(library_folder)
    service = RetrievalService(decoder)

    def run(**changes: object) -> SearchResults:
        query = {"query_path": str(image_folder / "chest_ct" / "2.png"), "top": 18}
        return service.search(SearchRequest(str(library_folder), **(query | changes)))

    return run


def test_the_order_follows_from_the_distances_of_both(search: Search) -> None:
    pixels, lbp = search(), search(model="lbp")
    fused = search(also=(LBP,))
    by_pixels = {hit.image_id: hit.distance for hit in pixels.hits}
    by_lbp = {hit.image_id: hit.distance for hit in lbp.hits}
    names = list(by_pixels)
    scores = -fuse(
        np.array(
            [[by_pixels[name] for name in names], [by_lbp[name] for name in names]],
            np.float32,
        )
    )
    expected = dict(zip(names, scores, strict=True))
    assert [hit.image_id for hit in fused.hits] == sorted(
        names, key=lambda name: -expected[name]
    )
    for hit in fused.hits:
        assert hit.similarity == pytest.approx(expected[hit.image_id], abs=1e-4)
        assert hit.distance == -hit.similarity


def test_a_hit_says_how_near_it_is_by_each(search: Search) -> None:
    fused = search(also=(LBP,))
    assert (fused.metric, fused.also) == (FUSED, (LBP,))
    assert (fused.model, fused.layer) == ("raw-pixels", "pixels")
    lbp = {hit.image_id: hit for hit in search(model="lbp").hits}
    for hit in fused.hits:
        pixels_part, lbp_part = hit.parts
        assert (pixels_part.model, pixels_part.layer) == ("raw-pixels", "pixels")
        assert (lbp_part.model, lbp_part.layer) == ("lbp", "histogram")
        single = lbp[hit.image_id]
        assert lbp_part.distance == pytest.approx(single.distance, abs=1e-6)
        assert lbp_part.similarity == pytest.approx(single.similarity, abs=1e-6)
    assert decode_record(SearchResults, encode_record(fused)) == fused


def test_a_search_with_one_extractor_has_no_parts(search: Search) -> None:
    results = search()
    assert results.also == ()
    assert all(hit.parts == () for hit in results.hits)


def test_a_layer_that_is_not_named_is_the_librarys(search: Search) -> None:
    assert search(also=("lbp",)).hits == search(also=(LBP,)).hits


def test_a_named_metric_is_that_of_every_part(search: Search) -> None:
    hit = search(also=(LBP,), metric="euclidean").hits[3]
    assert {part.metric for part in hit.parts} == {"euclidean"}
    assert hit.parts[0].similarity == 1 / (1 + hit.parts[0].distance)


def test_an_image_of_the_library_is_searched_for_by_its_stored_features(
    search: Search, decoder
) -> None:
    by_path = search(also=(LBP,))
    decoder.num_decoded = 0
    by_id = search(also=(LBP,), query_path="", query_image_id=by_path.image_id)
    assert decoder.num_decoded == 0
    assert [hit.image_id for hit in by_id.hits] == [
        hit.image_id for hit in by_path.hits
    ]
    assert by_id.hits[0].is_query


def test_the_class_filter_changes_no_score(search: Search) -> None:
    everywhere = search(also=(LBP,)).hits
    filtered = search(also=(LBP,), class_filter="hand_xray").hits
    assert [(hit.image_id, hit.similarity) for hit in filtered] == [
        (hit.image_id, hit.similarity)
        for hit in everywhere
        if hit.class_name == "hand_xray"
    ]


def test_only_images_with_all_features_are_found(
    search: Search, library_folder, image_folder, add_files
) -> None:
    new = image_folder / "chest_ct" / "new.png"
    write_png(new, np.full((32, 32), 9, np.uint8))
    add_files(library_folder, [new])
    assert search().library_size == 19
    assert search(also=(LBP,)).library_size == 18
    with pytest.raises(LibraryError, match="not among the images"):
        search(
            also=(LBP,),
            query_path="",
            query_image_id=read_image(new).info.image_id,
        )


def test_images_without_common_features_are_said(
    library_folder: Path, image_folder: Path, add_files, decoder
) -> None:
    with Library.open(library_folder) as library:
        first = library.catalogue.records()[0].image_id
    add_lbp(library_folder, [first])
    with Library.open(library_folder) as library:
        library.remove([first])
    request = SearchRequest(
        str(library_folder),
        query_path=str(image_folder / "chest_ct" / "2.png"),
        also=(LBP,),
    )
    with pytest.raises(LibraryError, match=r"No image .* 'raw-pixels/pixels' and 'lbp"):
        RetrievalService(decoder).search(request)


@pytest.mark.parametrize(
    ("also", "error", "message"),
    [
        (("hog",), LibraryMismatchError, "none of 'hog"),
        (("raw-pixels/pixels",), CbmirError, "'raw-pixels/pixels' is named twice"),
        ((LBP, "lbp"), CbmirError, "'lbp/histogram' is named twice"),
        (("/histogram",), CbmirError, "names no model"),
        (("lbp/nothing",), CbmirError, "nothing"),
        (("nothing",), CbmirError, "nothing"),
    ],
)
def test_what_cannot_be_combined_is_refused(
    search: Search, also: tuple[str, ...], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        search(also=also)


def test_features_that_were_warmed_one_by_one_are_not_loaded_again(
    search: Search, library_folder: Path, decoder, monkeypatch
) -> None:
    image_id = search().image_id
    service = RetrievalService(decoder)
    assert service.warm(str(library_folder)) == 18
    assert service.warm(str(library_folder), "lbp") == 18
    monkeypatch.setattr(Library, "features", None)
    request = SearchRequest(str(library_folder), query_image_id=image_id, also=(LBP,))
    assert service.search(request).hits
